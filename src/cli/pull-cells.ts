// The times of pulls and checks in a table.

import type { PullCounts } from "../wire/counts.ts";
import { showAgo } from "./human.ts";

/** "-" when nobody counts, which is not "never". */
export function lastPulled({ count, lastPulledAt }: PullCounts, nowMs: number): string {
  return count === null ? "-" : showAgo(lastPulledAt, nowMs);
}

export function lastChecked({ checks, lastCheckedAt }: PullCounts, nowMs: number): string {
  return checks === null ? "-" : showAgo(lastCheckedAt, nowMs);
}
