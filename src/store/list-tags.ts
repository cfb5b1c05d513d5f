// Tags of one repository, or of all that the caller sees, with all that a row shows. The page is found first, by its keys alone; what
// its rows show is then asked for all of them together, so a page costs the same few questions however long it is.

import { sql, type Transaction } from "kysely";
import { contentKind, type ContentKind } from "../oci/content-kinds.ts";
import type { NameOrderName } from "../oci/name-orders.ts";
import type { Database } from "./database.ts";
import { maxFreedChildren, readFreed } from "./list-freed.ts";
import {
  boundChildren,
  fairShare,
  lastUsed,
  noChildren,
  readPlatforms,
  sumChildren,
  type ChildSums,
  type PlatformRow,
} from "./list-index-children.ts";
import { pageTallies, type CountField, type OpenUnfolded, type Tally, type Unfolded } from "./list-live.ts";
import type { ListRequest } from "./list-page.ts";
import { readReferrerCounts, type ReferrerCounts } from "./list-referrer-counts.ts";
import { countContent, findRepository } from "./list-repositories.ts";
import { nameVisible } from "./list-search.ts";
import {
  byCounts,
  byNumber,
  byText,
  byUniqueText,
  planPage,
  splitNames,
  tagNames,
  type CountedList,
  type PlannedPage,
  type Sort,
} from "./list-sort.ts";
import { finder, isNarrowed, isSlow, tagContent, type TagFilters } from "./list-tag-filters.ts";
import type { Schema } from "./schema.ts";
import { usageOf, type Usage, type UsageRules } from "./usage.ts";

export interface TagItem {
  readonly repository: string;
  readonly name: string;
  /** What statistics call it. */
  readonly epoch: number;
  readonly digest: string;
  readonly mediaType: string;
  /** "" when the manifest names none. */
  readonly artifactType: string;
  readonly kind: ContentKind;
  /** os/architecture[/variant]; empty when unknown. */
  readonly platforms: readonly string[];
  readonly bytes: number;
  /** What one client fetches: the smallest and the largest platform; undefined: none of them is here. */
  readonly pullBytes: { readonly min: number; readonly max: number } | undefined;
  /** When the tag was put on this manifest, and by whom: "" when nobody knows. */
  readonly pushedMs: number;
  readonly pushedBy: string;
  /** By this tag; undefined: not counted. */
  readonly pulls: Tally | undefined;
  /** Of its manifest, by any way. */
  readonly imagePulls: Tally | undefined;
  /** Undefined: not counted, or nobody said by what rules. */
  readonly usage: Usage | undefined;
  /** Other tags on the same manifest: how many, and the first of them. */
  readonly siblings: { readonly count: number; readonly names: readonly string[] };
  /** When it was asked for. */
  readonly detail: TagDetail | undefined;
}
export interface TagDetail {
  /** Of an index the first ones, and how many there are; else empty. */
  readonly children: readonly PlatformRow[];
  readonly childCount: number;
  /** Of its image, with the attestations in an index. */
  readonly referrers: ReferrerCounts;
  /** Of its image: what nothing else in the registry uses; undefined: too many children. */
  readonly uniqueBytes: number | undefined;
}

export type TagSort = NameOrderName | "digest" | "bytes" | "pushedAt" | "imagePulls" | CountField;
const sorts: Record<TagSort, Sort> = {
  name: byText("name"),
  natural: byText("natural_key"),
  version: byText("version_key"),
  digest: byText("digest"),
  bytes: byNumber("bytes"),
  pushedAt: byNumber("start_ms"),
  imagePulls: { kind: "manifest", field: "pulls", countedId: "manifest_id" },
  ...byCounts("tag", "epoch"),
};
const sortOf = (sort: TagSort, isOneRepository: boolean): Sort =>
  sort === "name" && isOneRepository ? byUniqueText("name") : sorts[sort];

/** `visible`: name patterns of the repositories that the caller may see; undefined: all. */
export interface InRepository {
  readonly repository: string;
  readonly visible?: readonly string[] | undefined;
}
export interface TagListRequest extends ListRequest<TagSort>, TagFilters {
  /** Undefined: of all repositories that the caller may see. */
  readonly repository?: string | undefined;
  readonly visible?: readonly string[] | undefined;
  /** What usage is told by. */
  readonly rules?: UsageRules | undefined;
  readonly detail?: boolean | undefined;
}

