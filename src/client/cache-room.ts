// The part of a cache that belongs to one identity at one registry: its keys, what a write makes void, and equal requests as one.
// A key is scope, repository ("" for the registry itself), kind, name: what changes is of the kind `moving`, and goes by prefix.

import { digestAlgorithm, digestOf, type Digest } from "../oci/digest.ts";
import { createRegistryError } from "../oci/errors.ts";
import type { ClientCache } from "./cache.ts";
import { createFlights } from "./flights.ts";

export interface CacheRoomOptions {
  readonly cache: ClientCache;
  /** Names registry and identity (`cacheScope`): what one user may see is never served to another. */
  readonly scope: string;
  /** Milliseconds for which tags and lists are kept. Default five minutes. */
  readonly ttlMs?: number;
}

const defaultTtlMs = 5 * 60_000;
/** Between the parts of a key; no part holds it. */
const border = "\n";

/** A scope for a registry and who asks it. The secret goes in as a hash only. */
export function cacheScope(host: string, identity: { readonly username?: string; readonly secret?: string } = {}): string {
  const { username = "", secret = "" } = identity;
  const who = username === "" && secret === "" ? "anonymous" : digestOf(JSON.stringify([host, username, secret]));
  return `${host}${border}${who}`;
}

export interface CacheRead<Value> {
  readonly repository: string;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  /** true: ask the registry, and remember the answer. */
  readonly fresh: boolean;
  readonly ask: (signal: AbortSignal) => Promise<Value>;
}

export class CacheRoom {
  readonly #cache: ClientCache;
  readonly #scope: string;
  readonly #ttlMs: number;
  readonly #flights = createFlights();
  /** Counts writes: an answer that was asked for before a write is not kept after it, and nobody new joins its flight. */
  #writes = 0;

  constructor({ cache, scope, ttlMs = defaultTtlMs }: CacheRoomOptions) {
    this.#cache = cache;
    this.#scope = scope;
    this.#ttlMs = ttlMs;
  }

  /** A tag or a list, as JSON. `isWorth`: whether the answer is kept. */
  moving<Value>(read: CacheRead<Value>, isWorth: (value: Value) => boolean): Promise<Value> {
    const key = this.#key(read.repository, "moving", read.key);
    return this.flight(`${read.fresh} ${key}`, read.signal, async (signal) => {
      const kept = read.fresh ? undefined : unseal(await this.#cache.get(key));
      if (kept !== undefined) return JSON.parse(kept) as Value;
      const writes = this.#writes;
      const value = await read.ask(signal);
      if (isWorth(value) && writes === this.#writes) {
        await this.#cache.set(key, seal(JSON.stringify(value)), { ttlMs: this.#ttlMs });
      }
      return value;
    });
  }

  /** Equal questions under way are asked once; never one from before a write and one from after it. */
  flight<Value>(key: string, signal: AbortSignal | undefined, ask: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    return this.#flights.join(`${this.#writes} ${key}`, signal, ask);
  }

  /** Bytes by digest; hashed before they are kept. @throws DIGEST_MISMATCH */
  content(
    repository: string,
    digest: Digest,
    signal: AbortSignal | undefined,
    ask: (signal: AbortSignal) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const key = this.#key(repository, "content", digest);
    return this.flight(key, signal, async (shared) => {
      const kept = await this.keptContent(repository, digest);
      if (kept !== undefined) return kept;
      const writes = this.#writes;
      const bytes = await ask(shared);
      if (!isOf(digest, bytes)) throw createRegistryError("DIGEST_MISMATCH");
      if (writes === this.#writes) await this.keepContent(repository, digest, bytes);
      return bytes;
    });
  }

  async keepContent(repository: string, digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#cache.set(this.#key(repository, "content", digest), bytes);
  }

  /** Undefined: not here, or no longer the bytes of this digest. */
  async keptContent(repository: string, digest: Digest): Promise<Uint8Array | undefined> {
    const key = this.#key(repository, "content", digest);
    const bytes = await this.#cache.get(key);
    if (bytes === undefined || isOf(digest, bytes)) return bytes;
    await this.#cache.invalidate(key);
    return undefined;
  }

  /** Does a write: whatever it may have changed is forgotten, also when it failed, as it may have arrived. */
  async writing<Value>(repository: string, gone: Digest | undefined, write: () => Promise<Value>): Promise<Value> {
    this.#writes++;
    try {
      return await write();
    } finally {
      this.#writes++;
      await this.#cache.invalidate(this.#key(repository, "moving", ""));
      await this.#cache.invalidate(this.#key("", "moving", ""));
      if (gone !== undefined) await this.#cache.invalidate(this.#key(repository, "content", gone));
    }
  }

  #key(repository: string, kind: "moving" | "content", name: string): string {
    return [this.#scope, repository, kind, name].join(border);
  }
}

function isOf(digest: Digest, bytes: Uint8Array): boolean {
  return digestOf(bytes, digestAlgorithm(digest)) === digest;
}

const sealLength = digestOf("").length;

/** With a digest in front, as other content has in its name. */
function seal(text: string): Uint8Array {
  return Buffer.from(digestOf(text) + text);
}

/** Undefined: not there, or damaged. */
function unseal(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const sealed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const text = sealed.slice(sealLength);
  return digestOf(text) === sealed.slice(0, sealLength) ? text : undefined;
}
