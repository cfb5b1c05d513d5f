// GET /api/v1/overview: the whole registry at a glance, as far as the caller sees it. A part that cannot be had is null.

import { z } from "zod";
import { count, moment, time } from "./page.ts";
import { usageCounts, usageStates } from "./usage.ts";

export const overviewQuery = z.strictObject({});

/** A tag as it stands on a card. */
const placed = { repository: z.string(), tag: z.string() };

export const overviewAnswer = z.strictObject({
  repositories: count,
  tags: count,
  usage: z
    .strictObject({
      tags: usageCounts,
      bytes: usageCounts.describe("Of their images; what tags share is in each of them"),
      asOf: time.describe("Counted over all tags a short while ago"),
    })
    .nullable()
    .describe("null: pulls are not counted, or the first count is still running"),
  pulls: z
    .strictObject({
      last7Days: count,
      before: count.describe("In the 7 days before those"),
      atLeast: z.boolean().describe("There is a gap within the last 7 days"),
    })
    .nullable(),
  storage: z.strictObject({
    bytes: count.describe("Content of the repositories, what they share counted in each"),
    diskFree: count.nullable().describe("null: not known, or you do not see all that is on it"),
    diskTotal: count.nullable(),
  }),
  attention: z
    .array(
      z.strictObject({
        kind: z.enum(["gap", "jobs", "incomplete", "disk", "upstream", "replaying"]),
        sentence: z.string().describe("What is the matter and since when"),
        since: time.nullable(),
      }),
    )
    .max(20),
  topPulled: z
    .array(z.strictObject({ ...placed, pulls: count }))
    .max(5)
    .describe("Most pulled tags of the last 7 days"),
  recent: z.array(z.strictObject({ ...placed, pushedAt: time, by: z.string().nullable() })).max(5),
  idleLargest: z
    .array(z.strictObject({ ...placed, bytes: count, state: z.enum(usageStates), lastUsedAt: time.nullable() }))
    .max(5)
    .describe("The largest images of tags that are idle or were never pulled"),
  ...moment,
});
export type Overview = z.infer<typeof overviewAnswer>;