/** Of a page in all: with more of them it stands in the line of those that are slow. */
const manyChildren = 8_000;
/** Of a page in all: those that are looked up for what would be free. */
const maxAllFreedChildren = 5_000;

/** One page of tags. @throws NAME_UNKNOWN, PAGE_INVALID, REQUEST_INVALID */
export async function listTags(
  db: Database,
  openUnfolded: OpenUnfolded | undefined,
  request: TagListRequest,
): Promise<CountedList<TagItem>> {
  const readUnfolded = await openUnfolded?.();
  /** Undefined: it would take long. */
  const work = async (tx: Transaction<Schema>, mayTakeLong: boolean): Promise<CountedList<TagItem> | undefined> => {
    const { engine } = db;
    const { visible, rules, detail = false } = request;
    const repository = request.repository === undefined ? undefined : await findRepository(tx, request.repository, visible);
    const unfolded = await readUnfolded?.(tx);
    const scope = { engine, repositoryId: repository?.id, visible, unfolded, rules };
    const sort = sortOf(request.sort, repository !== undefined);
    // Several tags may be on one manifest.
    const isWhole = !isNarrowed(scope, request) && request.sort !== "imagePulls";
    const content = { ...(await tagContent(scope, request)), isWhole };
    const find = finder(db, tx, content, scope, request);
    const plan = await planPage(tx, request, sort, { engine, content, unfolded, find });
    const rows = await readRows(tx, plan);
    const bounds = await boundChildren(tx, indexIdsOf(rows));
    const children = [...bounds.values()].reduce((all, bound) => all + bound, 0);
    if (!mayTakeLong && children > manyChildren) return undefined;
    const sums = await sumChildren(tx, unfolded, bounds);
    const facts = { ...(await readFacts(unfolded, rows, sums)), rules };
    const details = detail ? await readDetails({ tx, engine, unfolded }, rows, sums) : undefined;
    const answer = plan.page.answer(rows, (row) => ({ ...toItem(row, facts), detail: details?.(row) }));
    const total = async (): Promise<number> => {
      if (!isNarrowed({ repositoryId: undefined, visible: undefined }, request))
        return repository?.tag_count ?? countTags(tx, visible);
      return plan.count ?? countContent(tx, content);
    };
    return { ...answer, ...plan.moment, total: request.total === true ? await total() : undefined };
  };
  const quick = isSlow(request) ? undefined : await db.snapshot((tx) => work(tx, false));
  return quick ?? (await db.snapshot((tx) => work(tx, true), { isSlow: true }))!;
}

function indexIdsOf(rows: readonly Row[]): number[] {
  return rows.filter((row) => kindOf(row) === "index").map(({ manifest_id: id }) => id);
}

async function countTags(tx: Transaction<Schema>, visible: readonly string[] | undefined): Promise<number> {
  const { count } = await tx
    .selectFrom("repository")
    .select((eb) => eb.fn.coalesce(eb.fn.sum<number>("tag_count"), sql<number>`0`).as("count"))
    .where("deleted_ms", "=", sql.lit(0))
    .where(nameVisible(sql.ref("name"), visible))
    .executeTakeFirstOrThrow();
  return count;
}

type Row = Awaited<ReturnType<typeof readRows>>[number];

function readRows(tx: Transaction<Schema>, { rows }: PlannedPage) {
  return tx
    .selectFrom(rows.as("page"))
    .crossJoin("tag")
    .innerJoin("manifest", "manifest.id", "tag.manifest_id")
    .innerJoin("repository", "repository.id", "tag.repository_id")
    .leftJoin("pull_total as own", (join) => join.on("own.kind", "=", sql.lit("tag")).onRef("own.id", "=", "tag.epoch"))
    .leftJoin("pull_total as image", (join) =>
      join.on("image.kind", "=", sql.lit("manifest")).onRef("image.id", "=", "tag.manifest_id"),
    )
    .select(["page.key0", "page.key1", "page.key2", "tag.epoch", "tag.manifest_id", "tag.name", "tag.digest", "tag.bytes"])
    .select(["tag.repository_id", "repository.name as repository", "tag.start_ms", "tag.by"])
    .select(["media_type", "artifact_type", "platforms", "manifest.tag_count", "manifest.size"])
    .select(["own.pulls", "own.last_pulled_ms", "own.checks", "own.last_checked_ms"])
    .select(["image.pulls as image_pulls", "image.last_pulled_ms as image_last_pulled_ms"])
    .select(["image.checks as image_checks", "image.last_checked_ms as image_last_checked_ms"])
    .select(tagNames("tag.manifest_id", "tag.id").as("siblings"))
    .whereRef("tag.id", "=", "page.id")
    .execute();
}

