// What statistics call a repository, a tag, a manifest or the whole registry.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Database } from "./database.ts";
import { findRepository } from "./list-repositories.ts";
import { nameVisible } from "./list-search.ts";
import type { InRepository } from "./list-tags.ts";
import { registryId } from "./pull-totals.ts";
import type { CountedKind, Schema } from "./schema.ts";

export interface Counted {
  readonly kind: CountedKind;
  /** Several: their numbers together. */
  readonly ids: readonly number[];
}
/** At most one of tag and digest; neither: the repository itself. */
export type CountedName = InRepository & { readonly tag?: string | undefined; readonly digest?: string | undefined };

/** A tag that is gone is the last life that it had. @throws NAME_UNKNOWN, MANIFEST_UNKNOWN */
export function findCounted(db: Database, name: CountedName): Promise<Counted> {
  return db.snapshot(async (tx) => {
    const { id: repositoryId } = await findRepository(tx, name.repository, name.visible);
    if (name.tag !== undefined) return { kind: "tag", ids: [await findEpoch(tx, repositoryId, name.tag)] };
    if (name.digest !== undefined) return { kind: "manifest", ids: [await findManifestId(tx, repositoryId, name.digest)] };
    return { kind: "repository", ids: [repositoryId] };
  });
}

/** The registry, or of it the repositories whose names match, those that are gone too: what was pulled stays pulled. */
export async function findVisible(db: Database, visible: readonly string[] | undefined): Promise<Counted> {
  if (visible === undefined) return { kind: "registry", ids: [registryId] };
  const rows = await db.query
    .selectFrom("repository")
    .select("id")
    .where(nameVisible(sql.ref("name"), visible))
    .execute();
  return { kind: "repository", ids: rows.map(({ id }) => id) };
}

async function findEpoch(tx: Transaction<Schema>, repositoryId: number, tag: string): Promise<number> {
  const row = await tx
    .selectFrom("tag")
    .select("epoch")
    .where("repository_id", "=", repositoryId)
    .where("name", "=", tag)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) return row.epoch;
  throw new RegistryError("MANIFEST_UNKNOWN", { message: `there never was a tag '${tag}' in this repository` });
}

async function findManifestId(tx: Transaction<Schema>, repositoryId: number, digest: string): Promise<number> {
  const row = await tx
    .selectFrom("manifest")
    .select("id")
    .where("repository_id", "=", repositoryId)
    .where("digest", "=", digest)
    .where("trashed_ms", "=", sql.lit(0))
    .executeTakeFirst();
  if (row !== undefined) return row.id;
  throw new RegistryError("MANIFEST_UNKNOWN", { message: `there is no manifest ${digest} in this repository` });
}
