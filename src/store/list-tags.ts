// The tags of one repository with all that a row shows, and the history of one tag.

import { sql } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { NameOrderName } from "../oci/name-orders.ts";
import type { Database } from "./database.ts";
import { pageTallies, type CountField, type OpenUnfolded, type Tally } from "./list-live.ts";
import { KeysetPage, pageByColumns, type List, type ListRequest } from "./list-page.ts";
import { countContent, findRepository } from "./list-repositories.ts";
import { nameContains } from "./list-search.ts";
import {
  byCounts,
  byNumber,
  byText,
  byUniqueText,
  planPage,
  splitNames,
  tagNames,
  type CountedList,
  type Sort,
} from "./list-sort.ts";

export interface TagItem {
  readonly name: string;
  readonly digest: string;
  readonly mediaType: string;
  /** "" when the manifest names none. */
  readonly artifactType: string;
  /** os/architecture[/variant]; empty when unknown. */
  readonly platforms: readonly string[];
  readonly bytes: number;
  /** When the tag was put on this manifest. */
  readonly pushedMs: number;
  /** By this tag; undefined: not counted. */
  readonly pulls: Tally | undefined;
  /** Of its manifest, by any way. */
  readonly imagePulls: Tally | undefined;
  /** Other tags on the same manifest: how many, and the first of them. */
  readonly siblings: { readonly count: number; readonly names: readonly string[] };
}

export type TagSort = NameOrderName | "digest" | "bytes" | "pushedAt" | "imagePulls" | CountField;
const sorts: Record<TagSort, Sort> = {
  name: byUniqueText("name"),
  natural: byText("natural_key"),
  version: byText("version_key"),
  digest: byText("digest"),
  bytes: byNumber("bytes"),
  pushedAt: byNumber("start_ms"),
  imagePulls: { kind: "manifest", field: "pulls", countedId: "manifest_id" },
  ...byCounts("tag", "epoch"),
};

/** `visible`: name patterns of the repositories that the caller may see; undefined: all. */
export interface InRepository {
  readonly repository: string;
  readonly visible?: readonly string[] | undefined;
}
export type TagListRequest = ListRequest<TagSort> & InRepository;

/** One page of the tags of a repository. @throws NAME_UNKNOWN, PAGE_INVALID, REQUEST_INVALID */
export async function listTags(
  db: Database,
  openUnfolded: OpenUnfolded | undefined,
  request: TagListRequest,
): Promise<CountedList<TagItem>> {
  const readUnfolded = await openUnfolded?.();
  return db.snapshot(async (tx) => {
    const repository = await findRepository(tx, request.repository, request.visible);
    const unfolded = await readUnfolded?.(tx);
    const search = nameContains(db.engine, sql.ref("content.name"), request.search);
    const where = sql<boolean>`content.end_ms = 0 and ${search}`;
    const content = { table: "tag", repositoryId: repository.id, where } as const;
    const listed = { engine: db.engine, content, unfolded };
    const { page, rows, moment, count } = await planPage(tx, request, sorts[request.sort], listed);
    const found = await tx
      .selectFrom(rows.as("page"))
      .crossJoin("tag")
      .innerJoin("manifest", "manifest.id", "tag.manifest_id")
      .leftJoin("pull_total as own", (join) => join.on("own.kind", "=", sql.lit("tag")).onRef("own.id", "=", "tag.epoch"))
      .leftJoin("pull_total as image", (join) =>
        join.on("image.kind", "=", sql.lit("manifest")).onRef("image.id", "=", "tag.manifest_id"),
      )
      .select(["page.key0", "page.key1", "page.key2", "tag.epoch", "tag.manifest_id", "tag.name", "tag.digest", "tag.bytes"])
      .select(["tag.start_ms", "media_type", "artifact_type", "platforms", "tag_count"])
      .select(["own.pulls", "own.last_pulled_ms", "own.checks", "own.last_checked_ms"])
      .select(["image.pulls as image_pulls", "image.last_pulled_ms as image_last_pulled_ms"])
      .select(["image.checks as image_checks", "image.last_checked_ms as image_last_checked_ms"])
      .select(tagNames("tag.manifest_id", "tag.id").as("siblings"))
      .whereRef("tag.id", "=", "page.id")
      .execute();
    const pulls = await pageTallies(
      unfolded,
      "tag",
      found.map(({ epoch }) => epoch),
    );
    const imagePulls = await pageTallies(
      unfolded,
      "manifest",
      found.map(({ manifest_id: id }) => id),
    );
    const answer = page.answer(found, (row) => ({
      name: row.name,
      digest: row.digest,
      mediaType: row.media_type,
      artifactType: row.artifact_type,
      platforms: JSON.parse(row.platforms) as string[],
      bytes: row.bytes,
      pushedMs: row.start_ms,
      pulls: pulls(row.epoch, row),
      imagePulls: imagePulls(row.manifest_id, {
        pulls: row.image_pulls,
        last_pulled_ms: row.image_last_pulled_ms,
        checks: row.image_checks,
        last_checked_ms: row.image_last_checked_ms,
      }),
      siblings: { count: Math.max(0, row.tag_count - 1), names: splitNames(row.siblings) },
    }));
    const total = request.search === undefined ? repository.tag_count : count;
    return { ...answer, ...moment, total: request.total === true ? (total ?? (await countContent(tx, content))) : undefined };
  });
}

/** One stretch of time in which a tag stood on a manifest. */
export interface TagHistoryItem {
  readonly digest: string;
  readonly bytes: number;
  readonly startMs: number;
  /** 0: still there. */
  readonly endMs: number;
  readonly by: string;
  /** "" while it is still there. */
  readonly endReason: string;
  /** Names one life of the tag: deleting it and pushing it again begins another, with counts from zero. */
  readonly epoch: number;
}

export type TagHistoryRequest = Pick<ListRequest<"startedAt">, "limit" | "cursor"> & InRepository & { readonly tag: string };

/** One page of where a tag stood, the latest first. @throws NAME_UNKNOWN, MANIFEST_UNKNOWN when there never was such a tag */
export function listTagHistory(db: Database, request: TagHistoryRequest): Promise<List<TagHistoryItem>> {
  return db.snapshot(async (tx) => {
    const repository = await findRepository(tx, request.repository, request.visible);
    const page = new KeysetPage({ ...request, sort: "startedAt", descending: true }, ["number"]);
    const where = sql<boolean>`content.name = ${request.tag}`;
    const rows = pageByColumns({ table: "tag", repositoryId: repository.id, where }, ["id"], page);
    const found = await tx
      .selectFrom(rows.as("page"))
      .innerJoin("tag", "tag.id", "page.id")
      .select(["page.key0", "page.key1", "page.key2", "digest", "bytes", "start_ms", "end_ms", "by", "end_reason", "epoch"])
      .execute();
    if (found.length === 0 && request.cursor === undefined) {
      throw new RegistryError("MANIFEST_UNKNOWN", { message: `there never was a tag '${request.tag}' in ${request.repository}` });
    }
    const answer = page.answer(found, (row) => ({
      digest: row.digest,
      bytes: row.bytes,
      startMs: row.start_ms,
      endMs: row.end_ms,
      by: row.by,
      endReason: row.end_reason,
      epoch: row.epoch,
    }));
    return { ...answer, total: undefined };
  });
}
