// Whether something is used, as the server says it: one set of words for the UI, the CLI and policies.

import { z } from "zod";
import { count, time } from "./page.ts";

export const usageStates = ["used", "idle", "never", "new", "unknown"] as const;
export type UsageState = (typeof usageStates)[number];
export const usageState = z
  .enum(usageStates)
  .describe(
    "used: asked for within `idleAfterDays`; idle: not since; never: not since its push; new: not yet, and pushed within 7 days; unknown: not while counted, and older than the counting or behind a gap",
  );

/** Of one tag or manifest: by any way, as a child of an index and through its own children too; checks count as use. */
export const usage = z.strictObject({
  state: usageState,
  lastUsedAt: time.nullable().describe("The newer of the last pull and the last check; null: never since tracking began"),
  knownSince: time.nullable().describe("Of `unknown`: before that nothing is known"),
});
export type Usage = z.infer<typeof usage>;

/** Of many tags: how many in each state. */
export const usageCounts = z.strictObject({ used: count, idle: count, never: count, new: count, unknown: count });
export type UsageCounts = z.infer<typeof usageCounts>;

/** `usage=idle,never` */
export const usageParameter = z
  .string()
  .transform((text) => text.split(","))
  .pipe(
    z
      .array(z.enum(usageStates, { error: `give some of ${usageStates.join(", ")}, separated by commas` }))
      .min(1)
      .max(usageStates.length),
  )
  .optional()
  .describe(`Only in these states, separated by commas: ${usageStates.join(", ")}`);

/** Pulls of each of the last 30 days (UTC), today last. */
export const trendDays = 30;
export const trend = z.array(count).length(trendDays).describe("Pulls of each of the last 30 days (UTC), today last");
