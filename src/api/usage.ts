// What usage is told by, for every route that tells it.

import { usageRules, type Usage, type UsageRules } from "../store/usage.ts";
import type { Usage as WireUsage } from "../wire/usage.ts";
import type { ApiHouse } from "./route.ts";
import { toTimeOrNull } from "./show.ts";

/** As of now; undefined: pulls are not counted, so usage is not known. */
export async function readUsageRules({ pulls, now, facts }: ApiHouse): Promise<UsageRules | undefined> {
  if (pulls === undefined) return undefined;
  const nowMs = now();
  const { trackedSinceMs } = pulls;
  return usageRules({
    nowMs,
    idleAfterMs: facts.idleAfterMs,
    trackedSinceMs,
    gaps: await pulls.gaps(trackedSinceMs, nowMs),
  });
}

export function toUsage(usage: Usage | undefined): WireUsage | null {
  if (usage === undefined) return null;
  const { state, lastUsedMs, knownSinceMs } = usage;
  return { state, lastUsedAt: toTimeOrNull(lastUsedMs), knownSince: toTimeOrNull(knownSinceMs) };
}
