// Pulls over time of a repository, a tag, a manifest or the whole registry, or of several together: the buckets of every width in the
// database, plus the hours in memory.

import { setImmediate } from "node:timers/promises";
import type { Transaction } from "kysely";
import { selectBuckets, type bucketWidths } from "../store/pull-totals.ts";
import { selectAppliedSegments } from "../store/pull-segments.ts";
import type { CountedKind, Schema } from "../store/schema.ts";
import { startOf } from "./housekeeping.ts";
import type { LiveView } from "./live.ts";

export type Interval = keyof typeof bucketWidths;

export interface HistoryRequest {
  readonly kind: CountedKind;
  readonly ids: readonly number[];
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly interval: Interval;
}

export interface HistoryBucket {
  /** Of the interval (UTC). Sums that are kept by day or month only stand at their first interval. */
  readonly startMs: number;
  readonly pulls: number;
  readonly checks: number;
}

/** Ids whose buckets are read in one turn of the event loop. */
const idsPerTurn = 25;

/** Buckets with anything in them, oldest first; intervals count as a whole. `view` was opened before the snapshot `tx`. */
export async function readHistory(tx: Transaction<Schema>, view: LiveView, request: HistoryRequest): Promise<HistoryBucket[]> {
  const { kind, ids, interval } = request;
  const fromMs = startOf(interval, request.fromMs);
  const applied = await selectAppliedSegments(tx, view.slices);
  const sums = new Map<number, { pulls: number; checks: number }>();
  const add = (atMs: number, pulls: number, checks: number): void => {
    const startMs = startOf(interval, atMs);
    const sum = sums.get(startMs) ?? { pulls: 0, checks: 0 };
    sums.set(startMs, { pulls: sum.pulls + pulls, checks: sum.checks + checks });
  };
  for (let at = 0; at < ids.length; at += idsPerTurn) {
    if (at > 0) await setImmediate();
    const some = { kind, ids: ids.slice(at, at + idsPerTurn) };
    for (const row of await selectBuckets(tx, some, fromMs, request.toMs)) add(row.start_ms, row.pulls, row.checks);
  }
  for (const hour of await view.hours(kind, ids, applied)) {
    if (hour.startMs >= fromMs && hour.startMs < request.toMs) add(hour.startMs, hour.pulls, hour.checks);
  }
  return [...sums]
    .map(([startMs, { pulls, checks }]) => ({ startMs, pulls: Math.max(0, pulls), checks: Math.max(0, checks) }))
    .filter(({ pulls, checks }) => pulls > 0 || checks > 0)
    .sort((a, b) => a.startMs - b.startMs);
}
