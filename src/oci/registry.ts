// What a registry can do. The local registry, the remote client and OCI layouts are values of this interface;
// the doors serve any value of it. Bodies travel as Node streams with back-pressure; whoever receives one ends or destroys it.

import type { Readable, Writable } from "node:stream";
import type { Digest } from "./digest.ts";
import type { DigestReference, Reference, RepositoryName, Tag } from "./reference.ts";

export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason, and what it had open is closed. Local registries, whose calls are short, ignore it. */
  readonly signal?: AbortSignal | undefined;
}

export interface Registry {
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  /** Names in byte order, after `last`. `visible` are the caller's name patterns (`*` matches any characters). */
  repositories(page: Page & { readonly visible?: readonly string[] }): Promise<ListPage<RepositoryName>>;
  /** Tags in byte order, after `last`. @throws NAME_UNKNOWN */
  tags(repository: RepositoryName, page: Page): Promise<ListPage<Tag>>;
}

export interface Page extends CallOptions {
  /** At most so many items; 0 gives none and no further page. */
  readonly limit: number;
  /** Exclusive; need not exist (any more). */
  readonly last?: string;
}
export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** Whether more items follow the last one. */
  readonly more: boolean;
}

/** Catalogue ids of what was answered, for counting; absent from registries without a catalogue. */
export interface ContentIds {
  readonly repositoryId: number;
  readonly manifestId: number;
  /** Epoch of the tag that was asked for, 0 when asked by digest. */
  readonly tagEpoch: number;
}

export interface ManifestFacts {
  readonly digest: Digest;
  /** As pushed, without parameters. */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly ids?: ContentIds;
}
export interface StoredManifest extends ManifestFacts {
  /** Exactly the pushed bytes. Never modify. */
  readonly bytes: Uint8Array;
}

/** @throws DENIED to keep the tag, and everything else, as it is */
export type AssertMayLeave = (tag: Tag) => void;

export interface PutManifestOptions extends CallOptions {
  /** More tags for a manifest put by digest (`?tag=`, distribution-spec end-7b). */
  readonly tags?: readonly Tag[];
  /** Only when the reference now points at one of these digests (If-Match), or at nothing (`ifNoneMatch: true`). */
  readonly ifMatch?: readonly Digest[];
  readonly ifNoneMatch?: boolean;
  /** Who does it, for the tag history. */
  readonly by?: string;
  /** Asked of every tag that would move, in the transaction that moves it. */
  readonly assertMayLeave?: AssertMayLeave;
}
export interface DeleteManifestOptions extends CallOptions {
  /** Only when the reference now points at one of these digests (If-Match). */
  readonly ifMatch?: readonly Digest[];
  /** Who does it, for the tag history. */
  readonly by?: string;
  /** Asked of every tag that would go or, with a part of its image gone, be broken; in the transaction that deletes. */
  readonly assertMayLeave?: AssertMayLeave;
}
export interface PutManifestResult {
  readonly digest: Digest;
  /** The subject that the manifest refers to. */
  readonly subject?: Digest;
}

export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifests {
  /** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN */
  head(reference: Reference, options?: CallOptions): Promise<ManifestFacts>;
  /** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN */
  get(reference: Reference, options?: CallOptions): Promise<StoredManifest>;
  /** Stores `bytes` unchanged. @throws DIGEST_INVALID, MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, PRECONDITION_FAILED */
  put(
    reference: Reference,
    bytes: Uint8Array,
    mediaType: string | undefined,
    options?: PutManifestOptions,
  ): Promise<PutManifestResult>;
  /** A tag: only the tag goes. A digest: the manifest and every tag on it. @throws NAME_UNKNOWN, MANIFEST_UNKNOWN, PRECONDITION_FAILED */
  delete(reference: Reference, options?: DeleteManifestOptions): Promise<void>;
  /** In a stable order, after the digest `last`; empty when repository or subject are unknown. `artifactTypes`: any of these. */
  referrers(subject: DigestReference, page: Page & { readonly artifactTypes?: readonly string[] }): Promise<ListPage<Referrer>>;
}

