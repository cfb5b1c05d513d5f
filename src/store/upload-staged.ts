// One unfinished upload in the hands of one request: append while hashing, or finish. Offset, bytes and hash agree after every way
// that an append can end.

import type { Readable } from "node:stream";
import { digestAlgorithm, toDigest, type Digest, type DigestAlgorithm } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { AppendOptions } from "../oci/registry.ts";
import type { StagedBlob } from "./blob-store.ts";
import { hashStaged, type HashState, type UploadHashes } from "./upload-hashes.ts";
import type { UploadLease, UploadLeases } from "./upload-leases.ts";

interface Parts {
  readonly id: string;
  readonly staged: StagedBlob;
  readonly leases: UploadLeases;
  readonly hashes: UploadHashes;
}

/** A verified upload whose bytes only await their place. */
export interface VerifiedBytes {
  readonly size: number;
  /** Row and writer token of the upload: whoever links the bytes deletes this row in the same transaction. */
  readonly upload: { readonly id: string; readonly token: string };
  /** Makes the bytes durable and returns their key. */
  store(): Promise<string>;
}

export class StagedUpload {
  readonly id: string;
  readonly #parts: Parts;
  #size: number;

  constructor(parts: Parts, size: number) {
    this.id = parts.id;
    this.#parts = parts;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** The contract of Upload.append (oci/registry.ts). */
  async append(body: Readable, options: AppendOptions = {}): Promise<number> {
    const { id, hashes, leases } = this.#parts;
    const lease = await this.#acquire();
    let state: HashState;
    try {
      state = await this.#append(body, options, lease);
    } catch (error) {
      await this.#letGo(lease);
      throw error;
    }
    await leases.release(lease);
    // Only now is it certain that no other writer took over meanwhile, and that these are the bytes that were hashed.
    hashes.keep(id, state);
    this.#size = state.bytes;
    return this.#size;
  }

  async #append(body: Readable, { offset, length }: AppendOptions, lease: UploadLease): Promise<HashState> {
    const { id, staged, hashes, leases } = this.#parts;
    const at = this.#size;
    if (offset !== undefined && offset !== at) {
      throw new RegistryError("BLOB_UPLOAD_INVALID", {
        message: `the upload stands at ${at} bytes, the chunk starts at ${offset}`,
      });
    }
    const alive = (): Promise<void> => leases.refresh(lease);
    const state = await hashes.take(id, staged, at, alive);
    const before: HashState = { hash: state.hash.copy(), bytes: at };
    try {
      await staged.append(feed(body, state, alive), at, length);
      return state;
    } catch (error) {
      this.#size = await staged.size();
      const left = [state, before].find(({ bytes }) => bytes === this.#size);
      await leases.refresh(lease, { force: true });
      if (left !== undefined) hashes.keep(id, left);
      throw error;
    }
  }

  /**
   * Verifies the bytes and hands them to `link`, which makes them content. @throws DIGEST_INVALID, and the upload is gone then
   */
  async finish<T>(digest: Digest, link: (bytes: VerifiedBytes) => Promise<T>): Promise<T> {
    const { staged, hashes, leases } = this.#parts;
    const lease = await this.#acquire();
    try {
      if ((await this.#digest(digestAlgorithm(digest), lease)) !== digest) {
        await leases.remove(lease);
        await staged.discard();
        throw new RegistryError("DIGEST_INVALID", {
          message: `the ${this.#size} bytes that were uploaded do not have this digest`,
        });
      }
      const upload = { id: this.id, token: lease.token };
      const result = await link({ size: this.#size, upload, store: () => leases.during(lease, () => staged.commit(digest)) });
      leases.forget(lease);
      await staged.discard();
      return result;
    } catch (error) {
      await this.#letGo(lease);
      throw error;
    } finally {
      hashes.forget(this.id);
    }
  }

  /** Removes the upload. @throws CONFLICT while someone writes */
  async cancel(): Promise<void> {
    const lease = await this.#acquire();
    await this.#parts.leases.remove(lease);
    this.#parts.hashes.forget(this.id);
    await this.#parts.staged.discard();
  }

  async #acquire(): Promise<UploadLease> {
    const { id, leases, staged, hashes } = this.#parts;
    const lease = await leases.acquire(id);
    try {
      if (lease.tookOver) {
        hashes.forget(id);
        await leases.during(lease, () => staged.isolate());
      }
      this.#size = await staged.size();
      return lease;
    } catch (error) {
      await this.#letGo(lease);
      throw error;
    }
  }

  /** After a failure: the lease runs out by itself when even this fails, and the first error is the one to tell. */
  async #letGo(lease: UploadLease): Promise<void> {
    await this.#parts.leases.release(lease).catch(() => undefined);
  }

  async #digest(algorithm: DigestAlgorithm, lease: UploadLease): Promise<Digest> {
    const { id, staged, hashes, leases } = this.#parts;
    const alive = (): Promise<void> => leases.refresh(lease);
    if (algorithm === "sha256") return toDigest(algorithm, (await hashes.take(id, staged, this.#size, alive)).hash);
    return toDigest(algorithm, await hashStaged(staged, algorithm, alive));
  }
}

/** Every chunk of the body, hashed; the body itself is left to its owner, who still has an answer to send. */
async function* feed(body: Readable, state: HashState, alive: () => Promise<void>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    await alive();
    state.hash.update(chunk);
    state.bytes += chunk.length;
    yield chunk;
  }
}
