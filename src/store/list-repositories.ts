// The list of repositories, and the one look-up by name that every other list starts from.

import { sql, type RawBuilder, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Database } from "./database.ts";
import { idRows } from "./json-rows.ts";
import { pageTallies, type CountField, type OpenUnfolded, type Tally } from "./list-live.ts";
import { inRepository, type Content, type ListRequest } from "./list-page.ts";
import { nameDirectlyUnder, nameUnder } from "./list-folders.ts";
import { nameContains, nameVisible } from "./list-search.ts";
import { byCounts, byNumber, byUniqueText, planPage, type CountedList, type Sort } from "./list-sort.ts";
import type { RepositoryTable, Schema } from "./schema.ts";

export interface RepositoryItem {
  readonly id: number;
  readonly name: string;
  readonly kind: "local" | "proxy";
  readonly tags: number;
  readonly manifests: number;
  /** Visible blobs and manifests, each once. */
  readonly bytes: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** The latest push of a tag that is there; 0: there is none. */
  readonly pushedMs: number;
  /** Undefined: not counted. */
  readonly pulls: Tally | undefined;
}

export type RepositorySort = "name" | "tags" | "manifests" | "bytes" | "createdAt" | "updatedAt" | CountField;
const sorts: Record<RepositorySort, Sort> = {
  name: byUniqueText("name"),
  tags: byNumber("tag_count"),
  manifests: byNumber("manifest_count"),
  bytes: byNumber("bytes"),
  createdAt: byNumber("created_ms"),
  updatedAt: byNumber("updated_ms"),
  ...byCounts("repository", "id"),
};

export interface RepositoryListRequest extends ListRequest<RepositorySort> {
  /** Name patterns of what the caller may see; undefined: everything. */
  readonly visible?: readonly string[] | undefined;
  readonly name?: string | undefined;
  /** The beginning of their names, with a slash at its end. */
  readonly under?: string | undefined;
  /** Only those directly below `under`, or without a slash in their names. */
  readonly direct?: boolean | undefined;
  readonly kind?: "local" | "proxy" | undefined;
  /** Only of these ids. */
  readonly among?: readonly number[] | undefined;
}

/** One page of the repositories. `openUnfolded` undefined: pulls are not counted. @throws PAGE_INVALID, REQUEST_INVALID */
export async function listRepositories(
  db: Database,
  openUnfolded: OpenUnfolded | undefined,
  request: RepositoryListRequest,
): Promise<CountedList<RepositoryItem>> {
  const readUnfolded = await openUnfolded?.();
  return db.snapshot(async (tx) => {
    const unfolded = await readUnfolded?.(tx);
    const where = wanted(db.engine, request);
    const content = { table: "repository", repositoryId: undefined, where } as const;
    const { page, rows, moment, count } = await planPage(tx, request, sorts[request.sort], {
      engine: db.engine,
      content,
      unfolded,
    });
    const found = await tx
      .selectFrom(rows.as("page"))
      .crossJoin("repository")
      .leftJoin("pull_total as total", (join) =>
        join.on("total.kind", "=", sql.lit("repository")).onRef("total.id", "=", "repository.id"),
      )
      .select(["page.key0", "page.key1", "page.key2", "repository.id", "name", "repository.kind"])
      .select(["tag_count", "manifest_count", "bytes", "created_ms", "updated_ms"])
      .select(
        sql<number | null>`(select max(tag.start_ms) from tag where tag.repository_id = repository.id and tag.end_ms = 0)`.as(
          "pushed_ms",
        ),
      )
      .select(["total.pulls", "total.last_pulled_ms", "total.checks", "total.last_checked_ms"])
      .whereRef("repository.id", "=", "page.id")
      .execute();
    const pulls = await pageTallies(
      unfolded,
      "repository",
      found.map(({ id }) => id),
    );
    const answer = page.answer(found, (row) => ({
      id: row.id,
      name: row.name,
      kind: row.kind,
      tags: row.tag_count,
      manifests: row.manifest_count,
      bytes: row.bytes,
      createdMs: row.created_ms,
      updatedMs: row.updated_ms,
      pushedMs: row.pushed_ms ?? 0,
      pulls: pulls(row.id, row),
    }));
    return { ...answer, ...moment, total: request.total === true ? (count ?? (await countContent(tx, content))) : undefined };
  });
}

/** What is there and what the filters let through, of the table as `content`. A row that was never updated only carries uploads. */
function wanted(engine: Database["engine"], request: RepositoryListRequest): RawBuilder<boolean> {
  const { visible, name: only, under, direct, kind, among } = request;
  const name = sql.ref<string>("content.name");
  const tests = [
    sql`content.deleted_ms = 0 and content.updated_ms > 0`,
    nameContains(engine, name, request.search),
    nameVisible(name, visible),
  ];
  if (only !== undefined) tests.push(sql`content.name = ${only}`);
  if (under !== undefined) tests.push(nameUnder(name, under));
  if (direct === true) tests.push(nameDirectlyUnder(engine, name, under ?? ""));
  if (kind !== undefined) tests.push(sql`content.kind = ${kind}`);
  if (among !== undefined) tests.push(sql`content.id in (${idRows(engine, among)})`);
  return sql<boolean>`${sql.join(tests, sql` and `)}`;
}

/** How many rows the filters let through. */
export async function countContent(tx: Transaction<Schema>, content: Content): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.table(content.table)} as content where ${inRepository(content)}
  `.execute(tx);
  return rows[0]!.n;
}

export type FoundRepository = Pick<RepositoryTable, "name"> & { id: number; tag_count: number; manifest_count: number };

/** Hidden and missing look the same. @throws NAME_UNKNOWN */
export async function findRepository(
  tx: Transaction<Schema>,
  name: string,
  visible: readonly string[] | undefined,
): Promise<FoundRepository> {
  const found = await tx
    .selectFrom("repository")
    .select(["id", "name", "tag_count", "manifest_count"])
    .where("name", "=", name)
    .where("deleted_ms", "=", sql.lit(0))
    .where("updated_ms", ">", 0)
    .where(nameVisible(sql.ref("name"), visible))
    .executeTakeFirst();
  if (found !== undefined) return found;
  throw new RegistryError("NAME_UNKNOWN", { message: `there is no repository '${name}' here` });
}
