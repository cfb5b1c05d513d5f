// How far the hash of an upload got, kept between requests of this process. A state counts only while it covers exactly the staged
// bytes; else, and after a restart, the bytes are read again.

import { createHash, type Hash } from "node:crypto";
import type { DigestAlgorithm } from "../oci/digest.ts";
import type { StagedBlob } from "./blob-store.ts";

export interface HashState {
  readonly hash: Hash;
  /** How many bytes it has seen. */
  bytes: number;
}

export class UploadHashes {
  readonly #states = new Map<string, HashState>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The sha256 state over the first `size` staged bytes; the caller may feed it. It is out of the cache until `keep`. */
  async take(id: string, staged: StagedBlob, size: number, alive: () => Promise<void>): Promise<HashState> {
    const state = this.#states.get(id);
    this.#states.delete(id);
    if (state?.bytes === size) return state;
    if (size === 0) return { hash: createHash("sha256"), bytes: 0 };
    return { hash: await hashStaged(staged, "sha256", alive), bytes: size };
  }

  /** The least recently used state makes room. */
  keep(id: string, state: HashState): void {
    this.#states.set(id, state);
    if (this.#states.size > this.#most) this.#states.delete(this.#states.keys().next().value!);
  }

  forget(id: string): void {
    this.#states.delete(id);
  }
}

/** Reads everything; `alive` is called at every chunk, so that a lease does not run out meanwhile. */
export async function hashStaged(staged: StagedBlob, algorithm: DigestAlgorithm, alive: () => Promise<void>): Promise<Hash> {
  const hash = createHash(algorithm);
  for await (const chunk of (await staged.read()) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    await alive();
  }
  return hash;
}
