// What statistics call a repository, a tag or a manifest.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Database } from "./database.ts";
import { findRepository } from "./list-repositories.ts";
import type { InRepository } from "./list-tags.ts";
import type { CountedKind, Schema } from "./schema.ts";

export interface Counted {
  readonly kind: CountedKind;
  readonly id: number;
}
/** At most one of tag and digest; neither: the repository itself. */
export type CountedName = InRepository & { readonly tag?: string | undefined; readonly digest?: string | undefined };

/** A tag that is gone is the last life that it had. @throws NAME_UNKNOWN, MANIFEST_UNKNOWN */
export function findCounted(db: Database, name: CountedName): Promise<Counted> {
  return db.snapshot(async (tx) => {
    const { id: repositoryId } = await findRepository(tx, name.repository, name.visible);
    if (name.tag !== undefined) return { kind: "tag", id: await findEpoch(tx, repositoryId, name.tag) };
    if (name.digest !== undefined) return { kind: "manifest", id: await findManifestId(tx, repositoryId, name.digest) };
    return { kind: "repository", id: repositoryId };
  });
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
