// A registry in memory with good manners: what the doors are tested against without a disk and a database. It passes the same
// contract suite as the real ones. Ids are given out so that counting can be observed.

import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { type Digest, digestAlgorithm, digestOf } from "../../src/oci/digest.ts";
import { RegistryError } from "../../src/oci/errors.ts";
import { type Descriptor, parseManifest, type ParsedManifest } from "../../src/oci/manifest.ts";
import { isForeignLayerType } from "../../src/oci/media-types.ts";
import type { Reference, RepositoryName, Tag } from "../../src/oci/reference.ts";
import type {
  AppendOptions,
  ListPage,
  Page,
  PutManifestOptions,
  Referrer,
  Registry,
  StoredManifest,
  Upload,
  UploadOptions,
} from "../../src/oci/registry.ts";

interface Stored {
  readonly id: number;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly parsed: ParsedManifest;
}
interface Repository {
  readonly id: number;
  readonly blobs: Map<Digest, Buffer>;
  readonly manifests: Map<Digest, Stored>;
  readonly tags: Map<Tag, { readonly epoch: number; readonly digest: Digest }>;
}
interface Session {
  readonly repository: RepositoryName;
  readonly principal: number;
  bytes: Buffer;
  busy: boolean;
}

export function createMemoryRegistry(): Registry {
  const repositories = new Map<RepositoryName, Repository>();
  const sessions = new Map<string, Session>();
  let lastId = 0;

  function known(name: RepositoryName): Repository {
    return repositories.get(name) ?? fail("NAME_UNKNOWN");
  }
  function made(name: RepositoryName): Repository {
    let repository = repositories.get(name);
    if (repository === undefined) {
      repository = { id: ++lastId, blobs: new Map(), manifests: new Map(), tags: new Map() };
      repositories.set(name, repository);
    }
    return repository;
  }
  function find(reference: Reference): StoredManifest {
    const repository = known(reference.repository);
    const tag = reference.tag === undefined ? undefined : (repository.tags.get(reference.tag) ?? fail("MANIFEST_UNKNOWN"));
    const stored = repository.manifests.get(tag?.digest ?? reference.digest!) ?? fail("MANIFEST_UNKNOWN");
    const ids = { repositoryId: repository.id, manifestId: stored.id, tagEpoch: tag?.epoch ?? 0 };
    return { digest: stored.digest, mediaType: stored.parsed.mediaType, size: stored.bytes.length, ids, bytes: stored.bytes };
  }
  function checkCondition(reference: Reference, { ifMatch, ifNoneMatch }: PutManifestOptions): void {
    if (ifMatch === undefined && !ifNoneMatch) return;
    const repository = repositories.get(reference.repository);
    const now = reference.tag === undefined ? reference.digest : repository?.tags.get(reference.tag)?.digest;
    const current = now !== undefined && repository?.manifests.has(now) ? now : undefined;
    if (ifNoneMatch && current !== undefined) fail("PRECONDITION_FAILED");
    if (ifMatch !== undefined && (current === undefined || !ifMatch.includes(current))) fail("PRECONDITION_FAILED");
  }
  function checkContent(repository: Repository, parsed: ParsedManifest): void {
    const sizeOf = (descriptor: Descriptor, isManifest: boolean): number | undefined =>
      isManifest ? repository.manifests.get(descriptor.digest)?.bytes.length : repository.blobs.get(descriptor.digest)?.length;
    const missing: { readonly digest: Digest }[] = [];
    for (const descriptor of [parsed.config, ...parsed.layers, ...parsed.children]) {
      if (descriptor === undefined || (isForeignLayerType(descriptor.mediaType) && descriptor.urls !== undefined)) continue;
      const size = sizeOf(descriptor, "kind" in descriptor && descriptor.kind === "manifest");
      if (size === undefined) missing.push({ digest: descriptor.digest });
      else if (size !== descriptor.size) fail("MANIFEST_INVALID", { digest: descriptor.digest, size });
    }
    if (missing.length > 0) fail("MANIFEST_BLOB_UNKNOWN", missing);
  }
  function session(repository: RepositoryName, id: string, principal = 0): Session {
    const found = sessions.get(id);
    return found?.repository === repository && found.principal === principal ? found : fail("BLOB_UPLOAD_UNKNOWN");
  }

  async function append(target: Session, body: Readable, { length, offset }: AppendOptions): Promise<number> {
    if (target.busy) fail("CONFLICT");
    if (offset !== undefined && offset !== target.bytes.length) fail("BLOB_UPLOAD_INVALID");
    target.busy = true;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
      const added = Buffer.concat(chunks);
      if (length !== undefined && added.length !== length) fail("BLOB_UPLOAD_INVALID");
      target.bytes = Buffer.concat([target.bytes, added]);
    } catch (error) {
      // What arrived before the client broke off stays, unless the chunk was announced with a length.
      if (!(error instanceof RegistryError) && offset === undefined) target.bytes = Buffer.concat([target.bytes, ...chunks]);
      throw error;
    } finally {
      target.busy = false;
    }
    return target.bytes.length;
  }

  return {
    blobs: {
      async head({ digest, repository }) {
        return { digest, size: (known(repository).blobs.get(digest) ?? fail("BLOB_UNKNOWN")).length };
      },
      async get({ digest, repository }) {
        const bytes = known(repository).blobs.get(digest) ?? fail("BLOB_UNKNOWN");
        const size = bytes.length;
        return {
          digest,
          size,
          open: async ({ end, start } = { start: 0, end: size - 1 }) => streamOf(bytes.subarray(start, end + 1)),
        };
      },
      async upload(repository, { id, principal }: UploadOptions = {}): Promise<Upload> {
        const name = id ?? randomUUID();
        if (id === undefined) sessions.set(name, { repository, principal: principal ?? 0, bytes: Buffer.alloc(0), busy: false });
        const target = session(repository, name, principal);
        return {
          id: name,
          get size() {
            return target.bytes.length;
          },
          append: async (body, options = {}) => append(session(repository, name, principal), body, options),
          async commit(digest) {
            const { bytes, busy } = session(repository, name, principal);
            if (busy) fail("CONFLICT");
            sessions.delete(name);
            if (digestOf(bytes, digestAlgorithm(digest)) !== digest) fail("DIGEST_INVALID");
            made(repository).blobs.set(digest, bytes);
            return { digest, size: bytes.length };
          },
          cancel: async () => void sessions.delete(name),
        };
      },
      async mount({ digest, repository }, from, mayPull) {
        const sources = from === undefined ? [...repositories.keys()].filter(mayPull) : [from];
        const bytes = sources.map((name) => repositories.get(name)?.blobs.get(digest)).find((found) => found !== undefined);
        if (bytes === undefined) return undefined;
        made(repository).blobs.set(digest, bytes);
        return { digest, size: bytes.length };
      },
      async delete({ digest, repository }) {
        const { blobs, manifests } = known(repository);
        if (!blobs.has(digest)) fail("BLOB_UNKNOWN");
        const named = ({ parsed }: Stored): boolean =>
          [parsed.config, ...parsed.layers, ...parsed.children].some((d) => d?.digest === digest);
        if ([...manifests.values()].some(named)) fail("UNSUPPORTED");
        blobs.delete(digest);
      },
    },
    manifests: {
      async head(reference) {
        const { bytes: _bytes, ...facts } = find(reference);
        return facts;
      },
      get: async (reference) => find(reference),
      async put(reference, bytes, mediaType, options = {}) {
        const parsed = parseManifest(bytes, mediaType);
        const digest = digestOf(bytes, reference.digest === undefined ? "sha256" : digestAlgorithm(reference.digest));
        if (reference.digest !== undefined && reference.digest !== digest) fail("DIGEST_INVALID");
        checkCondition(reference, options);
        const repository = made(reference.repository);
        checkContent(repository, parsed);
        if (!repository.manifests.has(digest)) repository.manifests.set(digest, { id: ++lastId, digest, bytes, parsed });
        for (const tag of reference.tag === undefined ? (options.tags ?? []) : [reference.tag]) {
          repository.tags.set(tag, { epoch: repository.tags.get(tag)?.epoch ?? ++lastId, digest });
        }
        return { digest, ...(parsed.subject && { subject: parsed.subject.digest }) };
      },
      async delete(reference, options = {}) {
        const { manifests, tags } = known(reference.repository);
        const { digest } = find(reference);
        checkCondition(reference, options);
        if (reference.tag !== undefined) return void tags.delete(reference.tag);
        manifests.delete(digest);
        for (const [tag, target] of tags) if (target.digest === digest) tags.delete(tag);
      },
      async referrers({ digest, repository }, page) {
        const stored = [...(repositories.get(repository)?.manifests.values() ?? [])];
        const all = stored.filter(({ parsed }) => parsed.subject?.digest === digest).map(toReferrer);
        const wanted = all.filter(({ artifactType = "" }) => page.artifactTypes?.includes(artifactType) ?? true);
        return cut(wanted, ({ digest: key }) => key, page, maxReferrersBytes);
      },
    },
    repositories: async ({ visible, ...page }) =>
      cut(
        [...repositories.keys()].filter((name) => visible?.some((pattern) => matches(name, pattern)) ?? true),
        (name) => name,
        page,
      ),
    tags: async (repository, page) => cut([...known(repository).tags.keys()], (tag) => tag, page),
  };
}

