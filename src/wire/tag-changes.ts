// POST /api/v1/tags/delete and POST /api/v1/tags/{tag}/restore

import { z } from "zod";
import { count, cursorParameter, repositoryParameter } from "./page.ts";
import { tagFilters, tagParams } from "./tags.ts";

const tagName = tagParams.shape.tag;
const digest = z.string().max(256);
export const maxTagsAtOnce = 1000;

export const deleteTagsBody = z
  .strictObject({
    repository: repositoryParameter,
    tags: z
      .array(
        z.strictObject({ name: tagName, digest: digest.optional().describe("Only while it stands there; absent: wherever") }),
      )
      .min(1)
      .max(maxTagsAtOnce)
      .optional()
      .describe("These; or else give a filter"),
    filter: z
      .strictObject(tagFilters)
      .optional()
      .describe(`All that the same words let through a list, by name, ${maxTagsAtOnce} a call; {}: all of the repository`),
    cursor: cursorParameter.describe("With a filter: `nextCursor` of the answer before, to go on behind its tags"),
    dryRun: z.boolean().default(false).describe("true: say what would happen, and change nothing"),
  })
  .refine(({ tags, filter }) => (tags === undefined) !== (filter === undefined), { message: "give tags or a filter" });

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
    .nullable()
    .describe("Tags that stay on the same image, the first of them; none: the image has no tag any more. null: this tag stays"),
  referrers: count.nullable().describe("Signatures, SBOMs and the like of its image: they stay with it. null: this tag stays"),
});
export type DeletedTag = z.infer<typeof deletedTag>;
export const deleteTagsAnswer = z.strictObject({
  items: z.array(deletedTag).describe("In the order of the request; of a filter by name"),
  matched: count
    .nullable()
    .describe("How many tags the filter let through, these and those of other calls; null: there was none"),
  nextCursor: z.string().optional().describe("The filter lets through more behind these; absent: these were the last"),
  freesBytes: count
    .nullable()
    .describe(
      "What nothing in the registry uses any more without the images that have no tag any more: it can be freed once they are pruned; null for who does not see all of it",
    ),
  undoUntil: z.iso.datetime().nullable().describe("A deleted tag can be restored until then; null: as long as its image is here"),
});
export type DeleteTagsAnswer = z.infer<typeof deleteTagsAnswer>;

export const restoreTagQuery = z.strictObject({ repository: repositoryParameter });
export const restoreTagAnswer = z.strictObject({ name: z.string(), digest: digest.describe("Where it stands again") });
