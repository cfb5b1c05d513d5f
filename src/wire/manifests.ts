// GET /api/v1/manifests and GET /api/v1/manifests/{digest}

import { z } from "zod";
import { countFields, pullCounts } from "./counts.ts";
import {
  count,
  countedPageOf,
  listParameters,
  moment,
  optionalFlag,
  registryParameter,
  repositoryParameter,
  time,
} from "./page.ts";
import { capabilities } from "./registries.ts";
import { tagNames } from "./tags.ts";

export const manifestsQuery = z.strictObject({
  repository: repositoryParameter,
  tagged: optionalFlag.describe("true: only manifests with a tag; false: only those without"),
  ...listParameters(["pushedAt", "digest", "mediaType", "artifactType", "bytes", "tags", ...countFields], "-pushedAt"),
});

const summary = {
  digest: z.string(),
  mediaType: z.string(),
  artifactType: z.string().nullable(),
  subject: z.string().nullable().describe("Digest of the manifest that this one refers to"),
  platforms: z.array(z.string()).describe("os/architecture[/variant]; empty when unknown"),
  bytes: count.nullable().describe("Manifest, config and layers; for an index its children too"),
  pushedAt: time.nullable(),
  complete: z.boolean().nullable().describe("Whether none of its blobs is missing"),
  tags: tagNames.nullable(),
};

export const manifestItem = z.strictObject({ ...summary, pulls: pullCounts });
export const manifestsAnswer = countedPageOf(manifestItem);

export const manifestParams = z.strictObject({ digest: z.string().max(160) });
export const manifestQuery = z.strictObject({ repository: repositoryParameter, registry: registryParameter });

const descriptor = z.strictObject({
  mediaType: z.string(),
  digest: z.string(),
  size: count,
  artifactType: z.string().nullable(),
  annotations: z.record(z.string(), z.string()),
});
export type WireDescriptor = z.infer<typeof descriptor>;
const related = z.strictObject({
  count: count.nullable(),
  items: z
    .array(z.strictObject({ digest: z.string(), mediaType: z.string(), artifactType: z.string().nullable() }))
    .describe("The first 100"),
});

export const manifestPulls = pullCounts.extend({
  byTag: count.nullable(),
  direct: count.nullable().describe("By digest"),
  asChild: count.nullable().describe("Right after an index that lists it"),
  lastTag: z.string().nullable().describe("The tag that it was last pulled by"),
  lastTagAt: time.nullable(),
});

export const manifestAnswer = z.strictObject({
  ...summary,
  size: count.describe("Of the manifest itself"),
  annotations: z.record(z.string(), z.string()),
  config: descriptor.nullable(),
  layers: z.array(descriptor),
  children: z.array(
    descriptor.extend({
      platform: z.string().nullable(),
      present: z.boolean().nullable().describe("Whether this repository has it"),
      pulls: pullCounts,
    }),
  ),
  parents: related.nullable().describe("Indexes that list this manifest"),
  referrers: related.nullable().describe("Manifests whose subject is this one: signatures, SBOMs, attestations"),
  pulls: manifestPulls,
  builtAt: time.nullable().optional().describe("Of another registry: when the image says that it was built"),
  problem: z.string().nullable().optional().describe("Of another registry: why something is null"),
  capabilities: capabilities.optional(),
  ...moment,
});
export type ManifestAnswer = z.infer<typeof manifestAnswer>;
