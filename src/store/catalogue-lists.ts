// Lists of the distribution API: names in byte order, page by page, and the referrers of a subject.

import { sql } from "kysely";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { ListPage, Page, Referrer } from "../oci/registry.ts";
import type { DigestReference, RepositoryName, Tag } from "../oci/reference.ts";
import { none } from "./catalogue-repository.ts";
import type { Database } from "./database.ts";
import { nameVisible } from "./list-search.ts";

/** Bodies read for one page of referrers; their annotations are a part of them, so the page stays below the 4 MiB that clients read. */
const maxReferrerBytes = 3 * 1024 * 1024;

function cut<Item>(rows: readonly Item[], { limit }: Page): ListPage<Item> {
  return { items: rows.slice(0, limit), more: limit > 0 && rows.length > limit };
}

export async function listRepositories(
  db: Database,
  page: Page & { readonly visible?: readonly string[] },
): Promise<ListPage<RepositoryName>> {
  const { visible, last } = page;
  if (page.limit === 0 || visible?.length === 0) return { items: [], more: false };
  let query = db.query
    .selectFrom("repository")
    .select("name")
    .where("deleted_ms", "=", none)
    .where("updated_ms", ">", none)
    .orderBy("name")
    .limit(page.limit + 1);
  if (last !== undefined) query = query.where("name", ">", last);
  if (visible !== undefined && !visible.includes("*")) query = query.where(nameVisible(sql.ref("name"), visible));
  const rows = await query.execute();
  return cut(
    rows.map((row) => row.name as RepositoryName),
    page,
  );
}

/** @throws NAME_UNKNOWN */
export async function listTags(db: Database, repository: RepositoryName, page: Page): Promise<ListPage<Tag>> {
  const id = await findRepository(db, repository);
  if (id === undefined) throw new RegistryError("NAME_UNKNOWN");
  if (page.limit === 0) return { items: [], more: false };
  const query = db.query
    .selectFrom("tag")
    .select("name")
    .where("repository_id", "=", id)
    .where("end_ms", "=", none)
    .orderBy("name")
    .limit(page.limit + 1);
  const rows = await (page.last === undefined ? query : query.where("name", ">", page.last)).execute();
  return cut(
    rows.map((row) => row.name as Tag),
    page,
  );
}

/** The id of a repository that exists for the doors: something was pushed to it, and it was not deleted. */
export async function findRepository(db: Database, name: RepositoryName): Promise<number | undefined> {
  const row = await db.query
    .selectFrom("repository")
    .select("id")
    .where("name", "=", name)
    .where("deleted_ms", "=", none)
    .where("updated_ms", ">", none)
    .executeTakeFirst();
  return row?.id;
}

/** Digests of the manifests that an index lists. */
export async function listChildren(db: Database, manifestId: number): Promise<Digest[]> {
  const rows = await db.query
    .selectFrom("manifest_edge")
    .select("child_digest")
    .distinct()
    .where("parent_id", "=", manifestId)
    .where("kind", "=", "child")
    .execute();
  return rows.map((row) => row.child_digest as Digest);
}

interface ReferrerRow {
  readonly id: number;
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string;
  readonly size: number;
}

/** In digest order. A page may be shorter than its limit when annotations are long; `more` tells. */
export async function listReferrers(
  db: Database,
  { repository, digest }: DigestReference,
  page: Page & { readonly artifactTypes?: readonly string[] },
): Promise<ListPage<Referrer>> {
  const { artifactTypes, last } = page;
  if (page.limit === 0) return { items: [], more: false };
  let query = db.query
    .selectFrom("repository")
    .innerJoin("manifest", "manifest.repository_id", "repository.id")
    .select(["manifest.id", "manifest.digest", "manifest.media_type", "manifest.artifact_type", "manifest.size"])
    .where("repository.name", "=", repository)
    .where("repository.deleted_ms", "=", none)
    .where("manifest.subject_digest", "=", digest)
    .where("manifest.subject_digest", "<>", sql.lit(""))
    .where("manifest.trashed_ms", "=", none)
    .orderBy("manifest.digest")
    .limit(page.limit + 1);
  if (last !== undefined) query = query.where("manifest.digest", ">", last);
  if (artifactTypes !== undefined && artifactTypes.length > 0) query = query.where("manifest.artifact_type", "in", artifactTypes);
  const { items: rows, more } = cut<ReferrerRow>(await query.execute(), page);
  const fitting = rows.slice(0, countFitting(rows));
  const bodies = await readBodies(db, fitting);
  return { items: fitting.map((row) => toReferrer(row, bodies.get(row.id)!)), more: more || fitting.length < rows.length };
}

/** At least one, so that paging always moves on. */
function countFitting(rows: readonly ReferrerRow[]): number {
  let sum = 0;
  const tooMany = rows.findIndex(({ size }, index) => (sum += size) > maxReferrerBytes && index > 0);
  return tooMany < 0 ? rows.length : tooMany;
}

async function readBodies(db: Database, rows: readonly ReferrerRow[]): Promise<Map<number, Uint8Array>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map(({ id }) => id);
  const bodies = await db.query.selectFrom("manifest_body").selectAll().where("manifest_id", "in", ids).execute();
  return new Map(bodies.map(({ manifest_id, body }) => [manifest_id, body]));
}

function toReferrer(row: ReferrerRow, body: Uint8Array): Referrer {
  // Plain JSON.parse: the bytes passed the strict reader when they were pushed.
  const { annotations } = JSON.parse(Buffer.from(body).toString()) as { annotations?: Record<string, string> | null };
  return {
    mediaType: row.media_type,
    digest: row.digest as Digest,
    size: row.size,
    ...(row.artifact_type !== "" && { artifactType: row.artifact_type }),
    ...(annotations != null && { annotations }),
  };
}
