// Pulls of each of the last days, for rows of a list: as exact as all numbers, and many ids in one question.

import { setImmediate } from "node:timers/promises";
import type { Transaction } from "kysely";
import { bucketWidths, selectDays } from "../store/pull-totals.ts";
import { selectAppliedSegments } from "../store/pull-segments.ts";
import type { CountedKind, Schema } from "../store/schema.ts";
import { trendDays } from "../wire/usage.ts";
import { startOf } from "./housekeeping.ts";
import type { LiveView } from "./live.ts";

const dayMs = bucketWidths.day;
/** Of an id there may be a row for each hour of a fortnight: so many ids take a few milliseconds. */
const idsPerTurn = 20;

/** Pulls of each of the last `trendDays` (UTC), today last, of each of `ids`; those without any are not in the answer. `view` was opened before the snapshot `tx`. */
export async function readTrends(
  tx: Transaction<Schema>,
  view: LiveView,
  counted: { readonly kind: CountedKind; readonly ids: readonly number[] },
  nowMs: number,
): Promise<Map<number, number[]>> {
  const { kind, ids } = counted;
  const firstMs = startOf("day", nowMs) - (trendDays - 1) * dayMs;
  const applied = await selectAppliedSegments(tx, view.slices);
  const trends = new Map<number, number[]>();
  const add = (id: number, atMs: number, pulls: number): void => {
    const day = Math.floor((atMs - firstMs) / dayMs);
    if (day < 0 || day >= trendDays) return;
    const trend = trends.get(id) ?? Array.from({ length: trendDays }, () => 0);
    trend[day]! += pulls;
    trends.set(id, trend);
  };
  for (let at = 0; at < ids.length; at += idsPerTurn) {
    if (at > 0) await setImmediate();
    const some = ids.slice(at, at + idsPerTurn);
    for (const row of await selectDays(tx, { kind, ids: some }, firstMs)) add(row.id, row.day_ms, row.pulls);
    for (const id of some) {
      for (const hour of await view.hours(kind, [id], applied)) add(id, hour.startMs, hour.pulls);
    }
  }
  return trends;
}
