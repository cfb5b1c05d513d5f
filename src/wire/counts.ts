// Pulls and checks of a repository, a tag or a manifest: one shape everywhere.

import { z } from "zod";
import { count, time } from "./page.ts";

export const pullCounts = z.strictObject({
  count: count.nullable().describe("Pulls; null when pulls are not counted"),
  lastPulledAt: time.nullable().describe("null: never since tracking began"),
  checks: count.nullable().describe("HEAD and 304 answers: asked whether it has changed, and not followed by a pull"),
  lastCheckedAt: time.nullable(),
});
export type PullCounts = z.infer<typeof pullCounts>;

/** What lists can be sorted by, everywhere where there are counts. */
export const countFields = ["pulls", "lastPulledAt", "checks", "lastCheckedAt"] as const;
