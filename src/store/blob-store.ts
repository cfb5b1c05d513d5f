// Bytes by opaque key: what every blob store promises, on disk or elsewhere. A key is made by `commit` and never used again, so
// removing one can never hit bytes that a later push wrote. Nothing here knows digests from SQL: callers say what they expect.

import type { Readable } from "node:stream";
import type { Digest } from "../oci/digest.ts";
import type { BlobBody, ByteRange } from "../oci/registry.ts";

export interface BlobStore {
  /** Bytes stored under the key, undefined when there are none. */
  stat(key: string): Promise<number | undefined>;
  /**
   * Reads `range` of a blob that must have `size` bytes, all of it by default. The caller ends or destroys the stream.
   * A blob that is gone or has another size is an error before the first byte; a read that comes up short fails the stream.
   */
  open(key: string, size: number, range?: ByteRange): Promise<BlobBody>;
  /** An empty staged blob. `id` is a UUID that was not used before. @throws STORAGE_FULL */
  create(id: string): Promise<StagedBlob>;
  /** The staged blob of an earlier `create`, also of another process; undefined when it was committed or discarded. */
  resume(id: string): Promise<StagedBlob | undefined>;
  /** Removes a blob; one that is gone already is no error. Streams that are open go on. */
  remove(key: string): Promise<void>;
  /** Every blob, in no order. One that comes or goes meanwhile may be missing. */
  list(): AsyncIterable<StoredBlob>;
  /** Every staged blob, in no order. */
  staged(): AsyncIterable<{ readonly id: string; readonly modifiedMs: number }>;
}

export interface StoredBlob {
  readonly key: string;
  readonly size: number;
  /** When the bytes were last written. */
  readonly modifiedMs: number;
}

/** Bytes on their way in. One writer at a time: callers see to it. */
export interface StagedBlob {
  /** @throws BLOB_UPLOAD_UNKNOWN when it was committed or discarded */
  size(): Promise<number>;
  /**
   * Writes the body at the end, which must be `at`, and returns the new size. When the body fails, what it gave stays and its error
   * is thrown; on any other error the end is back at `at`. With `length` a body of another length is refused.
   * @throws STORAGE_FULL, BLOB_UPLOAD_INVALID for the length, CONFLICT when the end is not at `at`
   */
  append(body: AsyncIterable<Uint8Array>, at: number, length?: number): Promise<number>;
  /** All bytes from the start. */
  read(): Promise<Readable>;
  /** Cuts off a writer that may still be alive elsewhere: what it writes from now on goes nowhere. @throws STORAGE_FULL */
  isolate(): Promise<void>;
  /** Makes the bytes durable under a new key. The staged blob is gone then. */
  commit(digest: Digest): Promise<string>;
  /** Removes the staged bytes; gone already is no error. */
  discard(): Promise<void>;
}
