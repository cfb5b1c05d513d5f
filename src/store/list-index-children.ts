// The children of the indexes of one page: what their pulls add to the use of a tag, what one client fetches, and the rows below a tag.
// What would surprise: who pushes decides how many children there are, so sums are made by the database, a bounded number of children at
// a time with a turn of the event loop between, and only so many rows are read.

import { setImmediate } from "node:timers/promises";
import { sql, type Transaction } from "kysely";
import { addUnfolded, type Tally, type Unfolded } from "./list-live.ts";
import type { Schema } from "./schema.ts";

/** An image for one platform in an index. */
export interface PlatformRow {
  /** os/architecture[/variant]; "" when unknown. */
  readonly platform: string;
  readonly digest: string;
  /** With its blobs; undefined: its manifest is not here. */
  readonly bytes: number | undefined;
  /** Undefined: not counted, or not here. */
  readonly pulls: Tally | undefined;
}
/** Of all children of an index. */
export interface ChildSums {
  /** Without attestations. */
  readonly platforms: number;
  /** BuildKit's, which travel as images for an unknown platform. */
  readonly attestations: number;
  /** The smallest and the largest platform with its blobs; undefined: none of them is here. */
  readonly bytes: { readonly min: number; readonly max: number } | undefined;
  /** The newest pull or check of any of them, attestations too; 0: none, or not counted. */
  readonly lastUsedMs: number;
}

export const noChildren: ChildSums = { platforms: 0, attestations: 0, bytes: undefined, lastUsedMs: 0 };

type LastUse = Pick<Tally, "lastPulledMs" | "lastCheckedMs">;

/** The newest pull or check of a tag and its image, as far as they are known, and of the children of that; 0: none. */
export function lastUsed(tallies: readonly (LastUse | undefined)[], { lastUsedMs }: ChildSums): number {
  return Math.max(
    lastUsedMs,
    ...tallies.flatMap((tally) => (tally === undefined ? [] : [tally.lastPulledMs, tally.lastCheckedMs])),
  );
}

/** Summed up in one turn of the event loop: some milliseconds of SQLite. A manifest has room for about as many. */
const childrenPerTurn = 4_096;
/** More are not counted one by one: it may be as many as there can be. */
const countedChildren = 100;

/** How many children each of these indexes may have; those without any are left out. */
export async function boundChildren(tx: Transaction<Schema>, indexIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (indexIds.length === 0) return new Map();
  const counted = sql<number>`(select count(*) from (
    select 1 as one from manifest_edge as edge where edge.parent_id = manifest.id and edge.kind = 'child'
    limit ${sql.lit(countedChildren + 1)}
  ) as few)`;
  const rows = await tx
    .selectFrom("manifest")
    .select(["id", counted.as("count")])
    .where("id", "in", [...new Set(indexIds)])
    .execute();
  return new Map(
    rows.flatMap(({ id, count }) => (count === 0 ? [] : [[id, count > countedChildren ? childrenPerTurn : count] as const])),
  );
}

const isAttestation = sql<boolean>`case when edge.platform = '' then coalesce(child.platforms, '') = '["unknown/unknown"]'
  else edge.platform = 'unknown/unknown' end`;

