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
  features: z.strictObject({ pulls: z.boolean() }),
  stores: z.strictObject({ database: z.enum(["sqlite", "postgres"]), blobs: z.enum(["disk"]) }),
});
