// GET /api/v1/repositories

import { z } from "zod";
import { may } from "./access.ts";
import { countFields, pullCounts } from "./counts.ts";
import { count, countedPageOf, listParameters, registryParameter, time } from "./page.ts";
import { capabilities } from "./registries.ts";
import { trend, usageCounts } from "./usage.ts";

/** What our own registry sorts by, and what another one can be sorted by. */
export const repositorySorts = ["name", "tags", "manifests", "bytes", "createdAt", "updatedAt", ...countFields] as const;
export const remoteRepositorySorts = ["name", "natural", "tags", "bytes", "builtAt"] as const;

export const repositoriesQuery = z.strictObject({
  registry: registryParameter,
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
  pushedAt: time.nullable().optional().describe("The latest push of a tag that is there"),
  usage: usageCounts.nullable().optional().describe("Of its tags, as counted a short while ago; null: not counted yet, or never"),
  trend: trend.nullable().optional().describe("With detail=true"),
  untagged: count.nullable().optional().describe("Manifests without a tag that no index lists"),
  builtAt: time.nullable().optional().describe("Of another registry: its newest image, when sorted by it"),
  problem: z.string().nullable().optional().describe("Of another registry: why something is null"),
});
export type RepositoryItem = z.infer<typeof repositoryItem>;

export const repositoriesAnswer = countedPageOf(repositoryItem).extend({ capabilities: capabilities.optional() });
export type RepositoriesAnswer = z.infer<typeof repositoriesAnswer>;