/** First and last byte, both inclusive, already inside of the content. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
export interface BlobFacts {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}
export interface BlobBody extends Readable {
  /**
   * Writes everything into the sink and ends it, instead of a pipe: bytes in a buffer that is used again must not leave through a Readable.
   * Rejects when either end breaks off; destroys this body in any case, and the sink unless it ended.
   */
  sendTo?(sink: Writable): Promise<void>;
}
export interface OpenBlob extends BlobFacts {
  /** Opens the bytes; may be called several times, for several ranges. The caller ends or destroys each stream. */
  open(range?: ByteRange, options?: OpenBlobOptions): Promise<BlobBody>;
}

export interface OpenBlobOptions extends CallOptions {
  /** false: whoever gets the bytes checks them against the digest, so it need not be done on the way. Default true, where it is done at all. */
  readonly verify?: boolean;
}

/** Bytes that can be read again from any place. */
export interface BlobContent {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `offset` to the end. Whoever called ends or destroys the stream. */
  open(offset: number): Promise<Readable>;
}

export interface GetBlobOptions extends CallOptions {
  /** As a descriptor tells it. Another registry is then not asked before `open`, which throws what `get` would have. */
  readonly size?: number | undefined;
}

export interface Blobs {
  /** @throws BLOB_UNKNOWN, NAME_UNKNOWN */
  head(reference: DigestReference, options?: CallOptions): Promise<BlobFacts>;
  /** Looks the blob up; no file is opened before `open`. @throws BLOB_UNKNOWN, NAME_UNKNOWN */
  get(reference: DigestReference, options?: GetBlobOptions): Promise<OpenBlob>;
  /** Starts an upload, or finds the one called `id`. @throws BLOB_UPLOAD_UNKNOWN */
  upload(repository: RepositoryName, options?: UploadOptions): Promise<Upload>;
  /**
   * Uploads a whole blob in the way that suits the registry, and goes on by itself from `content.open(offset)` when the connection
   * breaks. Whether the blob is there already is the caller's question. Absent where `upload` is all there is. @throws DIGEST_INVALID
   */
  put?(reference: DigestReference, content: BlobContent, options?: CallOptions): Promise<BlobFacts>;
  /** Links a blob from `from`, or, when undefined, from any repository that `mayPull` allows. Undefined: not linkable, upload it. */
  mount(
    reference: DigestReference,
    from: RepositoryName | undefined,
    mayPull: (repository: RepositoryName) => boolean,
    options?: CallOptions,
  ): Promise<BlobFacts | undefined>;
  /** @throws BLOB_UNKNOWN, NAME_UNKNOWN, UNSUPPORTED while a manifest of the repository names it */
  delete(reference: DigestReference, options?: CallOptions): Promise<void>;
}

export interface UploadOptions extends CallOptions {
  readonly id?: string;
  /** Whose upload it is: another principal cannot find it. */
  readonly principal?: number;
}

export interface AppendOptions extends CallOptions {
  /** First byte by the client's Content-Range. @throws BLOB_UPLOAD_INVALID unless it is the current size */
  readonly offset?: number;
  /** Bytes the client announced; the append is rolled back and refused when the body has another length. */
  readonly length?: number;
}

export interface Upload {
  /** Unguessable UUID. */
  readonly id: string;
  /** Bytes received so far. */
  readonly size: number;
  /** Appends the stream and returns the new size. A body that breaks off keeps what arrived whole. One writer at a time: @throws CONFLICT, BLOB_UPLOAD_INVALID, STORAGE_FULL */
  append(body: Readable, options?: AppendOptions): Promise<number>;
  /** Ends the upload: durable, verified, linked. @throws DIGEST_INVALID on a mismatch (the upload is gone then) */
  commit(digest: Digest, options?: CallOptions): Promise<BlobFacts>;
  cancel(options?: CallOptions): Promise<void>;
}