/** By manifest id of those indexes that list any. `bounds`: see boundChildren. */
export async function sumChildren(
  tx: Transaction<Schema>,
  unfolded: Unfolded | undefined,
  bounds: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, ChildSums>> {
  const sums = new Map<number, ChildSums>();
  for (const [turn, ids] of toTurns(bounds).entries()) {
    if (turn > 0) await setImmediate();
    for (const row of await selectSums(tx, ids)) {
      const { platforms, attestations, min, max } = row;
      const bytes = min === null || max === null ? undefined : { min, max };
      sums.set(row.id, { platforms, attestations, bytes, lastUsedMs: await lastUse(unfolded, row) });
    }
  }
  return sums;
}

function toTurns(bounds: ReadonlyMap<number, number>): number[][] {
  const turns: number[][] = [];
  let room = 0;
  for (const [id, bound] of bounds) {
    if (turns.length === 0 || bound > room) {
      turns.push([]);
      room = childrenPerTurn;
    }
    turns.at(-1)!.push(id);
    room -= bound;
  }
  return turns;
}

function selectSums(tx: Transaction<Schema>, indexIds: readonly number[]) {
  const hereBytes = sql`case when not ${isAttestation} and child.trashed_ms = 0 then child.image_bytes end`;
  return childrenOf(tx, indexIds)
    .select("edge.parent_id as id")
    .select((eb) => [eb.fn.max("total.last_pulled_ms").as("pulled"), eb.fn.max("total.last_checked_ms").as("checked")])
    .select(sql<number>`sum(case when ${isAttestation} then 0 else 1 end)`.as("platforms"))
    .select(sql<number>`sum(case when ${isAttestation} then 1 else 0 end)`.as("attestations"))
    .select([sql<number | null>`min(${hereBytes})`.as("min"), sql<number | null>`max(${hereBytes})`.as("max")])
    .select(sql<string | null>`string_agg(cast(child.id as text), ' ')`.as("child_ids"))
    .groupBy("edge.parent_id")
    .execute();
}

type UseRow = Pick<Awaited<ReturnType<typeof selectSums>>[number], "pulled" | "checked" | "child_ids">;

async function lastUse(unfolded: Unfolded | undefined, { pulled, checked, child_ids: ids }: UseRow): Promise<number> {
  if (unfolded === undefined || ids === null) return 0;
  let last = Math.max(pulled ?? 0, checked ?? 0);
  const deltas = await unfolded.deltas("manifest", new Set(ids.split(" ").map(Number)));
  for (const { lastPulledMs, lastCheckedMs } of deltas.values()) last = Math.max(last, lastPulledMs, lastCheckedMs);
  return last;
}

function childrenOf(tx: Transaction<Schema>, indexIds: readonly number[]) {
  return tx
    .selectFrom("manifest_edge as edge")
    .leftJoin("manifest as child", (join) =>
      join.onRef("child.repository_id", "=", "edge.repository_id").onRef("child.digest", "=", "edge.child_digest"),
    )
    .leftJoin("pull_total as total", (join) => join.on("total.kind", "=", sql.lit("manifest")).onRef("total.id", "=", "child.id"))
    .where("edge.parent_id", "in", indexIds)
    .where("edge.kind", "=", "child");
}

/** Rows of one index, and of all that are asked for together. */
const maxPlatforms = 100;
const maxAllPlatforms = 5_000;

/** Platforms without attestations, by platform; of too many only some: `sums` tells how many there are. */
export async function readPlatforms(
  tx: Transaction<Schema>,
  unfolded: Unfolded | undefined,
  sums: ReadonlyMap<number, ChildSums>,
): Promise<ReadonlyMap<number, readonly PlatformRow[]>> {
  const most = fairShare(sums, maxPlatforms, maxAllPlatforms);
  const [few, many]: [number[], number[]] = [[], []];
  for (const [id, { platforms, attestations }] of sums) (platforms + attestations <= most ? few : many).push(id);
  const rows = few.length === 0 ? [] : await selectPlatforms(tx, few).execute();
  for (const id of many) rows.push(...(await selectPlatforms(tx, [id]).limit(most).execute()));
  const deltas = await unfolded?.deltas("manifest", new Set(rows.flatMap(({ id }) => id ?? [])));
  const found = Map.groupBy(rows, (row) => row.parent_id);
  return new Map([...found].map(([id, own]) => [id, own.map((row) => toPlatform(row, deltas)).toSorted(byPlatform)]));
}

/** How many platforms of each index are looked at: up to `each`, or fewer when there would be more than `all` of them. */
export function fairShare(sums: ReadonlyMap<number, Pick<ChildSums, "platforms">>, each: number, all: number): number {
  let wanted = 0;
  for (const { platforms } of sums.values()) wanted += Math.min(platforms, each);
  return wanted <= all ? each : Math.floor(all / sums.size);
}

function selectPlatforms(tx: Transaction<Schema>, indexIds: readonly number[]) {
  return childrenOf(tx, indexIds)
    .select(["edge.parent_id", "edge.child_digest as digest", "edge.platform", "child.id", "child.image_bytes"])
    .select(["child.platforms", "child.trashed_ms"])
    .select(["total.pulls", "total.last_pulled_ms", "total.checks", "total.last_checked_ms"])
    .where(sql<boolean>`not ${isAttestation}`);
}

type ChildRow = Awaited<ReturnType<ReturnType<typeof selectPlatforms>["execute"]>>[number];

function toPlatform(row: ChildRow, deltas: ReadonlyMap<number, Tally> | undefined): PlatformRow {
  const isHere = row.id !== null && row.trashed_ms === 0;
  return {
    platform: row.platform === "" ? ownPlatform(row.platforms) : row.platform,
    digest: row.digest,
    bytes: isHere ? (row.image_bytes ?? undefined) : undefined,
    pulls: isHere && deltas !== undefined ? addUnfolded(row, deltas.get(row.id!)) : undefined,
  };
}

/** What the child itself says, when the index does not. */
function ownPlatform(json: string | null): string {
  const [platform = "", ...more] = JSON.parse(json ?? "[]") as string[];
  return more.length === 0 ? platform : "";
}

function byPlatform(a: PlatformRow, b: PlatformRow): number {
  return `${a.platform} ${a.digest}` < `${b.platform} ${b.digest}` ? -1 : 1;
}
