// GET /api/v1/pulls: pulls over time

import { z } from "zod";
import { pullCounts } from "./counts.ts";
import { count, moment, repositoryParameter, time } from "./page.ts";

export const intervals = ["hour", "day", "month"] as const;
export const bucketStates = ["complete", "open", "gap", "untracked"] as const;
export type Interval = (typeof intervals)[number];
/** Buckets of one answer. */
export const maxBuckets = 2000;

/** A time in a question. */
export const point = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

export const pullsQuery = z
  .strictObject({
    repository: repositoryParameter,
    tag: z.string().min(1).max(128).optional(),
    digest: z.string().max(160).optional(),
    from: point.optional().describe("A date or ISO 8601 time; by default 2 days, 30 days or 12 months before `to`"),
    to: point.optional().describe("Exclusive; by default now"),
    interval: z.enum(intervals).default("day"),
  })
  .refine(({ tag, digest }) => tag === undefined || digest === undefined, { message: "give a tag or a digest, not both" });

export const pullsAnswer = z.strictObject({
  repository: z.string(),
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
          .optional()
          .describe("complete; open: not over yet; gap: not everything was counted; untracked: before counting began"),
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
