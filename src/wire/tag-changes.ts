// POST /api/v1/tags/delete and POST /api/v1/tags/{tag}/restore

import { z } from "zod";
import { repositoryParameter } from "./page.ts";
import { tagParams } from "./tags.ts";

const tagName = tagParams.shape.tag;
const digest = z.string().max(256);
export const maxTagsAtOnce = 1000;

export const deleteTagsBody = z.strictObject({
  repository: repositoryParameter,
  tags: z
    .array(z.strictObject({ name: tagName, digest: digest.optional().describe("Only while it stands there; absent: wherever") }))
    .min(1)
    .max(maxTagsAtOnce),
  dryRun: z.boolean().default(false).describe("true: say what would happen, and change nothing"),
});

const deletedTag = z.strictObject({
  name: z.string(),
  digest: digest.nullable().describe("Where it stood; null: there is no such tag"),
  outcome: z
    .enum(["deleted", "moved", "missing", "kept"])
    .describe("moved: it stands elsewhere by now; kept: a rule keeps it; with dryRun, what would be"),
  reason: z.string().nullable().describe("Why it was not deleted"),
  siblings: z
    .array(z.string())
    .max(20)
    .optional()
    .describe("Tags that stay on the same image, the first of them; none: the image has no tag any more"),
  referrers: z.int().min(0).optional().describe("Signatures, SBOMs and the like of its image: they stay with it"),
});
export type DeletedTag = z.infer<typeof deletedTag>;
export const deleteTagsAnswer = z.strictObject({
  items: z.array(deletedTag).describe("In the order of the request"),
  freesBytes: z
    .int()
    .min(0)
    .nullable()
    .optional()
    .describe("What only those images use that have no tag any more: it can be freed once they are pruned"),
  undoUntil: z.iso
    .datetime()
    .nullable()
    .optional()
    .describe("A deleted tag can be restored until then; null: as long as its image is here"),
});
export type DeleteTagsAnswer = z.infer<typeof deleteTagsAnswer>;

export const restoreTagQuery = z.strictObject({ repository: repositoryParameter });
export const restoreTagAnswer = z.strictObject({ name: z.string(), digest: digest.describe("Where it stands again") });
