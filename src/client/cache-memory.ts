// A cache in memory, for one process. The order of the map is that of use: the first entry goes first.

import { largestPart, type CacheOptions, type ClientCache } from "./cache.ts";

interface Entry {
  readonly bytes: Uint8Array;
  readonly expiresMs: number;
}

const defaultBytes = 64 * 1024 * 1024;

export function createMemoryCache({ maxBytes = defaultBytes, now = Date.now }: CacheOptions = {}): ClientCache {
  const entries = new Map<string, Entry>();
  let used = 0;
  const sizeOf = (key: string, { bytes }: Pick<Entry, "bytes">): number => key.length + bytes.length;
  const drop = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    used -= sizeOf(key, entry);
  };

  return {
    async get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.expiresMs <= now()) {
        drop(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.bytes;
    },
    async set(key, bytes, { ttlMs = Number.POSITIVE_INFINITY } = {}) {
      drop(key);
      const entry = { bytes, expiresMs: now() + ttlMs };
      if (sizeOf(key, entry) > maxBytes * largestPart) return;
      entries.set(key, entry);
      used += sizeOf(key, entry);
      for (const oldest of entries.keys()) {
        if (used <= maxBytes) break;
        drop(oldest);
      }
    },
    async invalidate(prefix) {
      for (const key of entries.keys()) if (key.startsWith(prefix)) drop(key);
    },
    async close() {
      entries.clear();
      used = 0;
    },
  };
}
