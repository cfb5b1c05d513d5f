// Whether something is used, decided in one place for lists, sums, the command line and whoever deletes: as a function, and as the same
// test in SQL. What would surprise: all states are four moments compared with two, so both forms share those moments and nothing else.

import { sql, type Expression, type RawBuilder, type SqlBool } from "kysely";
import type { UsageState } from "../wire/usage.ts";
import type { PullGap } from "./pull-gaps.ts";

const dayMs = 86_400_000;
/** Pushed so recently, it is too early to say that nobody wants it. */
const newForMs = 7 * dayMs;

/** The moments that states are told by, of one question. */
export interface UsageRules {
  readonly nowMs: number;
  /** Asked for at that time or later: used. */
  readonly usedSinceMs: number;
  /** Pushed later than that and not asked for: new. */
  readonly newAfterMs: number;
  /** Everything since then was counted: of what was pushed earlier and not asked for, nobody knows. */
  readonly countedSinceMs: number;
}

/** `gaps`: that touch the time until now; only those of kind "pulls" matter, an open one (`end_ms` 0) reaches until now. */
export function usageRules(facts: {
  readonly nowMs: number;
  readonly idleAfterMs: number;
  readonly trackedSinceMs: number;
  readonly gaps?: readonly Pick<PullGap, "kind" | "end_ms">[];
}): UsageRules {
  const { nowMs, idleAfterMs, trackedSinceMs, gaps = [] } = facts;
  const ends = gaps.filter(({ kind }) => kind === "pulls").map(({ end_ms: endMs }) => (endMs === 0 ? nowMs : endMs));
  return {
    nowMs,
    usedSinceMs: nowMs - idleAfterMs,
    newAfterMs: nowMs - newForMs,
    countedSinceMs: Math.max(trackedSinceMs, ...ends),
  };
}

export interface Usage {
  readonly state: UsageState;
  /** As given. */
  readonly lastUsedMs: number;
  /** Of `unknown`: before that nothing is known; else 0. */
  readonly knownSinceMs: number;
}

/**
 * `lastUsedMs`: of a tag the newest pull or check of its own, of its image and of the children of that, by any way; 0: none counted.
 * `pushedMs`: since when a tag stands where it stands.
 */
export function usageOf(rules: UsageRules, { lastUsedMs, pushedMs }: { lastUsedMs: number; pushedMs: number }): Usage {
  const { usedSinceMs, newAfterMs, countedSinceMs } = rules;
  if (lastUsedMs !== 0) return { state: lastUsedMs >= usedSinceMs ? "used" : "idle", lastUsedMs, knownSinceMs: 0 };
  if (pushedMs < countedSinceMs) return { state: "unknown", lastUsedMs, knownSinceMs: countedSinceMs };
  return { state: pushedMs > newAfterMs ? "new" : "never", lastUsedMs, knownSinceMs: 0 };
}

/**
 * Whether a row is in one of the states. `usedSince(ms)`: the test that it was asked for at that time or later;
 * `pushed`: the column with its push.
 */
export function isInUsage(
  rules: UsageRules,
  states: ReadonlySet<UsageState>,
  usedSince: (ms: number) => RawBuilder<SqlBool>,
  pushed: Expression<number>,
): RawBuilder<SqlBool> {
  const { usedSinceMs, newAfterMs, countedSinceMs } = rules;
  const pushes: RawBuilder<unknown>[] = [];
  if (states.has("unknown")) pushes.push(sql`${pushed} < ${countedSinceMs}`);
  if (states.has("new")) pushes.push(sql`(${pushed} >= ${countedSinceMs} and ${pushed} > ${newAfterMs})`);
  if (states.has("never")) pushes.push(sql`(${pushed} >= ${countedSinceMs} and ${pushed} <= ${newAfterMs})`);
  /** If it was never asked for; the cheaper test. */
  const fits = pushes.length === 0 ? sql`1 = 0` : sql`(${sql.join(pushes, sql` or `)})`;
  // A moment has at least 1 ms: 0 is never.
  const isUsed = usedSince(Math.max(1, usedSinceMs));
  const wasUsed = usedSince(1);
  if (states.has("used")) {
    return states.has("idle") ? sql<SqlBool>`(${fits} or ${wasUsed})` : sql<SqlBool>`(${isUsed} or (${fits} and not ${wasUsed}))`;
  }
  return states.has("idle")
    ? sql<SqlBool>`(not ${isUsed} and (${fits} or ${wasUsed}))`
    : sql<SqlBool>`(${fits} and not ${wasUsed})`;
}
