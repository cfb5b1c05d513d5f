// GET /api/v1/tags and GET /api/v1/tags/{tag}/history

import { z } from "zod";
import { may } from "./access.ts";
import { countFields, pullCounts } from "./counts.ts";
import {
  count,
  countedPageOf,
  cursorParameter,
  limitParameter,
  listParameters,
  optionalFlag,
  pageOf,
  registryParameter,
  repositoryParameter,
  time,
} from "./page.ts";
import { capabilities } from "./registries.ts";
import { trend, usage, usageParameter } from "./usage.ts";

/** What our own registry sorts by, and what another one can be sorted by. */
export const tagSorts = ["name", "natural", "version", "digest", "bytes", "pushedAt", "imagePulls", ...countFields] as const;
export const remoteTagSorts = ["name", "natural", "version", "digest", "bytes", "builtAt"] as const;

/** What a manifest is, for people. */
export const contentKinds = ["image", "index", "chart", "artifact"] as const;
export const contentKind = z
  .enum(contentKinds, { error: `give one of ${contentKinds.join(", ")}` })
  .describe("index: for several platforms; chart: of Helm; artifact: anything else");

/** Which tags: the same words wherever tags are chosen. */
const listed = listParameters([...new Set([...tagSorts, ...remoteTagSorts])], "name");
export const tagFilters = {
  search: listed.search.describe(
    "Only what contains this, whatever the case; in our own registry also digests that begin with it (6 characters of hex or more)",
  ),
  usage: usageParameter,
  platform: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\0]*$/)
    .optional()
    .describe("Only images for this os/architecture[/variant]; without a variant for any"),
  type: contentKind.optional().describe("Only these"),
  digest: z
    .string()
    .toLowerCase()
    .regex(/^(?:sha(?:256|512):)?[0-9a-f]{1,128}$/, { error: "give the beginning of a digest: sha256: and hex, or hex alone" })
    .optional()
    .describe("Only on manifests whose digest begins with this, sha256: before it or not"),
};

export const tagsQuery = z.strictObject({
  repository: repositoryParameter
    .optional()
    .describe("Absent: of all repositories that you see; of another registry it is needed"),
  registry: registryParameter,
  ...listed,
  ...tagFilters,
  detail: optionalFlag.describe(
    "true: also trend, children, referrers and uniqueBytes. false: of another registry the names alone, for /api/v1/tags/details",
  ),
});

/** Tags on a manifest: how many, and the first of them by name. */
export const tagNames = z.strictObject({ count, names: z.array(z.string()).describe("The first 20") });

/** An image for one platform in an index. Attestations are none: they are referrers. */
export const platformRow = z.strictObject({
  platform: z.string().nullable().describe("os/architecture[/variant]; null: nobody says"),
  digest: z.string(),
  bytes: count.nullable().describe("null: its manifest is not here"),
  present: z.boolean().nullable().describe("Whether its manifest is here; null: not known"),
  pulls: pullCounts,
});

export const referrerCounts = z.strictObject({ signatures: count, sboms: count, attestations: count, other: count });

export const tagItem = z.strictObject({
  repository: z.string(),
  name: z.string(),
  digest: z.string().nullable(),
  mediaType: z.string().nullable(),
  artifactType: z.string().nullable(),
  platforms: z.array(z.string()).describe("os/architecture[/variant]; empty when unknown"),
  bytes: count.nullable().describe("Manifest, config and layers; for an index its children too"),
  pushedAt: time.nullable().describe("When the tag was put on this manifest"),
  pulls: pullCounts.describe("By this tag"),
  imagePulls: pullCounts.describe("Of its manifest, by any tag, by digest, and as a child of an index"),
  siblings: tagNames.nullable().describe("Other tags on the same manifest"),
  may: may.nullable().describe("What you may do with it; rules may keep it where it is. null: of another registry"),
  kind: contentKind.nullable().describe("null: not known"),
  usage: usage.nullable().describe("null: pulls are not counted, or of another registry"),
  pushedBy: z.string().nullable().describe("null: nobody signed in for it, or you have not"),
  pullBytes: z
    .strictObject({ min: count, max: count })
    .nullable()
    .describe("What one client fetches: the smallest and the largest platform; null: none of them is here, or not known"),
  immutable: z.boolean().nullable().describe("A rule keeps it where it is, whoever asks"),
  trend: trend.nullable().optional().describe("Of this tag; with detail=true. null: not counted"),
  children: z
    .array(platformRow)
    .max(100)
    .nullable()
    .optional()
    .describe("Of an index up to 100, and fewer where a page has very many; with detail=true"),
  childCount: count.nullable().optional().describe("Of an index: how many children there are, listed or not; with detail=true"),
  referrers: referrerCounts.nullable().optional().describe("With detail=true"),
  uniqueBytes: count
    .nullable()
    .optional()
    .describe(
      "Of its image: what nothing else in this registry uses, whatever other tags it has; with detail=true; null for who does not see all of it",
    ),
  builtAt: time.nullable().optional().describe("Of another registry: when the image says that it was built"),
  problem: z.string().nullable().optional().describe("Of another registry: why something is null"),
});
export type TagItem = z.infer<typeof tagItem>;

export const tagsAnswer = countedPageOf(tagItem).extend({ capabilities: capabilities.optional() });
export type TagsAnswer = z.infer<typeof tagsAnswer>;

export const tagParams = z.strictObject({ tag: z.string().min(1).max(128) });
export const tagHistoryQuery = z.strictObject({
  repository: repositoryParameter,
  limit: limitParameter,
  cursor: cursorParameter,
});

export const tagHistoryItem = z.strictObject({
  digest: z.string(),
  bytes: count,
  startedAt: time,
  endedAt: time.nullable().describe("null: the tag is there now"),
  by: z.string().nullable().describe("Who put it there; null as for `pushedBy` of a tag"),
  endReason: z.string().nullable(),
  life: count.describe("Counts are per life of a tag: deleting it and pushing it again begins another"),
});

export const tagHistoryAnswer = pageOf(tagHistoryItem);
export type TagHistoryAnswer = z.infer<typeof tagHistoryAnswer>;
