// GET /api/v1/repositories

import { z } from "zod";
import { may } from "./access.ts";
import { countFields, pullCounts } from "./counts.ts";
import { underParameter } from "./folders.ts";
import { count, countedPageOf, listParameters, optionalFlag, registryParameter, repositoryParameter, time } from "./page.ts";
import { capabilities } from "./registries.ts";
import { trend, usageCounts, usageParameter } from "./usage.ts";

/** What our own registry sorts by, and what another one can be sorted by. */
export const repositorySorts = ["name", "tags", "manifests", "bytes", "createdAt", "updatedAt", ...countFields] as const;
export const remoteRepositorySorts = ["name", "natural", "tags", "bytes", "builtAt"] as const;

export const repositoriesQuery = z.strictObject({
  registry: registryParameter,
  name: repositoryParameter
    .regex(/^[^\0]*$/)
    .optional()
    .describe("Only the one of this name"),
  under: underParameter,
  direct: optionalFlag.describe("true: only those directly below `under`, or in no folder at all; see /api/v1/folders"),
  kind: z.enum(["local", "proxy"], { error: "give local or proxy" }).optional(),
  usage: usageParameter.describe("Only with a tag in one of these states, separated by commas, as counted a short while ago"),
  detail: optionalFlag.describe("true: also the trend"),
  ...listParameters([...new Set([...repositorySorts, ...remoteRepositorySorts])], "name"),
});

export const repositoryItem = z.strictObject({
  name: z.string(),
  kind: z.enum(["local", "proxy", "remote"]),
  tags: count.nullable(),
  manifests: count.nullable(),
  bytes: count.nullable().describe("Blobs and manifests of the repository, each once"),
  createdAt: time.nullable(),
  updatedAt: time.nullable().describe("Last push or deletion"),
  pulls: pullCounts,
  may: may.nullable().describe("What you may do with it; null: of another registry"),
  pushedAt: time.nullable().describe("The latest push of a tag that is there"),
  usage: usageCounts.nullable().describe("Of its tags, as counted a short while ago; null: not counted yet, or never"),
  trend: trend.nullable().optional().describe("With detail=true; null: pulls are not counted"),
  untagged: count
    .nullable()
    .describe(
      "Manifests without a tag that no index lists and that belong to no other, as counted a short while ago; null: as usage",
    ),
  builtAt: time.nullable().optional().describe("Of another registry: its newest image, when sorted by it"),
  problem: z.string().nullable().optional().describe("Of another registry: why something is null"),
});
export type RepositoryItem = z.infer<typeof repositoryItem>;

export const repositoriesAnswer = countedPageOf(repositoryItem).extend({ capabilities: capabilities.optional() });
export type RepositoriesAnswer = z.infer<typeof repositoriesAnswer>;
