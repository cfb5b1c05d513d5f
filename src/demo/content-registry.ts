// The content of the demo as a registry that can only be read. Nothing is stored: bytes are made when they are asked for, so that it costs
// no time to start and next to no memory.

import { Readable } from "node:stream";
import type { Digest } from "../oci/digest.ts";
import { RegistryError, type ErrorCode } from "../oci/errors.ts";
import type { DigestReference, Reference, RepositoryName, Tag } from "../oci/reference.ts";
import type { ListPage, Page, Referrer, Registry, StoredManifest } from "../oci/registry.ts";
import type { DemoPush } from "./content.ts";
import type { DemoBlob } from "./layers.ts";
import type { DemoManifest } from "./manifests.ts";

interface Repository {
  readonly manifests: Map<Digest, DemoManifest>;
  readonly blobs: Map<Digest, DemoBlob>;
  readonly tags: Map<Tag, Digest>;
}

/** `pushes`: oldest first. Nothing to close. */
export function createContentRegistry(pushes: readonly DemoPush[]): Registry {
  const repositories = new Map<RepositoryName, Repository>();
  for (const push of pushes) take(repositories, push);

  const known = (name: RepositoryName): Repository => repositories.get(name) ?? fail("NAME_UNKNOWN");
  const find = (reference: Reference): StoredManifest => {
    const { manifests, tags } = known(reference.repository);
    const digest = reference.tag === undefined ? reference.digest : tags.get(reference.tag);
    const found = (digest && manifests.get(digest)) ?? fail("MANIFEST_UNKNOWN");
    return { digest: found.digest, mediaType: found.mediaType, size: found.bytes.length, bytes: found.bytes };
  };
  const blob = ({ digest, repository }: DigestReference): DemoBlob => known(repository).blobs.get(digest) ?? fail("BLOB_UNKNOWN");
  const refuse = async (): Promise<never> => fail("UNSUPPORTED");

  return {
    blobs: {
      async head(reference) {
        const { digest, size } = blob(reference);
        return { digest, size };
      },
      async get(reference) {
        const { bytes, digest, size } = blob(reference);
        const open = async ({ end, start } = { start: 0, end: size - 1 }): Promise<Readable> =>
          Readable.from([bytes().subarray(start, end + 1)], { objectMode: false });
        return { digest, size, open };
      },
      upload: refuse,
      mount: refuse,
      delete: refuse,
    },
    manifests: {
      async head(reference) {
        const { bytes: _, ...facts } = find(reference);
        return facts;
      },
      get: async (reference) => find(reference),
      put: refuse,
      delete: refuse,
      async referrers({ digest, repository }, { artifactTypes, ...page }) {
        const all = [...(repositories.get(repository)?.manifests.values() ?? [])].flatMap((manifest) =>
          toReferrer(manifest, digest),
        );
        const wanted = all.filter(({ artifactType = "" }) => artifactTypes?.includes(artifactType) ?? true);
        return cut(wanted, ({ digest: key }) => key, page);
      },
    },
    repositories: async (page) => cut([...repositories.keys()], (name) => name, page),
    tags: async (repository, page) => cut([...known(repository).tags.keys()], (tag) => tag, page),
  };
}

function take(repositories: Map<RepositoryName, Repository>, { manifest, repository: name, tags }: DemoPush): void {
  const repository = repositories.get(name) ?? { manifests: new Map(), blobs: new Map(), tags: new Map() };
  repositories.set(name, repository);
  for (const part of [manifest, ...manifest.children]) {
    repository.manifests.set(part.digest, part);
    for (const blob of part.blobs) repository.blobs.set(blob.digest, blob);
  }
  for (const tag of tags) repository.tags.set(tag, manifest.digest);
}

interface Document {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: { readonly digest: string };
}

/** None when it refers to something else. */
function toReferrer({ bytes, digest, mediaType }: DemoManifest, to: Digest): Referrer[] {
  const { annotations, artifactType, subject } = JSON.parse(bytes.toString()) as Document;
  if (subject?.digest !== to) return [];
  return [{ mediaType, digest, size: bytes.length, ...(artifactType && { artifactType }), ...(annotations && { annotations }) }];
}

function cut<Item>(all: readonly Item[], keyOf: (item: Item) => string, { last, limit }: Page): ListPage<Item> {
  const after = all.filter((item) => last === undefined || keyOf(item) > last).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return { items: after.slice(0, limit), more: limit > 0 && after.length > limit };
}

function fail(code: ErrorCode): never {
  throw new RegistryError(code);
}
