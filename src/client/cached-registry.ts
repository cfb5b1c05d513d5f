// A registry with a memory. Content by digest is kept as long as there is room and is hashed again whenever it is read; tags and lists
// are kept for a time. Answers that something is not there (errors, empty lists) are never kept, and neither are large blobs.

import { createRegistryError } from "../oci/errors.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { DigestReference, Reference } from "../oci/reference.ts";
import type { CallOptions, ListPage, ManifestFacts, Manifests, Registry, StoredManifest } from "../oci/registry.ts";
import { CacheRoom, type CacheRoomOptions } from "./cache-room.ts";
import { createCachedBlobs } from "./cached-blobs.ts";
import { walksOf, type Walks } from "./walks.ts";

export interface CachedRegistry extends Registry, Walks {
  /** The same registry, but tags and lists are asked for again (and remembered). Whoever decides what to delete reads these. */
  readonly fresh: Registry & Walks;
}

/**
 * Nothing to close: registry and cache belong to the caller. Writes go through and make void what they may have changed; other
 * processes see a change when the time to live is over. Walks come as one page, when the last one has come, and throw UNSUPPORTED
 * where that would be more than 32 MiB of names.
 */
export function withCache(registry: Registry & Partial<Walks>, options: CacheRoomOptions): CachedRegistry {
  const room = new CacheRoom(options);
  return { ...createView(registry, room, false), fresh: createView(registry, room, true) };
}

function createView(registry: Registry & Partial<Walks>, room: CacheRoom, fresh: boolean): Registry & Walks {
  const walks = walksOf(registry);
  const isWorth = ({ items }: ListPage<unknown>): boolean => items.length > 0;
  const list = <Page>(
    repository: string,
    key: readonly unknown[],
    { signal }: CallOptions,
    ask: (signal: AbortSignal) => Promise<Page>,
  ) => ({
    repository,
    key: JSON.stringify(key),
    signal,
    fresh,
    ask,
  });
  const cachedManifests = createCachedManifests(registry.manifests, room, fresh);

  return {
    blobs: createCachedBlobs(registry.blobs, room),
    manifests: {
      ...cachedManifests,
      referrers(subject, page) {
        const { repository, digest } = subject;
        const key = ["referrers", digest, page.last, page.limit, page.artifactTypes];
        const ask = (signal: AbortSignal) => registry.manifests.referrers(subject, { ...page, signal });
        return room.moving(list(repository, key, page, ask), isWorth);
      },
    },
    repositories(page) {
      const key = ["repositories", page.last, page.limit, page.visible];
      return room.moving(
        list("", key, page, (signal) => registry.repositories({ ...page, signal })),
        isWorth,
      );
    },
    tags(repository, page) {
      const key = ["tags", page.last, page.limit];
      return room.moving(
        list(repository, key, page, (signal) => registry.tags(repository, { ...page, signal })),
        isWorth,
      );
    },
    async *walkTags(repository, call = {}) {
      const ask = (signal: AbortSignal) => collect(walks.walkTags(repository, { signal }));
      yield await room.moving(list(repository, ["walk"], call, ask), ({ length }) => length > 0);
    },
    async *walkRepositories(call = {}) {
      const ask = (signal: AbortSignal) => collect(walks.walkRepositories({ signal }));
      yield await room.moving(list("", ["walk"], call, ask), ({ length }) => length > 0);
    },
  };
}

function createCachedManifests(inner: Manifests, room: CacheRoom, fresh: boolean): Omit<Manifests, "referrers"> {
  const kept = async ({ repository, digest }: DigestReference): Promise<StoredManifest | undefined> => {
    const bytes = await room.keptContent(repository, digest);
    const mediaType = bytes && mediaTypeIn(bytes);
    return mediaType === undefined ? undefined : { digest, mediaType, size: bytes!.length, bytes: bytes! };
  };
  /** Only what says itself what it is: the name by which bytes are kept does not. */
  const keep = async ({ repository }: Reference, { digest, mediaType, bytes }: StoredManifest): Promise<void> => {
    if (mediaTypeIn(bytes) === mediaType) await room.keepContent(repository, digest, bytes);
  };
  const byDigest = async (reference: DigestReference, { signal }: CallOptions): Promise<StoredManifest> => {
    const known = await kept(reference);
    if (known !== undefined) return known;
    return room.flight(`manifest ${reference.repository} ${reference.digest}`, signal, async (shared) => {
      const { ids: _, ...stored } = await inner.get(reference, { signal: shared });
      await keep(reference, stored);
      return stored;
    });
  };
  const tagged = (
    reference: Reference & { tag: string },
    { signal }: CallOptions,
    ask: (signal: AbortSignal) => Promise<ManifestFacts>,
  ) =>
    room.moving<ManifestFacts>(
      {
        repository: reference.repository,
        key: JSON.stringify(["tag", reference.tag]),
        signal,
        fresh,
        async ask(shared) {
          const { digest, mediaType, size } = await ask(shared);
          return { digest, mediaType, size };
        },
      },
      () => true,
    );

  return {
    async head(reference, options = {}) {
      if (reference.tag !== undefined) return tagged(reference, options, (signal) => inner.head(reference, { signal }));
      const known = fresh ? undefined : await kept(reference);
      if (known === undefined) return inner.head(reference, options);
      const { bytes: _, ...facts } = known;
      return facts;
    },
    async get(reference, options = {}) {
      if (reference.tag === undefined) return byDigest(reference, options);
      let got: StoredManifest | undefined;
      const { digest } = await tagged(reference, options, async (signal) => {
        const { ids: _, ...stored } = await inner.get(reference, { signal });
        await keep(reference, stored);
        return (got = stored);
      });
      return got ?? byDigest({ repository: reference.repository, digest }, options);
    },
    put: (reference, ...rest) => room.writing(reference.repository, undefined, () => inner.put(reference, ...rest)),
    delete: (reference, options) => room.writing(reference.repository, reference.digest, () => inner.delete(reference, options)),
  };
}

/** What a reader of the bytes alone takes them for; undefined: not a manifest that we know. */
function mediaTypeIn(bytes: Uint8Array): string | undefined {
  try {
    return parseManifest(bytes, undefined).mediaType;
  } catch {
    // Then it is not kept, that is all.
    return undefined;
  }
}

/** A list is held whole before it is kept: this many characters of names, some hundred thousand of them. */
const maxWalked = 32 * 1024 * 1024;

async function collect<Item extends string>(pages: AsyncIterable<readonly Item[]>): Promise<readonly Item[]> {
  const all: Item[] = [];
  let characters = 0;
  for await (const page of pages) {
    for (const item of page) {
      all.push(item);
      characters += item.length;
    }
    if (characters <= maxWalked) continue;
    throw createRegistryError("UNSUPPORTED", {
      message: `the list is longer than what is kept of one: ${all.length} names have come, and more follow`,
    });
  }
  return all;
}
