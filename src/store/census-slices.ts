// What the census goes through, a bounded slice at a time: when each tag was last used, and in which repositories something
// has changed. Each slice is a snapshot of its own, so that no writer and no other reader waits longer than one of them takes.

import { sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import { boundChildren, lastUsed, noChildren, sumChildren } from "./list-index-children.ts";
import type { OpenUnfolded } from "./list-live.ts";
import type { Schema } from "./schema.ts";

export interface TagUse {
  readonly id: number;
  readonly repositoryId: number;
  readonly manifestId: number;
  readonly name: string;
  readonly bytes: number;
  readonly pushedMs: number;
  /** The newest pull or check of the tag, of its image, and of the children of that, by any way; 0: none. */
  readonly lastUsedMs: number;
}

/** The last tag of the slice before; all 0: there was none. */
export type TagPlace = Pick<TagUse, "repositoryId" | "pushedMs" | "id">;
export const firstPlace: TagPlace = { repositoryId: 0, pushedMs: 0, id: 0 };

export interface TagSlice {
  readonly after: TagPlace;
  readonly limit: number;
  /** Of this repository alone. */
  readonly within?: number | undefined;
}

/** Up to `limit` tags behind a place, by repository; fewer: there are no more. */
export async function selectTagUses(db: Database, openUnfolded: OpenUnfolded, slice: TagSlice): Promise<TagUse[]> {
  const readUnfolded = await openUnfolded();
  const work = async (tx: Transaction<Schema>): Promise<TagUse[]> => {
    const unfolded = await readUnfolded(tx);
    const tags = await selectTags(tx, slice);
    const manifestIds = [...new Set(tags.map(({ manifest_id: id }) => id))];
    const children = await sumChildren(tx, unfolded, await boundChildren(tx, manifestIds));
    const ofTags = await unfolded.deltas(
      "tag",
      tags.map(({ epoch }) => epoch),
    );
    const ofManifests = await unfolded.deltas("manifest", manifestIds);
    return tags.map((row) => ({
      id: row.id,
      repositoryId: row.repository_id,
      manifestId: row.manifest_id,
      name: row.name,
      bytes: row.bytes,
      pushedMs: row.start_ms,
      lastUsedMs: lastUsed(
        [
          { lastPulledMs: row.pulled ?? 0, lastCheckedMs: row.checked ?? 0 },
          ofTags.get(row.epoch),
          { lastPulledMs: row.image_pulled ?? 0, lastCheckedMs: row.image_checked ?? 0 },
          ofManifests.get(row.manifest_id),
        ],
        children.get(row.manifest_id) ?? noChildren,
      ),
    }));
  };
  return db.snapshot(work, { isSlow: true });
}

/** A walk along the index of what is there, whatever was there before. */
function selectTags(tx: Transaction<Schema>, { after: { repositoryId, pushedMs, id }, limit, within }: TagSlice) {
  return tx
    .selectFrom("tag")
    .leftJoin("pull_total as own", (join) => join.on("own.kind", "=", sql.lit("tag")).onRef("own.id", "=", "tag.epoch"))
    .leftJoin("pull_total as image", (join) =>
      join.on("image.kind", "=", sql.lit("manifest")).onRef("image.id", "=", "tag.manifest_id"),
    )
    .select(["tag.id", "tag.repository_id", "tag.manifest_id", "tag.epoch", "tag.name", "tag.bytes", "tag.start_ms"])
    .select(["own.last_pulled_ms as pulled", "own.last_checked_ms as checked"])
    .select(["image.last_pulled_ms as image_pulled", "image.last_checked_ms as image_checked"])
    .where("tag.end_ms", "=", sql.lit(0))
    .where(
      within === undefined
        ? sql<boolean>`(tag.repository_id, tag.start_ms, tag.id) > (${repositoryId}, ${pushedMs}, ${id})`
        : sql<boolean>`tag.repository_id = ${within} and (tag.start_ms, tag.id) > (${pushedMs}, ${id})`,
    )
    .orderBy("tag.repository_id")
    .orderBy("tag.start_ms")
    .orderBy("tag.id")
    .limit(limit)
    .execute();
}

/** Repositories that hold anything. */
export async function selectRepositoryIds(db: Database): Promise<number[]> {
  const rows = await db.query
    .selectFrom("repository")
    .select("id")
    .where("deleted_ms", "=", sql.lit(0))
    .where("manifest_count", ">", 0)
    .execute();
  return rows.map(({ id }) => id);
}

/** Repositories in which anything was pushed or deleted at or after a time. */
export async function selectChangedIds(db: Database, sinceMs: number): Promise<number[]> {
  const rows = await db.query
    .selectFrom("repository")
    .select("id")
    .where("deleted_ms", "=", sql.lit(0))
    .where("updated_ms", ">=", sinceMs)
    .execute();
  return rows.map(({ id }) => id);
}
