// All manifests of one repository, untagged ones and children of an index too.

import { sql } from "kysely";
import type { Database } from "./database.ts";
import { pageTallies, type CountField, type OpenUnfolded, type Tally } from "./list-live.ts";
import type { ListRequest } from "./list-page.ts";
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
import type { InRepository } from "./list-tags.ts";
import { isUntagged } from "./untagged.ts";

export interface ManifestItem {
  readonly digest: string;
  readonly mediaType: string;
  /** "" when the manifest names none; so is the subject. */
  readonly artifactType: string;
  readonly subject: string;
  readonly platforms: readonly string[];
  /** Of the whole image: manifest, config and layers, for an index its children too. */
  readonly bytes: number;
  readonly pushedMs: number;
  /** Whether none of its blobs is missing. */
  readonly complete: boolean;
  /** Tags that point here: how many, and the first of them. */
  readonly tags: { readonly count: number; readonly names: readonly string[] };
  readonly pulls: Tally | undefined;
}

export type ManifestSort = "digest" | "mediaType" | "artifactType" | "bytes" | "pushedAt" | "tags" | CountField;
const sorts: Record<ManifestSort, Sort> = {
  digest: byUniqueText("digest"),
  mediaType: byText("media_type"),
  artifactType: byText("artifact_type"),
  bytes: byNumber("image_bytes"),
  pushedAt: byNumber("pushed_ms"),
  tags: byNumber("tag_count"),
  ...byCounts("manifest", "id"),
};

/** `search`: part of a digest. */
export type ManifestListRequest = ListRequest<ManifestSort> &
  InRepository & {
    /** Only manifests with a tag, or only those without. */
    readonly tagged?: boolean | undefined;
    /** true: only those of untagged.ts. */
    readonly untagged?: boolean | undefined;
  };

function tagFilters({ tagged, untagged }: ManifestListRequest) {
  const byTags = tagged === undefined ? sql`1 = 1` : tagged ? sql`content.tag_count > 0` : sql`content.tag_count = 0`;
  return untagged === true ? sql<boolean>`${byTags} and ${isUntagged("content")}` : sql<boolean>`${byTags}`;
}

/** One page of the manifests of a repository. @throws NAME_UNKNOWN, PAGE_INVALID, REQUEST_INVALID */
export async function listManifests(
  db: Database,
  openUnfolded: OpenUnfolded | undefined,
  request: ManifestListRequest,
): Promise<CountedList<ManifestItem>> {
  const readUnfolded = await openUnfolded?.();
  return db.snapshot(async (tx) => {
    const repository = await findRepository(tx, request.repository, request.visible);
    const unfolded = await readUnfolded?.(tx);
    const filters = sql<boolean>`${nameContains(db.engine, sql.ref("content.digest"), request.search)} and ${tagFilters(request)}`;
    const where = sql<boolean>`content.trashed_ms = 0 and ${filters}`;
    const content = { table: "manifest", repositoryId: repository.id, where } as const;
    const listed = { engine: db.engine, content, unfolded, isRare: request.untagged };
    const { page, rows, moment, count } = await planPage(tx, request, sorts[request.sort], listed);
    const found = await tx
      .selectFrom(rows.as("page"))
      .crossJoin("manifest")
      .leftJoin("pull_total as total", (join) =>
        join.on("total.kind", "=", sql.lit("manifest")).onRef("total.id", "=", "manifest.id"),
      )
      .select(["page.key0", "page.key1", "page.key2", "manifest.id", "digest", "media_type", "artifact_type", "subject_digest"])
      .select(["platforms", "image_bytes", "pushed_ms", "complete_ms", "tag_count"])
      .select(["total.pulls", "total.last_pulled_ms", "total.checks", "total.last_checked_ms"])
      .select(tagNames("manifest.id").as("tag_names"))
      .whereRef("manifest.id", "=", "page.id")
      .execute();
    const pulls = await pageTallies(
      unfolded,
      "manifest",
      found.map(({ id }) => id),
    );
    const answer = page.answer(found, (row) => ({
      digest: row.digest,
      mediaType: row.media_type,
      artifactType: row.artifact_type,
      subject: row.subject_digest,
      platforms: JSON.parse(row.platforms) as string[],
      bytes: row.image_bytes,
      pushedMs: row.pushed_ms,
      complete: row.complete_ms !== 0,
      tags: { count: row.tag_count, names: splitNames(row.tag_names) },
      pulls: pulls(row.id, row),
    }));
    const unfiltered = request.search === undefined && request.tagged === undefined && request.untagged !== true;
    const total = unfiltered ? repository.manifest_count : count;
    return { ...answer, ...moment, total: request.total === true ? (total ?? (await countContent(tx, content))) : undefined };
  });
}
