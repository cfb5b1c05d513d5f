// GET /api/v1/pulls/top: what was pulled most in a time.

import { z } from "zod";
import { count, moment, repositoryParameter, time } from "./page.ts";
import { point } from "./pulls.ts";

export const topKinds = ["repository", "tag", "digest"] as const;
export const maxTop = 100;

export const topQuery = z.strictObject({
  kind: z.enum(topKinds).default("tag"),
  repository: repositoryParameter.optional().describe("Only in this repository"),
  from: point.optional().describe("A date or ISO 8601 time; by default 7 days before `to`"),
  to: point.optional().describe("Exclusive; by default now"),
  limit: z.coerce.number().int().min(1).max(maxTop).default(10),
});

export const topAnswer = z.strictObject({
  kind: z.enum(topKinds),
  from: time,
  to: time,
  items: z
    .array(
      z.strictObject({
        repository: z.string(),
        tag: z.string().nullable().describe("With kind tag; as it is called, also when it is gone by now"),
        digest: z.string().nullable().describe("With kind digest"),
        pulls: count,
      }),
    )
    .describe("The most pulled first; what was not pulled is not here"),
  ...moment,
});
export type TopAnswer = z.infer<typeof topAnswer>;
