// Which tags a list lets through. Everything that is not a part of the name is looked up for each tag that is met; a filter by usage
// also holds for pulls that are not folded yet.

import { sql, type RawBuilder, type SqlBool, type Transaction } from "kysely";
import { chartConfigType, type ContentKind } from "../oci/content-kinds.ts";
import { RegistryError } from "../oci/errors.ts";
import { imageConfigTypes } from "../oci/image-config.ts";
import { dockerList, ociIndex } from "../oci/media-types.ts";
import type { UsageState } from "../wire/usage.ts";
import type { Database } from "./database.ts";
import { idRows } from "./json-rows.ts";
import type { CountBounds, ManifestTally, Unfolded } from "./list-live.ts";
import type { Content } from "./list-page.ts";
import { findMatches } from "./list-matches.ts";
import { findFew, nameContains, nameVisible, type Found } from "./list-search.ts";
import type { Schema } from "./schema.ts";
import { isInUsage, type UsageRules } from "./usage.ts";

export interface TagFilters {
  /** Part of the name, whatever the case, or the beginning of a digest (6 characters of hex or more, sha256: before them or not). */
  readonly search?: string | undefined;
  readonly usage?: readonly UsageState[] | undefined;
  /** os/architecture[/variant]; without a variant any. */
  readonly platform?: string | undefined;
  readonly type?: ContentKind | undefined;
  /** The beginning of a digest, sha256: before it or not. */
  readonly digest?: string | undefined;
}

/** Whether there are tags in the repository, or in all of them, that are not listed. */
export function isNarrowed({ repositoryId, visible }: Pick<TagScope, "repositoryId" | "visible">, filters: TagFilters): boolean {
  const { search = "", digest } = filters;
  return (
    (repositoryId === undefined && visible !== undefined) || search !== "" || digest !== undefined || isFilteredSlowly(filters)
  );
}

/** By what has to be looked up for each tag. */
function isFilteredSlowly({ usage, platform, type }: TagFilters): boolean {
  return usage !== undefined || platform !== undefined || type !== undefined;
}

/** The beginning of a digest lets through so little that the rest does not matter. */
export function isSlow(filters: TagFilters): boolean {
  return isFilteredSlowly(filters) && filters.digest === undefined;
}

export interface TagScope {
  readonly engine: Database["engine"];
  /** Undefined: in all repositories that `visible` shows. */
  readonly repositoryId: number | undefined;
  readonly visible: readonly string[] | undefined;
  /** Undefined: pulls are not counted. */
  readonly unfolded: Unfolded | undefined;
  readonly rules: UsageRules | undefined;
}

/** Tags that are there and pass the filters. @throws REQUEST_INVALID for a filter by usage when pulls are not counted */
export async function tagContent(scope: TagScope, filters: TagFilters): Promise<Content> {
  const { engine, repositoryId } = scope;
  const { platform, type, digest } = filters;
  const name = nameContains(engine, sql.ref("content.name"), filters.search);
  const ofDigest = digest === undefined ? undefined : digestStarts(digest);
  const searched = searchedDigest(filters.search);
  const found = searched === undefined ? undefined : [name, ...digestStarts(searched)];
  const tests: RawBuilder<unknown>[] = [sql`content.end_ms = 0`];
  if (repositoryId === undefined && scope.visible !== undefined) tests.push(walkVisible(scope.visible));
  // The beginning of a digest finds the fewest, so its index is the one to walk.
  if (ofDigest !== undefined && found !== undefined) tests.push(sql`(${sql.join(found, sql` or `)})`);
  else if (found === undefined) tests.push(name);
  if (platform !== undefined) tests.push(ofImage(hasPlatform(engine, platform)));
  if (type !== undefined) tests.push(ofImage(isOfKind(type)));
  if (filters.usage !== undefined) tests.push(await hasUsage(scope, filters.usage));
  const anyOf = ofDigest ?? found;
  const below = boundsOf(filters, scope.rules);
  const where = sql<SqlBool>`${sql.join(tests, sql` and `)}`;
  return { table: "tag", repositoryId, where, ...(anyOf && { anyOf }), ...(below && { below }) };
}

/** Of what is not used: its own pulls and those of its image lie before that, and of what never was there are none. */
function boundsOf({ usage }: TagFilters, rules: UsageRules | undefined): CountBounds | undefined {
  if (usage === undefined || rules === undefined || usage.includes("used")) return undefined;
  if (usage.includes("idle")) return { sum: Number.MAX_SAFE_INTEGER, timeMs: Math.max(1, rules.usedSinceMs) };
  return { sum: 1, timeMs: 1 };
}

/** Of who sees a part of the registry: so many tags can still be sorted for every page. */
const maxVisible = 3_000;

/** What has to be known before a page is planned; undefined: nothing. @throws as tagContent */
export function finder(
  db: Database,
  tx: Transaction<Schema>,
  content: Content,
  { repositoryId, visible, rules }: TagScope,
  request: TagFilters & { readonly total?: boolean | undefined },
): (() => Promise<Found>) | undefined {
  const { search, usage, platform, type, digest, total: isCounted = false } = request;
  if (isSlow(request)) {
    const key = [repositoryId, visible, search, usage, platform, type, digest];
    const nowMs = usage === undefined ? undefined : rules?.nowMs;
    return () => findMatches(db, tx, content, { key, nowMs, isCounted });
  }
  const isPart = repositoryId === undefined && visible !== undefined;
  if (digest === undefined && !isPart) return undefined;
  return async () => {
    const some = isPart ? { ...content, where: sql<SqlBool>`${content.where} and ${inVisible(visible)}` } : content;
    const few = await findFew(tx, db.engine, some, isPart ? maxVisible : undefined);
    return { few, count: few?.count };
  };
}

