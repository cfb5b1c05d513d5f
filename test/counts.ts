// What /api/v1 says about one repository, in a shape that a test can write down.

import { getJson, listAll, replayed } from "./api.ts";

export interface RepositoryCounts {
  /** Pulls and checks of the whole repository. */
  readonly repository: readonly [pulls: number, checks: number];
  /** The same of each tag. */
  readonly tags: Readonly<Record<string, readonly [pulls: number, checks: number]>>;
}

export interface ManifestCounts {
  readonly count: number;
  readonly checks: number;
  readonly byTag: number;
  readonly direct: number;
  readonly asChild: number;
}

interface NamedPulls {
  readonly name: string;
  readonly pulls: { readonly count: number; readonly checks: number };
}

/** Waits for the end of a replay, so it can be asked right after a start. */
export async function repositoryCounts(registry: string, repository: string): Promise<RepositoryCounts> {
  await replayed(registry);
  const repositories = await listAll<NamedPulls>(registry, "/api/v1/repositories?");
  const own = repositories.find(({ name }) => name === repository);
  if (own === undefined) throw new Error(`the API lists no repository ${repository}`);
  const tags = await listAll<NamedPulls>(registry, `/api/v1/tags?repository=${encodeURIComponent(repository)}&`);
  return {
    repository: [own.pulls.count, own.pulls.checks],
    tags: Object.fromEntries(tags.map(({ name, pulls }) => [name, [pulls.count, pulls.checks]] as const)),
  };
}

export async function manifestCounts(registry: string, repository: string, digest: string): Promise<ManifestCounts> {
  await replayed(registry);
  const { pulls } = await getJson<{ pulls: ManifestCounts }>(
    `${registry}/api/v1/manifests/${digest}?repository=${encodeURIComponent(repository)}`,
  );
  const { count, checks, byTag, direct, asChild } = pulls;
  return { count, checks, byTag, direct, asChild };
}
