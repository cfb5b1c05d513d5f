// What every cache of the client promises (src/client/cache.ts): run on the one in memory and the one in a file.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CacheOptions, ClientCache } from "../../src/client/cache.ts";

export function clientCacheContract(name: string, open: (options: CacheOptions) => Promise<ClientCache>): void {
  describe(name, () => {
    let cache: ClientCache;
    let nowMs: number;
    const bytes = (text: string): Uint8Array => Buffer.from(text);
    const read = async (key: string): Promise<string | undefined> => {
      const found = await cache.get(key);
      return found && Buffer.from(found).toString();
    };
    beforeEach(async () => {
      nowMs = 1_000_000;
      cache = await open({ maxBytes: 40_000, now: () => nowMs });
    });
    afterEach(() => cache.close());

    test("what was never kept is not there", async () => {
      expect(await cache.get("a")).toBeUndefined();
    });

    test("bytes come back as they were, any of them, also none", async () => {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      await cache.set("all", all);
      await cache.set("none", new Uint8Array());
      expect(Buffer.from((await cache.get("all"))!)).toEqual(Buffer.from(all));
      expect(await read("none")).toBe("");
    });

    test("a key holds the last value that it was given", async () => {
      await cache.set("a", bytes("first"), { ttlMs: 10 });
      await cache.set("a", bytes("second"));
      nowMs += 1000;
      expect(await read("a")).toBe("second");
    });

    test("an entry is there until its time is over, and not at that time", async () => {
      await cache.set("a", bytes("x"), { ttlMs: 100 });
      nowMs += 99;
      expect(await read("a")).toBe("x");
      nowMs += 1;
      expect(await read("a")).toBeUndefined();
    });

    test("without a time to live an entry stays for years", async () => {
      await cache.set("a", bytes("x"));
      nowMs += 10 * 365 * 86_400_000;
      expect(await read("a")).toBe("x");
    });

    test("a prefix takes exactly the keys that start with it", async () => {
      for (const key of ["host\na\ntag\n1", "host\na\ntag\n2", "host\na\ncontent", "host\nab\ntag\n1", "other\na\ntag\n1"]) {
        await cache.set(key, bytes(key));
      }
      await cache.invalidate("host\na\ntag\n");
      expect(await read("host\na\ntag\n1")).toBeUndefined();
      expect(await read("host\na\ntag\n2")).toBeUndefined();
      expect(await read("host\na\ncontent")).toBeDefined();
      expect(await read("host\nab\ntag\n1")).toBeDefined();
      expect(await read("other\na\ntag\n1")).toBeDefined();
    });

    test("a prefix is taken literally: % and _ are characters like any other", async () => {
      await cache.set("a%b", bytes("1"));
      await cache.set("axb", bytes("2"));
      await cache.set("a_c", bytes("3"));
      await cache.invalidate("a%");
      await cache.invalidate("a_");
      expect(await read("axb")).toBe("2");
      expect(await read("a%b")).toBeUndefined();
      expect(await read("a_c")).toBeUndefined();
    });

    test("when it is full, what was not used for longest goes first, and the sum stays within the bound", async () => {
      for (let i = 0; i < 30; i++) {
        nowMs += 120_000;
        await cache.set(`k${i}`, Buffer.alloc(1000, i));
      }
      nowMs += 120_000;
      expect(await cache.get("k0")).toBeDefined();
      for (let i = 30; i < 60; i++) {
        nowMs += 120_000;
        await cache.set(`k${i}`, Buffer.alloc(1000, i));
        if (i % 5 === 0) expect(await cache.get("k0")).toBeDefined();
      }
      const kept: number[] = [];
      for (let i = 1; i < 60; i++) if ((await cache.get(`k${i}`)) !== undefined) kept.push(i);
      expect(kept.length).toBeLessThan(40);
      expect(kept).toContain(59);
      expect(kept).not.toContain(1);
      expect(kept).toEqual(kept.toSorted((a, b) => a - b));
      expect(await cache.get("k0")).toBeDefined();
    });

    test("what would take more than a quarter of the room is not kept, and neither is what it replaces", async () => {
      await cache.set("a", bytes("small"));
      await cache.set("a", Buffer.alloc(10_001));
      expect(await read("a")).toBeUndefined();
      await cache.set("b", Buffer.alloc(9_000));
      expect(await cache.get("b")).toBeDefined();
    });
  });
}