function inVisible(visible: readonly string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`content.repository_id in (
    select place.id from repository as place where place.deleted_ms = 0 and ${nameVisible(sql.ref("place.name"), visible)}
  )`;
}

/** `+`: the list is walked in its order, not repository by repository. */
function walkVisible(visible: readonly string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`+${inVisible(visible)}`;
}

const digestSearch = /^(?:sha(?:256|512):)?[0-9a-f]{6,128}$/;

function searchedDigest(search: string | undefined): string | undefined {
  const text = search?.toLowerCase();
  return text !== undefined && digestSearch.test(text) ? text : undefined;
}

/** g follows f: behind it is nothing with this beginning. */
function digestStarts(text: string): RawBuilder<SqlBool>[] {
  const beginnings = text.includes(":") ? [text] : [`sha256:${text}`, `sha512:${text}`];
  return beginnings.map((start) => sql<SqlBool>`(content.digest >= ${start} and content.digest < ${`${start}g`})`);
}

function ofImage(test: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from manifest as image where image.id = content.manifest_id and ${test})`;
}

/** In the JSON array of the column. */
function hasPlatform(engine: Database["engine"], platform: string): RawBuilder<SqlBool> {
  const contains = (text: string) =>
    engine === "sqlite" ? sql`instr(image.platforms, ${text}) > 0` : sql`strpos(image.platforms, ${text}) > 0`;
  const quoted = JSON.stringify(platform);
  return sql<SqlBool>`(${contains(quoted)} or ${contains(`${quoted.slice(0, -1)}/`)})`;
}

/** The same decision as `contentKind`. */
function isOfKind(kind: ContentKind): RawBuilder<SqlBool> {
  const isIndex = sql`image.media_type in (${sql.join([ociIndex, dockerList])})`;
  if (kind === "index") return sql<SqlBool>`${isIndex}`;
  const ofImages = sql`image.artifact_type in (${sql.join([...imageConfigTypes])})`;
  if (kind === "image") return sql<SqlBool>`(not ${isIndex} and ${ofImages})`;
  const isChart = sql`image.artifact_type = ${chartConfigType}`;
  if (kind === "chart") return sql<SqlBool>`(not ${isIndex} and ${isChart})`;
  return sql<SqlBool>`(not ${isIndex} and not ${ofImages} and not ${isChart})`;
}

async function hasUsage(scope: TagScope, states: readonly UsageState[]): Promise<RawBuilder<SqlBool>> {
  const { engine, unfolded, rules, repositoryId } = scope;
  if (unfolded === undefined || rules === undefined) {
    throw new RegistryError("REQUEST_INVALID", {
      message: "cannot filter by usage: this registry does not count pulls (pulls.enabled is false)",
    });
  }
  const ofTags = await unfolded.deltas("tag", await unfolded.dirty("tag", repositoryId));
  const ofManifests = await unfolded.deltas("manifest", await unfolded.dirty("manifest", repositoryId));
  const usedSince = (ms: number): RawBuilder<SqlBool> => {
    const folded = sql`(total.last_pulled_ms >= ${ms} or total.last_checked_ms >= ${ms})`;
    const tags = usedIds(ofTags, ms);
    const manifests = usedIds(ofManifests, ms);
    const tests = [
      sql`exists (select 1 from pull_total as total where total.kind = 'tag' and total.id = content.epoch and ${folded})`,
      sql`exists (select 1 from pull_total as total where total.kind = 'manifest' and total.id = content.manifest_id and ${folded})`,
      sql`exists (
        select 1 from manifest_edge as edge cross join manifest as child cross join pull_total as total
        where edge.parent_id = content.manifest_id and edge.kind = 'child'
          and child.repository_id = edge.repository_id and child.digest = edge.child_digest
          and total.kind = 'manifest' and total.id = child.id and ${folded}
      )`,
    ];
    if (tags.length > 0) tests.unshift(sql`content.epoch in (${idRows(engine, tags)})`);
    if (manifests.length > 0) {
      const rows = idRows(engine, manifests);
      // A child that was pulled for the first time has no row in pull_total yet, so its parents are found from here.
      const parents = sql`select edge.parent_id from (${rows}) as few cross join manifest as child cross join manifest_edge as edge
        where child.id = few.id and edge.repository_id = child.repository_id and edge.child_digest = child.digest and edge.kind = 'child'`;
      tests.unshift(sql`content.manifest_id in (${rows} union ${parents})`);
    }
    return sql<SqlBool>`(${sql.join(tests, sql` or `)})`;
  };
  return isInUsage(rules, new Set(states), usedSince, sql.ref<number>("content.start_ms"));
}

function usedIds(tallies: ReadonlyMap<number, ManifestTally>, ms: number): number[] {
  return [...tallies].flatMap(([id, { lastPulledMs, lastCheckedMs }]) => (Math.max(lastPulledMs, lastCheckedMs) >= ms ? id : []));
}
