// What happens to statistics later: folded segments go after a while, their rows much later, emptied folders of dead processes
// at once, and old buckets become wider ones. Every step can be repeated.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Transaction } from "kysely";
import { deleteUnlinked, markUnlinked, selectFoldedBefore } from "../store/pull-segments.ts";
import { bucketWidths, takeBuckets, type FineBucket } from "../store/pull-totals.ts";
import type { CountedKind, Schema } from "../store/schema.ts";
import type { AdoptedFolder } from "./adopt.ts";
import type { Disk } from "./disk.ts";
import type { FoldTarget, SegmentFile } from "./fold-segment.ts";
import { segmentIdOf } from "./segment.ts";

/** Milliseconds; `pulls.*` settings of the same names. */
export interface Keeping {
  readonly segmentKeep: number;
  readonly segmentRowKeep: number;
  readonly hoursKeep: number;
  readonly daysKeep: number;
}

export interface Household extends FoldTarget {
  readonly disk: Disk;
  readonly kept: Map<string, SegmentFile>;
  readonly adopted: Map<string, AdoptedFolder>;
}

/** Buckets moved in one transaction: small enough that no fold waits long behind it. */
const compactionRows = 2000;

/** Whether there is more to compact. */
export async function tendStatistics(house: Household, keeping: Keeping, nowMs: number): Promise<boolean> {
  await removeSegments(house, nowMs - keeping.segmentKeep, nowMs);
  removeFolders(house);
  await house.db.transaction((tx) => deleteUnlinked(tx, nowMs - keeping.segmentRowKeep), { durable: false });
  const hours = await compact(house, "hour", "day", startOf("day", nowMs - keeping.hoursKeep));
  const days = await compact(house, "day", "month", startOf("month", nowMs - keeping.daysKeep));
  return hours === compactionRows || days === compactionRows;
}

/** The finest interval by which numbers of that time are kept. */
export function keptBy({ hoursKeep, daysKeep }: Keeping, timeMs: number, nowMs: number): keyof typeof bucketWidths {
  if (timeMs >= startOf("day", nowMs - hoursKeep)) return "hour";
  return timeMs >= startOf("month", nowMs - daysKeep) ? "day" : "month";
}

async function removeSegments({ db, disk, kept, failpoint }: Household, foldedBeforeMs: number, nowMs: number): Promise<void> {
  const ids = await selectFoldedBefore(db.query, [...kept.keys()], foldedBeforeMs);
  if (ids.length === 0) return;
  const folders = new Set<string>();
  for (const id of ids) {
    const { path } = kept.get(id)!;
    failpoint("unlink.begin");
    rmSync(path, { force: true });
    failpoint("unlink.gone");
    folders.add(dirname(path));
  }
  for (const folder of folders) await disk.syncFolder(folder);
  failpoint("unlink.synced");
  await db.transaction((tx) => markUnlinked(tx, ids, nowMs));
  failpoint("unlink.marked");
  for (const id of ids) kept.delete(id);
}

function removeFolders({ adopted, failpoint }: Household): void {
  for (const [instance, { folder, lock }] of adopted) {
    if (existsSync(folder) && readdirSync(folder).some((file) => segmentIdOf(file) !== undefined)) continue;
    failpoint("folder.begin");
    // While we hold the lock; whoever waits for it finds that the file it locks then has no name any more.
    rmSync(join(folder, "lock.db"), { force: true });
    failpoint("folder.unlocked");
    rmSync(folder, { recursive: true, force: true });
    lock.close();
    adopted.delete(instance);
  }
}

async function compact(
  { db, upserts, failpoint }: Household,
  from: "hour" | "day",
  to: "day" | "month",
  beforeMs: number,
): Promise<number> {
  const moved = await db.transaction(async (tx) => {
    const rows = await takeBuckets(tx, bucketWidths[from], beforeMs, compactionRows);
    failpoint("compact.taken");
    await addWider(tx, upserts, to, rows);
    failpoint("compact.added");
    return rows.length;
  });
  failpoint("compact.committed");
  return moved;
}

async function addWider(
  tx: Transaction<Schema>,
  upserts: FoldTarget["upserts"],
  to: "day" | "month",
  rows: readonly FineBucket[],
): Promise<void> {
  const byKind = new Map<CountedKind, Map<string, [id: number, startMs: number, pulls: number, checks: number]>>();
  for (const { kind, id, start_ms, pulls, checks } of rows) {
    const wider = byKind.get(kind) ?? new Map<string, [number, number, number, number]>();
    byKind.set(kind, wider);
    const startMs = startOf(to, start_ms);
    const sum = wider.get(`${id} ${startMs}`);
    if (sum === undefined) wider.set(`${id} ${startMs}`, [id, startMs, pulls, checks]);
    else {
      sum[2] += pulls;
      sum[3] += checks;
    }
  }
  for (const [kind, wider] of [...byKind].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...wider.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    await upserts.buckets(tx, kind, bucketWidths[to], sorted.flat());
  }
}

/** Start of the hour, day or month (UTC) that a time lies in. */
export function startOf(interval: keyof typeof bucketWidths, timeMs: number): number {
  if (interval !== "month") return timeMs - (timeMs % bucketWidths[interval]);
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}
