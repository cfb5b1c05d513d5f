// What /api/v1 says about one repository, in a shape that a test can write down.

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

interface Pulls {
  readonly count: number;
  readonly checks: number;
}

/** Waits for the end of a replay, so it can be asked right after a start. */
export async function repositoryCounts(registry: string, repository: string): Promise<RepositoryCounts> {
  const repositories = await getSettled<{ items: { name: string; pulls: Pulls }[] }>(
    `${registry}/api/v1/repositories?search=${encodeURIComponent(repository)}&limit=1000`,
  );
  const own = repositories.items.find(({ name }) => name === repository);
  if (own === undefined) throw new Error(`the API lists no repository ${repository}`);
  const tags = await getSettled<{ items: { name: string; pulls: Pulls }[] }>(
    `${registry}/api/v1/tags?repository=${encodeURIComponent(repository)}&limit=1000`,
  );
  return {
    repository: [own.pulls.count, own.pulls.checks],
    tags: Object.fromEntries(tags.items.map(({ name, pulls }) => [name, [pulls.count, pulls.checks]] as const)),
  };
}

export async function manifestCounts(registry: string, repository: string, digest: string): Promise<ManifestCounts> {
  const { pulls } = await getSettled<{ pulls: ManifestCounts }>(
    `${registry}/api/v1/manifests/${digest}?repository=${encodeURIComponent(repository)}`,
  );
  const { count, checks, byTag, direct, asChild } = pulls;
  return { count, checks, byTag, direct, asChild };
}

/** The body of an answer that no longer says that the journal is being replayed. */
async function getSettled<Body>(url: string): Promise<Body> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
    if (!/"replaying":\s*true/.test(text)) return JSON.parse(text) as Body;
    if (performance.now() > deadline) throw new Error(`${url} still says that it is replaying`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
