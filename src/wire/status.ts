// GET /api/v1/status

import { z } from "zod";
import { time } from "./page.ts";

export const statusQuery = z.strictObject({});

export const statusAnswer = z.strictObject({
  version: z.string(),
  startedAt: time,
  now: time,
  trackedSince: time.nullable().describe("Counting began; null when pulls are not counted"),
  replaying: z.boolean(),
  externalUrl: z
    .string()
    .nullable()
    .describe(
      "Where clients reach it: what pull commands are made of. Without `externalUrl` in the settings: where you reached it",
    ),
  idleAfterDays: z.number().min(0).describe("Not asked for within so many days: idle"),
  demo: z.boolean().describe("Everything in it was made up"),
  features: z.strictObject({ pulls: z.boolean() }),
  stores: z.strictObject({ database: z.enum(["sqlite", "postgres"]), blobs: z.enum(["disk"]) }),
});
export type StatusAnswer = z.infer<typeof statusAnswer>;
