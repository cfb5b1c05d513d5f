// GET /api/v1/repositories

import { z } from "zod";
import { countFields, pullCounts } from "./counts.ts";
import { count, countedPageOf, listParameters, time } from "./page.ts";

export const repositoriesQuery = z.strictObject(
  listParameters(["name", "tags", "manifests", "bytes", "createdAt", "updatedAt", ...countFields], "name"),
);

export const repositoryItem = z.strictObject({
  name: z.string(),
  kind: z.enum(["local", "proxy"]),
  tags: count,
  manifests: count,
  bytes: count.describe("Blobs and manifests of the repository, each once"),
  createdAt: time,
  updatedAt: time.describe("Last push or deletion"),
  pulls: pullCounts,
});
export type RepositoryItem = z.infer<typeof repositoryItem>;

export const repositoriesAnswer = countedPageOf(repositoryItem);