interface Facts {
  readonly pulls: (row: Row) => Tally | undefined;
  readonly imagePulls: (row: Row) => Tally | undefined;
  readonly childrenOf: (row: Row) => ChildSums;
  readonly rules: UsageRules | undefined;
}

async function readFacts(
  unfolded: Unfolded | undefined,
  rows: readonly Row[],
  sums: ReadonlyMap<number, ChildSums>,
): Promise<Omit<Facts, "rules">> {
  const epochs = rows.map(({ epoch }) => epoch);
  const imageIds = rows.map(({ manifest_id: id }) => id);
  const ofTags = await pageTallies(unfolded, "tag", epochs);
  const ofImages = await pageTallies(unfolded, "manifest", imageIds);
  return {
    pulls: (row) => ofTags(row.epoch, row),
    imagePulls: (row) =>
      ofImages(row.manifest_id, {
        pulls: row.image_pulls,
        last_pulled_ms: row.image_last_pulled_ms,
        checks: row.image_checks,
        last_checked_ms: row.image_last_checked_ms,
      }),
    childrenOf: (row) => sums.get(row.manifest_id) ?? noChildren,
  };
}

function kindOf({ media_type: mediaType, artifact_type: artifactType }: Row): ContentKind {
  return contentKind(mediaType, artifactType);
}

function toItem(row: Row, facts: Facts): Omit<TagItem, "detail"> {
  const [pulls, imagePulls, children] = [facts.pulls(row), facts.imagePulls(row), facts.childrenOf(row)];
  const { rules } = facts;
  const isKnown = rules !== undefined && pulls !== undefined && imagePulls !== undefined;
  return {
    repository: row.repository,
    name: row.name,
    epoch: row.epoch,
    digest: row.digest,
    mediaType: row.media_type,
    artifactType: row.artifact_type,
    kind: kindOf(row),
    platforms: JSON.parse(row.platforms) as string[],
    bytes: row.bytes,
    pullBytes: pullBytesOf(row, children),
    pushedMs: row.start_ms,
    pushedBy: row.by,
    pulls,
    imagePulls,
    usage: isKnown ? usageOf(rules, { lastUsedMs: lastUsed([pulls, imagePulls], children), pushedMs: row.start_ms }) : undefined,
    siblings: { count: Math.max(0, row.tag_count - 1), names: splitNames(row.siblings) },
  };
}

/** Of an index: itself and one image. */
function pullBytesOf(row: Row, { bytes }: ChildSums): TagItem["pullBytes"] {
  if (kindOf(row) !== "index") return { min: row.bytes, max: row.bytes };
  return bytes && { min: row.size + bytes.min, max: row.size + bytes.max };
}

interface Scope {
  readonly tx: Transaction<Schema>;
  readonly engine: Database["engine"];
  readonly unfolded: Unfolded | undefined;
}

async function readDetails(
  { tx, engine, unfolded }: Scope,
  rows: readonly Row[],
  sums: ReadonlyMap<number, ChildSums>,
): Promise<(row: Row) => TagDetail> {
  const children = await readPlatforms(tx, unfolded, sums);
  const sumsOf = (row: Row): ChildSums => sums.get(row.manifest_id) ?? noChildren;
  const subjects = rows.map(({ repository_id: repositoryId, digest }) => ({ repositoryId, digest }));
  const referrers = await readReferrerCounts(tx, engine, subjects);
  const mostFreed = fairShare(sums, maxFreedChildren, maxAllFreedChildren);
  const isSummed = (row: Row): boolean => sumsOf(row).platforms <= mostFreed;
  const imageIds = new Set(rows.filter(isSummed).map(({ manifest_id: id }) => id));
  const freed = await readFreed(
    tx,
    engine,
    [...imageIds].map((id) => [id, id]),
  );
  return (row) => {
    const { platforms, attestations } = sumsOf(row);
    const counts = referrers({ repositoryId: row.repository_id, digest: row.digest });
    return {
      children: children.get(row.manifest_id) ?? [],
      childCount: platforms,
      referrers: { ...counts, attestation: counts.attestation + attestations },
      uniqueBytes: isSummed(row) ? (freed.get(row.manifest_id) ?? 0) : undefined,
    };
  };
}
