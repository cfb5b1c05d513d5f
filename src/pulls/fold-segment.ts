// Folds one segment: its whole frames beyond the applied position become sums, and position and sums move in one transaction. So
// folding twice changes nothing, and after a rollback of the database the same frames are applied again.

import type { Transaction } from "kysely";
import type { Database } from "../store/database.ts";
import { upsertLives } from "../store/pull-lives.ts";
import { moveAppliedBytes, selectAppliedBytes } from "../store/pull-segments.ts";
import { bucketWidths } from "../store/pull-totals.ts";
import type { PullUpserts } from "../store/pull-upserts.ts";
import type { CountedKind, Schema } from "../store/schema.ts";
import type { Failpoint } from "./disk.ts";
import { readSegment, type SegmentEnd } from "./segment.ts";
import { countedKinds, Sums, talliesOf, tallyFields as f } from "./sums.ts";

export interface SegmentFile {
  readonly id: string;
  readonly instance: string;
  readonly path: string;
}
export interface FoldedSegment {
  readonly file: SegmentEnd;
  /** Records that were not in the totals before, and rows written for them. */
  readonly records: number;
  readonly rows: number;
}
export interface FoldTarget {
  readonly db: Database;
  readonly upserts: PullUpserts;
  readonly failpoint: Failpoint;
}

/** A record of a clock that runs ahead more than this counts as of now. */
const clockToleranceMs = 5 * 60_000;
/** Rows handed to the database at a time. */
const batchRows = 2048;
/** By name: everybody locks rows in the order of the primary key. */
const keyOrder = ["manifest", "registry", "repository", "tag"] as const satisfies readonly CountedKind[];

export async function foldSegment(target: FoldTarget, segment: SegmentFile, nowMs: number): Promise<FoldedSegment> {
  const { db, failpoint } = target;
  for (;;) {
    const fromBytes = await selectAppliedBytes(db.query, segment.id);
    const sums = new Sums();
    const file = readSegment(segment.path, fromBytes, (record) => {
      if (record.timeMs > nowMs + clockToleranceMs) record.timeMs = nowMs;
      if (record.headMs > nowMs + clockToleranceMs) record.headMs = nowMs;
      sums.add(record);
    });
    failpoint("fold.read");
    if (file.end <= fromBytes) return { file, records: 0, rows: 0 };
    let rows = 1;
    const moved = await db.transaction(async (tx) => {
      rows = 1;
      if (!(await moveAppliedBytes(tx, segment, { fromBytes, toBytes: file.end, foldedMs: nowMs }))) return false;
      failpoint("fold.moved");
      rows += await addTotals(tx, target, sums);
      failpoint("fold.totals");
      rows += await addBuckets(tx, target, sums);
      failpoint("fold.buckets");
      return true;
    });
    failpoint("fold.committed");
    if (moved) return { file, records: sums.records, rows };
    // Somebody else has folded a part of it between our look and our transaction: look again.
  }
}

async function addTotals(tx: Transaction<Schema>, { upserts }: FoldTarget, sums: Sums): Promise<number> {
  let rows = 0;
  for (const kind of keyOrder) {
    const totals = sums.totals(kind);
    const ids = totals.ids();
    rows += ids.length;
    for (let first = 0; first < ids.length; first += batchRows) {
      const values: number[] = [];
      for (const id of ids.subarray(first, first + batchRows)) {
        const at = totals.find(id);
        const { data } = totals;
        values.push(id, data[at + f.repositoryId]!, data[at + f.pulls]!, data[at + f.checks]!);
        values.push(data[at + f.lastPulledMs]!, data[at + f.lastCheckedMs]!);
        for (let field = f.tagPulls; field < totals.width; field++) values.push(data[at + field]!);
      }
      await upserts.totals(tx, kind, values);
    }
    if (kind === "registry") continue;
    const lives = [...sums.lives[countedKinds.indexOf(kind)]!].map(([id, life]) => ({ id, ...life })).sort((a, b) => a.id - b.id);
    rows += lives.length;
    await upsertLives(tx, kind, lives);
  }
  return rows;
}

async function addBuckets(tx: Transaction<Schema>, { upserts }: FoldTarget, sums: Sums): Promise<number> {
  const hours = [...sums.hours].sort(([a], [b]) => a - b);
  let rows = 0;
  for (const kind of keyOrder) {
    for (const [startMs, hour] of hours) {
      const tallies = talliesOf(hour, kind);
      const ids = tallies.ids();
      for (let first = 0; first < ids.length; first += batchRows) {
        const values: number[] = [];
        for (const id of ids.subarray(first, first + batchRows)) {
          const at = tallies.find(id);
          const [pulls, checks] = [tallies.data[at + f.pulls]!, tallies.data[at + f.checks]!];
          // A HEAD and the GET that took it back, both in this hour of this segment.
          if (pulls !== 0 || checks !== 0) values.push(id, startMs, pulls, checks);
        }
        rows += values.length / 4;
        await upserts.buckets(tx, kind, bucketWidths.hour, values);
      }
    }
  }
  return rows;
}
