// GET /api/v1/manifests and GET /api/v1/manifests/{digest}

import { z } from "zod";
import { may } from "./access.ts";
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
import { contentKind, tagNames } from "./tags.ts";
import { usage } from "./usage.ts";

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

/** What the config of an image says, for people. All of it is text of whoever built the image. */
const imageConfig = z.strictObject({
  os: z.string().nullable(),
  architecture: z.string().nullable(),
  author: z.string().nullable(),
  user: z.string().nullable(),
  workingDir: z.string().nullable(),
  entrypoint: z.array(z.string()),
  cmd: z.array(z.string()),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  stopSignal: z.string().nullable(),
});

/** A step of the build, the first one first. */
const buildStep = z.strictObject({
  createdBy: z.string(),
  createdAt: time.nullable(),
  comment: z.string().nullable(),
  layer: count.nullable().describe("Which of `layers` it made; null: none"),
});

/** Who else uses a layer. */
const sharing = z.strictObject({
  manifests: count.describe("Other manifests in this registry, as far as you see them"),
  tags: count,
  repositories: count,
});

export const manifestAnswer = z.strictObject({
  ...summary,
  size: count.describe("Of the manifest itself"),
  annotations: z.record(z.string(), z.string()),
  config: descriptor.nullable(),
  layers: z.array(descriptor.extend({ sharedBy: sharing.nullable().optional() })),
  kind: contentKind.nullable().optional(),
  tag: z
    .strictObject({
      name: z.string(),
      pushedAt: time.nullable(),
      by: z.string().nullable(),
      pulls: pullCounts,
      immutable: z.boolean().nullable(),
    })
    .nullable()
    .optional()
    .describe("When it was asked for by this tag"),
  image: imageConfig.nullable().optional().describe("null: it has no image config, or it cannot be read here (see problem)"),
  steps: z.array(buildStep).max(1000).nullable().optional(),
  missing: z.array(z.string()).max(100).nullable().optional().describe("Digests of its blobs that are not here"),
  usage: usage.nullable().optional(),
  freesBytes: count.nullable().optional().describe("Blobs that nothing else in this registry uses"),
  raw: z.string().nullable().optional().describe("The manifest as pushed; null when it is no UTF-8 text"),
  rights: may.nullable().optional().describe("What you may do with it"),
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
