// What statistics call a repository, a tag, a manifest or the whole registry.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Database } from "./database.ts";
import { findRepository } from "./list-repositories.ts";
import { nameVisible } from "./list-search.ts";
import type { InRepository } from "./list-tags.ts";
import { registryId } from "./pull-totals.ts";
import type { ContentKind, CountedKind, Schema } from "./schema.ts";

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
  return ofRepositories(await selectVisibleIds(db, visible));
}

/** These repositories together; undefined: the registry. */
export function ofRepositories(repositoryIds: ReadonlySet<number> | undefined): Counted {
  return repositoryIds === undefined ? { kind: "registry", ids: [registryId] } : { kind: "repository", ids: [...repositoryIds] };
}

/** Of the repositories whose names match, those that are gone too; undefined: all. */
export async function selectVisibleIds(
  db: Database,
  visible: readonly string[] | undefined,
): Promise<ReadonlySet<number> | undefined> {
  if (visible === undefined) return undefined;
  const rows = await db.query
    .selectFrom("repository")
    .select("id")
    .where(nameVisible(sql.ref("name"), visible))
    .execute();
  return new Set(rows.map(({ id }) => id));
}

export interface CountedPlace {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** How things are called, also those that are gone, by id. */
export async function selectPlaces(db: Database, kind: ContentKind, ids: readonly number[]): Promise<Map<number, CountedPlace>> {
  if (ids.length === 0) return new Map();
  const repositories = db.query.selectFrom("repository");
  if (kind === "repository") {
    return byId(await repositories.select(["id", "name as repository"]).where("id", "in", ids).execute());
  }
  if (kind === "manifest") {
    const manifests = repositories.innerJoin("manifest", "manifest.repository_id", "repository.id");
    const named = manifests.select(["manifest.id", "name as repository", "digest"]);
    return byId(await named.where("manifest.id", "in", ids).execute());
  }
  const tags = repositories.innerJoin("tag", "tag.repository_id", "repository.id");
  const named = tags.select(["tag.id", "repository.name as repository", "tag.name as tag"]);
  // The first row of a tag's life has its epoch as id.
  return byId(await named.where("tag.id", "in", ids).execute());
}

function byId<Row extends { id: number }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row.id, row]));
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
