// The fallback for registries without a list of referrers: an index under the tag `sha256-<hex>` of the subject (image-spec "Referrers
// Tag Schema"). What would surprise: everybody writes the same tag, so a change reads it again, keeps what it does not know and writes
// under the condition that it is still what was read; where the registry ignores that, only our own changes are kept apart.

import { digestAlgorithm, digestHex, digestOf, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { ParsedManifest } from "../oci/manifest.ts";
import { isIndexType, ociIndex } from "../oci/media-types.ts";
import type { DigestReference, Tag, TagReference } from "../oci/reference.ts";
import type { Referrer } from "../oci/registry.ts";
import { deleteManifest } from "./deletes.ts";
import { putManifest, readManifest, type ReadManifest } from "./manifest-requests.ts";
import type { Operations } from "./operation.ts";

/** Registries and clients take 4 MiB. */
const maxIndexBytes = 4 * 1024 * 1024 - 1024;
/** Where somebody else changes the index all the time. */
const maxAttempts = 10;

export interface Fallback {
  /** Empty when there is no index. */
  read(subject: DigestReference, signal: AbortSignal | undefined): Promise<readonly Referrer[]>;
  add(subject: DigestReference, referrer: Referrer, signal: AbortSignal | undefined): Promise<void>;
  /** The tag goes with its last entry. */
  remove(subject: DigestReference, digest: Digest, signal: AbortSignal | undefined): Promise<void>;
}

/** A tag has at most 128 characters, so of a sha512 only the first 64 are part of it. */
export function fallbackTag(subject: Digest): Tag {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}` as Tag;
}

/** The entry that a registry would make for a manifest. */
export function toReferrer({ digest, parsed, size }: { parsed: ParsedManifest; digest: Digest; size: number }): Referrer {
  const { annotations, config, mediaType } = parsed;
  const artifactType = parsed.artifactType ?? config?.mediaType;
  return { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), ...(annotations && { annotations }) };
}

/** The entries of such an index. */
export function listedIn({ children }: ParsedManifest): Referrer[] {
  return children.map(({ annotations, artifactType, digest, mediaType, size }) => ({
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  }));
}

export type Entry = Referrer & Readonly<Record<string, unknown>>;

export function createFallback(operations: Operations): Fallback {
  const lines = new Map<string, Promise<void>>();

  /** One change of an index after the other. */
  async function inLine(subject: DigestReference, change: () => Promise<void>): Promise<void> {
    const key = `${subject.repository}@${subject.digest}`;
    const before = lines.get(key) ?? Promise.resolve();
    const mine = before.then(change, change);
    lines.set(key, mine);
    try {
      await mine;
    } finally {
      if (lines.get(key) === mine) lines.delete(key);
    }
  }

  return {
    async read(subject, signal) {
      const index = await readIndex(operations, subject, signal);
      return index === undefined ? [] : listedIn(index.parsed);
    },
    add: (subject, referrer, signal) =>
      inLine(subject, () =>
        changeIndex(operations, subject, signal, (entries) =>
          entries.some(({ digest }) => digest === referrer.digest) ? entries : [...entries, referrer as Entry],
        ),
      ),
    remove: (subject, gone, signal) =>
      inLine(subject, () =>
        changeIndex(operations, subject, signal, (entries) =>
          entries.some(({ digest }) => digest === gone) ? entries.filter(({ digest }) => digest !== gone) : entries,
        ),
      ),
  };
}

/** Undefined also when the tag leads to something else: GitLab answers it with the subject itself. */
async function readIndex(
  operations: Operations,
  { digest, repository }: DigestReference,
  signal: AbortSignal | undefined,
): Promise<ReadManifest | undefined> {
  try {
    const found = await readManifest(operations, { repository, tag: fallbackTag(digest) }, signal);
    return isIndexType(found.mediaType) && found.digest !== digest ? found : undefined;
  } catch (error) {
    if (error instanceof RegistryError && error.kind === "not found") return undefined;
    throw error;
  }
}

async function changeIndex(
  operations: Operations,
  subject: DigestReference,
  signal: AbortSignal | undefined,
  change: (entries: readonly Entry[]) => readonly Entry[],
): Promise<void> {
  const reference: TagReference = { repository: subject.repository, tag: fallbackTag(subject.digest) };
  for (let attempt = 1; ; attempt++) {
    const current = await readIndex(operations, subject, signal);
    const before =
      current === undefined
        ? {}
        : (JSON.parse(new TextDecoder().decode(current.bytes)) as { manifests?: readonly Entry[] | null });
    const entries = before.manifests ?? [];
    const after = change(entries);
    if (after === entries) return;
    const unique = [...new Map(after.map((entry) => [entry.digest, entry])).values()].sort((a, b) =>
      a.digest < b.digest ? -1 : 1,
    );
    const bytes = writeIndex(before, unique);
    const condition = current?.etag === undefined ? {} : { "if-match": current.etag };
    try {
      if (unique.length === 0 && current !== undefined && (await removeTag(operations, reference, current.digest, signal)))
        return;
      await putManifest(operations, { reference, bytes, mediaType: ociIndex, condition }, digestOf(bytes), signal);
      return;
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== "PRECONDITION_FAILED" || attempt === maxAttempts) throw error;
    }
  }
}

/** An index that is too large to be pushed loses the longest annotations: what refers to the subject must stay known. */
export function writeIndex(before: object, entries: readonly Entry[]): Uint8Array {
  const write = (manifests: readonly Entry[]): Uint8Array =>
    Buffer.from(JSON.stringify({ ...before, schemaVersion: 2, mediaType: ociIndex, manifests }));
  const lengths = new Map(entries.map((entry) => [entry, JSON.stringify(entry.annotations ?? {}).length]));
  let excess = write(entries).length - maxIndexBytes;
  const bare = new Set<Entry>();
  for (const [entry, length] of [...lengths].sort(([, a], [, b]) => b - a)) {
    if (excess <= 0) break;
    bare.add(entry);
    excess -= length;
  }
  return write(entries.map((entry) => (bare.has(entry) ? { ...entry, annotations: {} } : entry)));
}

/** False: this registry cannot, so that the index stays, and is empty. @throws PRECONDITION_FAILED when somebody else was faster */
async function removeTag(
  operations: Operations,
  reference: TagReference,
  now: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await deleteManifest(operations, reference, { ifMatch: [now], signal }, "by name");
    return true;
  } catch (error) {
    if (error instanceof RegistryError && (error.kind === "unsupported" || error.kind === "forbidden")) return false;
    // Somebody else was faster, and a gone index is what was wanted.
    if (error instanceof RegistryError && error.kind === "not found") return true;
    throw error;
  }
}
