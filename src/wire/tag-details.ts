// GET /api/v1/tags/details: rows of another registry that a list gave by name only.

import { z } from "zod";
import { repositoryParameter } from "./page.ts";
import { capabilities } from "./registries.ts";
import { tagItem, tagParams } from "./tags.ts";

/** Names of one call. */
export const maxDetails = 50;

export const tagDetailsQuery = z.strictObject({
  registry: z.string().min(1).max(64).describe("Name of another registry, see /api/v1/registries"),
  repository: repositoryParameter,
  tags: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(tagParams.shape.tag).min(1).max(maxDetails))
    .describe(`At most ${maxDetails} names, separated by commas`),
});

export const tagDetailsAnswer = z.strictObject({
  items: z.array(tagItem).describe("In the order of the question; what cannot be read carries its `problem`"),
  capabilities,
});
export type TagDetailsAnswer = z.infer<typeof tagDetailsAnswer>;
