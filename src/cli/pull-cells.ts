// The times of pulls and checks in a table, and what they say of use.

import type { PullCounts } from "../wire/counts.ts";
import type { Usage } from "../wire/usage.ts";
import { showAgo, showSpan } from "./human.ts";

/** "-" when nobody counts, which is not "never". */
export function lastPulled({ count, lastPulledAt }: PullCounts, nowMs: number): string {
  return count === null ? "-" : showAgo(lastPulledAt, nowMs);
}

export function lastChecked({ checks, lastCheckedAt }: PullCounts, nowMs: number): string {
  return checks === null ? "-" : showAgo(lastCheckedAt, nowMs);
}

/** In a word, and of what is idle for how long; "-" when nobody counts. */
export function showUsage(usage: Usage | null, nowMs: number): string {
  if (usage === null) return "-";
  const { state, lastUsedAt } = usage;
  if (state === "never") return "never pulled";
  return state === "idle" && lastUsedAt !== null ? `idle ${showSpan(nowMs - Date.parse(lastUsedAt))}` : state;
}
