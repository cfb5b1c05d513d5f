// The repository service: repositories and tags of any registry listed, searched, sorted and paged as our own lists are, with what is
// cheap at once and what needs requests read for the rows that are shown. Docker Hub's own list of repositories is not used: it takes an
// account of another API; names in the configuration stand in.

import type { HostProfile } from "../client/host-profile.ts";
import { walksOf, type Walks } from "../client/walks.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, type DigestReference, type Reference, type RepositoryName } from "../oci/reference.ts";
import type { Referrer, Registry, StoredManifest } from "../oci/registry.ts";
import { readImage, type ReadImage } from "./images.ts";
import type { List } from "../store/list-page.ts";
import { createReading } from "./reading.ts";
import { createCatalog, listRepositories, type RepositoryListRequest, type RepositoryRow } from "./repositories.ts";
import { listTags, readRows, type TagListRequest, type TagRow } from "./tags.ts";

export interface BrowserOptions {
  /** With a cache (client/cached-registry.ts), else every answer asks again for tags. Whoever gave it closes it. */
  readonly registry: Registry & Partial<Walks>;
  readonly profile?: Pick<HostProfile, "noCatalog" | "noDelete" | "noTagDelete" | "noReferrers" | "defaultNamespace">;
  /** Repositories that stand in where the registry does not list them. */
  readonly names?: readonly string[];
  /** Milliseconds. */
  readonly now: () => number;
  /** Rows that are read at once. Default 8. */
  readonly concurrency?: number;
  /** Milliseconds for one answer: rows that were not read by then say so. Default 20 s. */
  readonly deadlineMs?: number;
  /** Tags or repositories that are read for one order or filter; beyond it is refused. Default 1,000. */
  readonly maxRead?: number;
}

/** "ok", or a clause: why not. */
export interface Capabilities {
  readonly catalog: string;
  readonly referrers: string;
  readonly delete: string;
  readonly tagDelete: string;
  readonly pushTimes: string;
  readonly pulls: string;
}

export interface BrowsedManifest extends ReadImage {
  /** The first ones; undefined: they could not be read. */
  readonly referrers: { readonly items: readonly Referrer[]; readonly more: boolean } | undefined;
}

export interface Browser {
  /** What is known by now; asks nobody. */
  capabilities(): Capabilities;
  /** With the profile's default namespace. @throws NAME_INVALID */
  repositoryName(text: string): RepositoryName;
  repositories(request: RepositoryListRequest): Promise<List<RepositoryRow>>;
  tags(request: TagListRequest): Promise<List<TagRow>>;
  /** These tags, in this order; what cannot be read says so. @throws TIMEOUT */
  rows(repository: RepositoryName, tags: readonly string[]): Promise<readonly TagRow[]>;
  /** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN, TIMEOUT */
  manifest(reference: Reference): Promise<BrowsedManifest>;
  /** Its bytes alone. @throws as manifest */
  bytes(reference: Reference): Promise<StoredManifest>;
}

const maxReferrers = 100;

/** Nothing to close. Everything it throws is a RegistryError, unless it is a bug. */
export function createBrowser(options: BrowserOptions): Browser {
  const { registry, profile = {}, names = [], now, concurrency = 8, deadlineMs = 20_000, maxRead = 1000 } = options;
  const reading = createReading({ registry: { ...registry, ...walksOf(registry) }, now, concurrency, deadlineMs });
  const catalog = createCatalog({ reading, now, noCatalog: profile.noCatalog, names });
  return {
    capabilities: () => ({
      catalog: catalog.unavailable() ?? "ok",
      referrers: profile.noReferrers === true ? "the host has no referrers API: the tag that stands in for it is read" : "ok",
      delete: profile.noDelete ?? "ok",
      tagDelete: profile.noDelete ?? profile.noTagDelete ?? "ok",
      pushTimes: "the protocol does not tell when a tag was pushed; only when its image says that it was built",
      pulls: "pulls are counted where they happen, and the protocol does not tell them",
    }),
    repositoryName(text) {
      const { defaultNamespace } = profile;
      return parseRepositoryName(defaultNamespace === undefined || text.includes("/") ? text : `${defaultNamespace}/${text}`);
    },
    repositories: (request) => listRepositories(reading, catalog.read, request, maxRead),
    tags: (request) => listTags(reading, request, maxRead),
    rows: (repository, tags) => reading.inTime((signal) => readRows(reading, repository, tags, signal)),
    manifest: (reference) =>
      reading.inTime(async (signal) => {
        const digested = await toDigested(registry, reference, signal);
        const [image, referrers] = await Promise.all([
          readImage(registry, digested, signal),
          readReferrers(registry, digested, signal),
        ]);
        return { ...image, referrers };
      }),
    bytes: (reference) =>
      reading.inTime(async (signal) => registry.manifests.get(await toDigested(registry, reference, signal), { signal })),
  };
}

/** A tag is looked up, which Docker Hub does not count as a pull; content by digest is remembered. */
async function toDigested(registry: Registry, reference: Reference, signal: AbortSignal): Promise<DigestReference> {
  const { repository, tag } = reference;
  if (tag === undefined) return { repository, digest: reference.digest };
  return { repository, digest: (await registry.manifests.head(reference, { signal })).digest };
}

async function readReferrers(
  registry: Registry,
  reference: DigestReference,
  signal: AbortSignal,
): Promise<BrowsedManifest["referrers"]> {
  try {
    return await registry.manifests.referrers(reference, { limit: maxReferrers, signal });
  } catch (error) {
    // The manifest is worth showing without them.
    if (signal.aborted || !(error instanceof RegistryError)) throw error;
    return undefined;
  }
}
