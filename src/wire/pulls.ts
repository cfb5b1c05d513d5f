// GET /api/v1/pulls: pulls over time, of all that the caller may see or of one thing in it

import { z } from "zod";
import { pullCounts } from "./counts.ts";
import { count, moment, optionalFlag, repositoryParameter, time } from "./page.ts";

export const intervals = ["hour", "day", "month"] as const;
export const bucketStates = ["complete", "open", "gap", "untracked"] as const;
export type Interval = (typeof intervals)[number];
/** Buckets of one answer. */
export const maxBuckets = 2000;

/** A time in a question. */
export const point = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

export const pullsQuery = z
  .strictObject({
    repository: repositoryParameter.optional().describe("Absent: all repositories that you may see, together"),
    tag: z.string().min(1).max(128).optional(),
    digest: z.string().max(160).optional(),
    from: point
      .optional()
      .describe(
        "A date or ISO 8601 time; by default so long before `to`: by hour 2 days, by day and auto 30 days, by month 12 months",
      ),
    all: optionalFlag.describe("true: instead of `from`, since counting began"),
    to: point.optional().describe("Exclusive; by default now"),
    interval: z
      .enum([...intervals, "auto"])
      .default("day")
      .describe(
        "auto: by hour up to 14 days, by day up to 2 years, else by month; and no finer than numbers of that age are kept",
      ),
  })
  .refine(({ repository, tag, digest }) => repository !== undefined || (tag === undefined && digest === undefined), {
    message: "a tag or a digest is one of a repository: give the repository too",
  })
  .refine(({ from, all }) => from === undefined || all !== true, { message: "give `from` or `all`, not both" })
  .refine(({ tag, digest }) => tag === undefined || digest === undefined, { message: "give a tag or a digest, not both" });

export const pullsAnswer = z.strictObject({
  repository: z.string().nullable().describe("null: all that you may see"),
  tag: z.string().nullable(),
  digest: z.string().nullable(),
  interval: z.enum(intervals),
  from: time.describe("Start of the first bucket"),
  to: time,
  buckets: z
    .array(
      z.strictObject({
        start: time,
        pulls: count,
        checks: count,
        state: z
          .enum(bucketStates)
          .describe(
            "complete; open: not over yet; gap: perhaps not everything was counted, or not for this tag; untracked: before counting began",
          ),
      }),
    )
    .describe(
      "Every interval, the empty ones too (UTC). Old numbers are kept by day or by month and stand at its first interval",
    ),
  total: pullCounts.describe("Of all time, not only of these buckets"),
  trackedSince: time.nullable().describe("Counting began; before that a zero means unknown"),
  gaps: z
    .array(
      z.strictObject({
        kind: z
          .enum(["pulls", "attribution"])
          .describe("pulls: perhaps not counted; attribution: counted, but perhaps not for their tag"),
        from: time,
        to: time.nullable().describe("null: still open"),
        reason: z.string(),
      }),
    )
    .describe("Within [from, to)"),
  ...moment,
});
export type PullsAnswer = z.infer<typeof pullsAnswer>;
