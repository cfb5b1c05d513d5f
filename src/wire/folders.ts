// GET /api/v1/folders: repositories by the parts of their names, one level at a time.

import { z } from "zod";
import { count, moment, time } from "./page.ts";

export const maxFolders = 1000;
/** `team/`: everything below it. */
export const underParameter = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[a-z0-9._/-]+\/$/, { error: "give the beginning of names, with a slash at its end" })
  .optional()
  .describe("Only repositories whose names begin with this, such as `team/`");

export const foldersQuery = z.strictObject({ under: underParameter });

export const foldersAnswer = z.strictObject({
  items: z
    .array(
      z.strictObject({
        path: z.string().describe("Ends with a slash: for `under`"),
        repositories: count,
        tags: count,
        bytes: count,
        pulls: count.nullable(),
        lastPulledAt: time.nullable(),
      }),
    )
    .max(maxFolders)
    .describe("Those directly below `under`, by name"),
  more: z.boolean().describe("There are more than an answer holds"),
  ...moment,
});
export type FoldersAnswer = z.infer<typeof foldersAnswer>;