/** `*` in a pattern stands for any characters. */
function matches(name: string, pattern: string): boolean {
  return new RegExp(`^${pattern.split("*").map(RegExp.escape).join(".*")}$`).test(name);
}

function toReferrer({ bytes, digest, parsed }: Stored): Referrer {
  const artifactType = parsed.artifactType ?? parsed.config?.mediaType;
  const { annotations, mediaType } = parsed;
  return { mediaType, digest, size: bytes.length, ...(artifactType && { artifactType }), ...(annotations && { annotations }) };
}

/** Clients refuse to read more than 4 MiB. */
const maxReferrersBytes = 3 * 1024 * 1024;

function cut<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  { last, limit }: Page,
  bytes = Number.POSITIVE_INFINITY,
): ListPage<Item> {
  const byKey = (a: Item, b: Item): number => (keyOf(a) < keyOf(b) ? -1 : 1);
  const after = all.toSorted(byKey).filter((item) => last === undefined || keyOf(item) > last);
  let left = bytes;
  const items = after.slice(0, limit).filter((item, i) => (left -= JSON.stringify(item).length) >= 0 || i === 0);
  return { items, more: limit > 0 && after.length > items.length };
}

/** In pieces, so that back-pressure and aborts have somewhere to happen. */
function streamOf(bytes: Buffer): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) => bytes.subarray(i * 65_536, (i + 1) * 65_536));
  return Readable.from(pieces, { objectMode: false });
}

function fail(code: RegistryError["code"], detail?: unknown): never {
  throw new RegistryError(code, { detail });
}
