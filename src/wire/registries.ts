// GET /api/v1/registries: other registries that this server can show, and what they can tell

import { z } from "zod";
import { time } from "./page.ts";

const capability = z.string().describe('"ok", or one clause: why not');

export const capabilities = z
  .strictObject({
    catalog: capability.describe('Whether it lists its repositories: "ok", or why those that the configuration names stand in'),
    referrers: capability,
    delete: capability,
    tagDelete: capability,
    pushTimes: capability,
    pulls: capability,
  })
  .describe("Of another registry: what it can tell and do");

export const registriesQuery = z.strictObject({});

export const registriesAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      name: z.string().describe("For `registry=`"),
      host: z.string(),
      health: z
        .strictObject({
          state: z.enum(["ok", "failing", "unknown"]),
          sentence: z.string(),
          at: time.nullable(),
          retryAt: time.nullable().describe("When it may be asked again, as it told"),
        })
        .describe("How the latest question to it ended; nobody is asked for this answer"),
      software: z.string().describe("What is known to run there, such as Docker Hub"),
      capabilities,
      limit: z
        .strictObject({ limit: z.int().nullable(), remaining: z.int().nullable(), windowSeconds: z.int().nullable() })
        .nullable()
        .describe("Pulls that it allows, as it told last; null: it has told nothing so far"),
    }),
  ),
});
export type RegistriesAnswer = z.infer<typeof registriesAnswer>;
