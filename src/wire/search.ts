// GET /api/v1/search: for the palette. A few hits of each kind, the nearest first.

import { z } from "zod";

export const maxHits = 8;

export const searchQuery = z.strictObject({
  q: z
    .string()
    .min(1)
    .max(400)
    .regex(/^[^\0]*$/)
    .describe(
      "Part of a repository name, a tag, the beginning of a digest, or a whole reference, pasted with a pull command around it or not",
    ),
});

export const searchAnswer = z.strictObject({
  place: z
    .strictObject({ repository: z.string(), tag: z.string().nullable(), digest: z.string().nullable() })
    .nullable()
    .describe("What `q` names exactly, when that exists here"),
  repositories: z.array(z.strictObject({ name: z.string() })).max(maxHits),
  tags: z.array(z.strictObject({ repository: z.string(), tag: z.string() })).max(maxHits),
  digests: z.array(z.strictObject({ repository: z.string(), digest: z.string() })).max(maxHits),
});
export type SearchAnswer = z.infer<typeof searchAnswer>;
