// Exact numbers: what the database has folded plus what lies in memory beyond it, both as of one snapshot.

import type { Transaction } from "kysely";
import { selectAppliedSegments } from "../store/pull-segments.ts";
import { selectTotals } from "../store/pull-totals.ts";
import type { CountedKind, PullTotalTable, Schema } from "../store/schema.ts";
import { addTally, type LiveView, type Tally } from "./live.ts";

/** Times in milliseconds, 0 = never. What only manifests have (the ways, `lastTag` as an epoch) is 0 for tags and repositories. */
export type PullCounts = Omit<Tally, "id" | "repositoryId">;

const neverPulled: PullCounts = {
  pulls: 0,
  checks: 0,
  lastPulledMs: 0,
  lastCheckedMs: 0,
  tagPulls: 0,
  childPulls: 0,
  lastDirectMs: 0,
  lastChildMs: 0,
  lastTagMs: 0,
  lastTag: 0,
};

const toTally = (row: PullTotalTable): Tally => ({
  id: row.id,
  repositoryId: row.repository_id,
  pulls: row.pulls,
  checks: row.checks,
  lastPulledMs: row.last_pulled_ms,
  lastCheckedMs: row.last_checked_ms,
  tagPulls: row.tag_pulls,
  childPulls: row.child_pulls,
  lastDirectMs: row.last_direct_ms,
  lastChildMs: row.last_child_ms,
  lastTagMs: row.last_tag_ms,
  lastTag: row.last_tag,
});

/** Signed sums end here: a taken back check that was folded before its HEAD is not a negative count. */
function toCounts({ id: _id, repositoryId: _repositoryId, ...counts }: Tally): PullCounts {
  const { pulls, checks, tagPulls, childPulls } = counts;
  return {
    ...counts,
    pulls: Math.max(0, pulls),
    checks: Math.max(0, checks),
    tagPulls: Math.max(0, tagPulls),
    childPulls: Math.max(0, childPulls),
  };
}

/** Of these `ids` together. `view` was opened before the snapshot `tx`. */
export async function readSum(
  tx: Transaction<Schema>,
  view: LiveView,
  kind: CountedKind,
  ids: readonly number[],
): Promise<PullCounts> {
  let sum: Tally = { id: 0, repositoryId: 0, ...neverPulled };
  for (const counts of (await readTotals(tx, view, kind, ids)).values()) sum = addTally(sum, { ...sum, ...counts });
  return toCounts(sum);
}

/** Of those `ids` that were ever counted or born. `view` was opened before the snapshot `tx`. */
export async function readTotals(
  tx: Transaction<Schema>,
  view: LiveView,
  kind: CountedKind,
  ids: readonly number[],
): Promise<Map<number, PullCounts>> {
  const applied = await selectAppliedSegments(tx, view.slices);
  const tallies = new Map<number, Tally>(await view.deltas(kind, ids, applied));
  for (const row of await selectTotals(tx, kind, ids)) tallies.set(row.id, addTally(tallies.get(row.id), toTally(row)));
  return new Map([...tallies].map(([id, tally]) => [id, toCounts(tally)]));
}
