// GET /api/v1/manifests, GET /api/v1/manifests/{reference} and its bytes

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
  untagged: optionalFlag.describe(
    "true: only what `untagged` of a repository counts: without a tag, in no index, and belonging to no other manifest",
  ),
  ...listParameters(["pushedAt", "digest", "mediaType", "artifactType", "bytes", "tags", ...countFields], "-pushedAt"),
});

const summary = {
  digest: z.string(),
  mediaType: z.string(),
  kind: contentKind.nullable(),
  artifactType: z.string().nullable(),
  subject: z.string().nullable().describe("Digest of the manifest that this one refers to"),
  platforms: z.array(z.string()).describe("os/architecture[/variant]; empty when unknown"),
  bytes: count.nullable().describe("Manifest, config and layers; for an index its children too"),
  pushedAt: time.nullable(),
  complete: z.boolean().nullable().describe("Whether none of its blobs is missing"),
  tags: tagNames.nullable(),
};

export const manifestItem = z.strictObject({ ...summary, pulls: pullCounts });
export type ManifestItem = z.infer<typeof manifestItem>;
export const manifestsAnswer = countedPageOf(manifestItem);
export type ManifestsAnswer = z.infer<typeof manifestsAnswer>;

export const manifestParams = z.strictObject({
  reference: z
    .string()
    .min(1)
    .max(200)
    .describe("A tag, a digest, or 12 or more hexadecimal digits that only one digest begins with"),
});
export const manifestBytesQuery = z.strictObject({ repository: repositoryParameter, registry: registryParameter });
export const manifestQuery = manifestBytesQuery.extend({
  reveal: optionalFlag.describe("true: also the values of the environment whose names look like those of secrets"),
});

const descriptor = z.strictObject({
  mediaType: z.string(),
  digest: z.string(),
  size: count,
  artifactType: z.string().nullable(),
  annotations: z.record(z.string(), z.string()),
});
export type WireDescriptor = z.infer<typeof descriptor>;

const parents = z.strictObject({
  count: count.nullable(),
  items: z
    .array(
      z.strictObject({
        digest: z.string(),
        mediaType: z.string(),
        artifactType: z.string().nullable(),
        tags: tagNames.nullable(),
      }),
    )
    .describe("The first 100"),
});

export const referrerKinds = ["signature", "sbom", "attestation", "other"] as const;
export type ReferrerKind = (typeof referrerKinds)[number];

/** How far a signature of an SBOM of an attestation is followed. */
export const maxReferrerDepth = 3;

const referrer = z.strictObject({
  digest: z.string(),
  mediaType: z.string(),
  artifactType: z.string().nullable(),
  kind: z.enum(referrerKinds),
  size: count.nullable().describe("Of the referrer with its blobs; null: not known"),
  pushedAt: time.nullable(),
  subject: z.string().describe("Digest of what it refers to: this manifest, a child of this index, or another referrer"),
  depth: z.int().min(1).max(maxReferrerDepth),
  via: z
    .enum(["subject", "tag", "index"])
    .describe("How it says so: in its own `subject`, by a tag such as sha256-….sig, or as an attestation beside it in an index"),
});
export type WireReferrer = z.infer<typeof referrer>;

const referrers = z.strictObject({
  count: count.nullable().describe("Of those with depth 1; null: more than were read"),
  items: z.array(referrer).max(100).describe("The first 100, as a tree: what refers to a referrer follows it, one deeper"),
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
  env: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().nullable().describe("null: hidden, as the name looks like that of a secret; reveal=true shows it"),
    }),
  ),
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
  more: z.boolean().describe("true: there are more than were counted"),
});

export const manifestAnswer = z.strictObject({
  ...summary,
  size: count.describe("Of the manifest itself"),
  annotations: z.record(z.string(), z.string()),
  config: descriptor.nullable(),
  layers: z.array(descriptor.extend({ sharedBy: sharing.nullable() })),
  tag: z
    .strictObject({
      name: z.string(),
      pushedAt: time.nullable(),
      by: z.string().nullable(),
      pulls: pullCounts,
      immutable: z.boolean().nullable(),
    })
    .nullable()
    .describe("When it was asked for by this tag"),
  image: imageConfig.nullable().describe("null: it has no image config, or it cannot be read here (see problem)"),
  steps: z.array(buildStep).max(1000).nullable(),
  missing: z.array(z.string()).max(100).nullable().describe("Digests of its blobs that are not here"),
  usage: usage.nullable(),
  freesBytes: count.nullable().describe("Blobs that nothing else in this registry uses; null for who does not see all of it"),
  raw: z.string().nullable().describe("The manifest as pushed; null when it is longer than 1 MiB: ask for /raw"),
  rights: may.nullable().describe("What you may do with it"),
  children: z
    .array(
      descriptor.extend({
        platform: z.string().nullable(),
        bytes: count.nullable().describe("Manifest, config and layers; null: not here, or not known"),
        present: z.boolean().nullable().describe("Whether this repository has it"),
        pulls: pullCounts,
      }),
    )
    .describe("Of an index, without the attestations of builds: they are referrers of the children that they name"),
  parents: parents.nullable().describe("Indexes that list this manifest"),
  referrers: referrers.nullable().describe("What refers to this manifest, and what refers to that"),
  pulls: manifestPulls,
  builtAt: time.nullable().describe("When the image says that it was built; of an index, its first platform"),
  problem: z.string().nullable().describe("Why something is null"),
  capabilities: capabilities.optional(),
  ...moment,
});
export type ManifestAnswer = z.infer<typeof manifestAnswer>;
