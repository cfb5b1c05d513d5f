// Where answers of registries are kept. A cache only saves requests: whatever happens to its storage is a miss, never a failed call,
// and what comes out of it is checked by whoever asked (cached-registry.ts), so that damage never becomes wrong content.

export interface ClientCache {
  /** Undefined: never there, expired, or put out to make room. Never modify. Never rejects. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Kept for `ttlMs` milliseconds, absent: until there is no room. What is too large for the cache is not kept. Never rejects. */
  set(key: string, bytes: Uint8Array, options?: { readonly ttlMs?: number }): Promise<void>;
  /** Drops every key that starts with `prefix`. Never rejects. */
  invalidate(prefix: string): Promise<void>;
  close(): Promise<void>;
}

export interface CacheOptions {
  /** Of all keys and values together. */
  readonly maxBytes?: number;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** A value larger than this part of the cache would put out too many others. */
export const largestPart = 1 / 4;
