import { beforeEach, describe, expect, test } from "vitest";
import { pushImage, readAll, tag } from "../../test/contract/pushing.ts";
import { registryContract } from "../../test/contract/registry.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { watchRegistry, type WatchedRegistry } from "../../test/fake/watched-registry.ts";
import { image, index, raw, type Image } from "../../test/image.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import type { ClientCache } from "./cache.ts";
import { createMemoryCache } from "./cache-memory.ts";
import { cacheScope } from "./cache-room.ts";
import { withCache, type CachedRegistry } from "./cached-registry.ts";

registryContract("a registry with a cache", async () => ({
  registry: withCache(createMemoryRegistry(), { cache: createMemoryCache(), scope: "test" }),
  close: async () => undefined,
}));

describe("a registry with a cache", () => {
  const repository = "team/app" as RepositoryName;
  const v1 = { repository, tag: tag("v1") };
  const page = { limit: 100 };
  const first = image({ layers: ["a"] });
  const second = image({ layers: ["b"] });
  let nowMs: number;
  let memory: Registry;
  let watched: WatchedRegistry;
  let cache: ClientCache;
  let cached: CachedRegistry;

  beforeEach(async () => {
    nowMs = 1_000_000;
    memory = createMemoryRegistry();
    await pushImage(memory, repository, first, "v1");
    watched = watchRegistry(memory);
    cache = createMemoryCache({ now: () => nowMs });
    cached = withCache(watched.registry, { cache, scope: "test" });
  });
  const readConfig = async (registry: Registry, { digest }: { digest: Image["digest"] }): Promise<Buffer> =>
    readAll(await (await registry.blobs.get({ repository, digest })).open());

  test("a tag, its manifest and the lists are asked for once in five minutes", async () => {
    for (let i = 0; i < 3; i++) {
      expect((await cached.manifests.get(v1)).bytes).toEqual(first.bytes);
      expect((await cached.manifests.head(v1)).digest).toBe(first.digest);
      expect((await cached.tags(repository, page)).items).toEqual(["v1"]);
      expect((await cached.repositories(page)).items).toEqual([repository]);
    }
    expect(watched.calls).toEqual(["manifests.get team/app:v1", "tags team/app", "repositories"]);
  });

  test("after the time to live a tag is asked for again, the content of its digest is not", async () => {
    await cached.manifests.head(v1);
    await cached.manifests.get(v1);
    nowMs += 5 * 60_000;
    expect((await cached.manifests.head(v1)).digest).toBe(first.digest);
    expect((await cached.manifests.get(v1)).bytes).toEqual(first.bytes);
    expect(watched.calls).toEqual([
      "manifests.head team/app:v1",
      `manifests.get team/app@${first.digest}`,
      "manifests.head team/app:v1",
    ]);
  });

  test("fresh reads never come from the cache, and renew it", async () => {
    await cached.manifests.head(v1);
    await cached.tags(repository, page);
    await pushImage(memory, repository, second, "v1", "v2");
    expect((await cached.manifests.head(v1)).digest).toBe(first.digest);
    expect((await cached.fresh.manifests.head(v1)).digest).toBe(second.digest);
    expect((await cached.fresh.tags(repository, page)).items).toEqual(["v1", "v2"]);
    const asked = watched.count();
    expect((await cached.manifests.head(v1)).digest).toBe(second.digest);
    expect((await cached.tags(repository, page)).items).toEqual(["v1", "v2"]);
    expect(watched.count()).toBe(asked);
    const walked: string[] = [];
    for await (const names of cached.fresh.walkTags(repository)) walked.push(...names);
    expect(walked).toEqual(["v1", "v2"]);
    expect(watched.count()).toBe(asked + 1);
  });

  test("a write through the wrapper makes void what it changed: put, delete by tag, delete by digest", async () => {
    const names = async (): Promise<readonly string[]> => (await cached.tags(repository, page)).items;
    await names();
    await cached.manifests.get(v1);
    await pushImage(cached, repository, second, "v1", "v2");
    expect(await names()).toEqual(["v1", "v2"]);
    expect((await cached.manifests.head(v1)).digest).toBe(second.digest);
    await cached.manifests.delete({ repository, tag: tag("v2") });
    expect(await names()).toEqual(["v1"]);
    await cached.manifests.delete({ repository, digest: second.digest });
    await expect(cached.manifests.head(v1)).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
    await expect(cached.manifests.get({ repository, digest: second.digest })).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });

  test("a write that failed makes void as well, because it may have arrived", async () => {
    await cached.manifests.head(v1);
    await pushImage(memory, repository, second, "v1");
    watched.before = async (call) => {
      if (call.startsWith("manifests.put")) throw new Error("connection lost after sending");
    };
    await expect(cached.manifests.put(v1, second.bytes, second.mediaType)).rejects.toThrow("lost");
    expect((await cached.manifests.head(v1)).digest).toBe(second.digest);
  });

  test("an answer that was on its way during a write is not kept", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    watched.before = async (call) => {
      if (call.startsWith("manifests.head")) await held;
    };
    const before = cached.manifests.head(v1);
    await Promise.resolve();
    await cached.manifests.delete(v1);
    release();
    await before.catch(() => undefined);
    await expect(cached.manifests.head(v1)).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });

  test("that something is not there is asked every time", async () => {
    const missing = { repository, tag: tag("nope") };
    await expect(cached.manifests.get(missing)).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
    expect((await cached.manifests.referrers({ repository, digest: first.digest }, page)).items).toEqual([]);
    const signature = image({ layers: ["s"], subject: first });
    await pushImage(memory, repository, second, "nope");
    await pushImage(memory, repository, signature);
    expect((await cached.manifests.get(missing)).digest).toBe(second.digest);
    expect((await cached.manifests.referrers({ repository, digest: first.digest }, page)).items).toHaveLength(1);
  });

  test("equal requests at the same time are one", async () => {
    const config = first.blobs[0]!;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await Promise.all([cached.manifests.get({ repository, digest: first.digest }), cached.tags(repository, page)]);
      }),
    );
    expect(watched.count()).toBe(2);
    await Promise.all(Array.from({ length: 20 }, () => readConfig(cached, config)));
    await readConfig(cached, config);
    expect(watched.calls.filter((call) => call.startsWith("blobs")).length).toBeLessThanOrEqual(20);
  });

  test("one caller that gives up does not end the request of another; when all have, it ends", async () => {
    const { promise: asked, resolve: wasAsked } = Promise.withResolvers<AbortSignal>();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    watched.before = async (_, signal) => {
      wasAsked(signal!);
      await held;
    };
    const impatient = new AbortController();
    const a = cached.tags(repository, { ...page, signal: impatient.signal });
    const b = cached.tags(repository, page);
    const shared = await asked;
    impatient.abort(new Error("enough"));
    await expect(a).rejects.toThrow("enough");
    expect(shared.aborted).toBe(false);
    release();
    expect((await b).items).toEqual(["v1"]);

    const { promise: askedAgain, resolve: wasAskedAgain } = Promise.withResolvers<AbortSignal>();
    watched.before = async (_, signal) => {
      wasAskedAgain(signal!);
      await new Promise(() => undefined);
    };
    const alone = new AbortController();
    const c = cached.repositories({ ...page, signal: alone.signal });
    const theirs = await askedAgain;
    alone.abort(new Error("nobody waits"));
    await expect(c).rejects.toThrow("nobody waits");
    expect(theirs.aborted).toBe(true);
  });

  test("what one user may see is not served to another, nor across repositories", async () => {
    const config = first.blobs[0]!;
    await cached.manifests.get(v1);
    await readConfig(cached, config);
    const other = withCache(watched.registry, { cache, scope: cacheScope("test", { username: "b", secret: "x" }) });
    const asked = watched.count();
    await other.manifests.get({ repository, digest: first.digest });
    await readConfig(other, config);
    expect(watched.count()).toBe(asked + 2);
    const elsewhere = "team/other" as RepositoryName;
    await expect(cached.manifests.get({ repository: elsewhere, digest: first.digest })).rejects.toMatchObject({
      code: "NAME_UNKNOWN",
    });
    const scopes = [
      cacheScope("a.example"),
      cacheScope("b.example"),
      cacheScope("a.example", { username: "u", secret: "1" }),
      cacheScope("a.example", { username: "u", secret: "2" }),
      cacheScope("a.example", { username: "u1", secret: "" }),
    ];
    expect(new Set(scopes).size).toBe(scopes.length);
    expect(scopes.join()).not.toContain("secret");
  });

  test("a damaged cache never gives wrong bytes, a wrong digest or a wrong list", async () => {
    const kept = new Map<string, Uint8Array>();
    const broken: ClientCache = {
      get: async (key) => {
        const bytes = kept.get(key);
        if (bytes === undefined) return undefined;
        const damaged = Uint8Array.from(bytes);
        damaged[damaged.length - 3]! ^= 1;
        return damaged;
      },
      set: async (key, bytes) => void kept.set(key, bytes),
      invalidate: async (prefix) => {
        for (const key of kept.keys()) if (key.startsWith(prefix)) kept.delete(key);
      },
      close: async () => undefined,
    };
    const registry = withCache(watched.registry, { cache: broken, scope: "test" });
    for (let i = 0; i < 2; i++) {
      expect((await registry.manifests.get(v1)).bytes).toEqual(first.bytes);
      expect((await registry.manifests.get({ repository, digest: first.digest })).bytes).toEqual(first.bytes);
      expect((await registry.tags(repository, page)).items).toEqual(["v1"]);
      const config = first.blobs[0]!;
      expect(await readConfig(registry, config)).toEqual(Buffer.from(config.bytes));
    }
  });

  test("large blobs are not kept, small ones are, and a range of a kept one needs no request", async () => {
    const large = raw("application/octet-stream", Buffer.alloc(4 * 1024 * 1024 + 1, 7));
    const small = first.blobs[1]!;
    await pushImage(memory, repository, { ...first, blobs: [...first.blobs, large] });
    await readConfig(cached, large);
    await readConfig(cached, large);
    expect(watched.count("blobs.get")).toBe(2);
    await readConfig(cached, small);
    const opened = await cached.blobs.get({ repository, digest: small.digest });
    expect(await readAll(await opened.open({ start: 2, end: 5 }))).toEqual(Buffer.from(small.bytes.subarray(2, 6)));
    expect(watched.count("blobs.get")).toBe(3);
  });

  test("bytes that are not those of their digest are refused and not kept", async () => {
    const config = first.blobs[0]!;
    const lying: Registry = {
      ...memory,
      blobs: { ...memory.blobs, get: async (reference) => memory.blobs.get({ ...reference, digest: first.blobs[1]!.digest }) },
    };
    const registry = withCache(lying, { cache, scope: "lying" });
    await expect(readConfig(registry, config)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    await expect(readConfig(registry, config)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  test("an index that is kept is found with its media type", async () => {
    const whole = index([image({ layers: ["x"] }), image({ layers: ["y"], platform: "linux/arm64" })], "docker");
    await pushImage(memory, repository, whole, "multi");
    await cached.manifests.get({ repository, tag: tag("multi") });
    expect(await cached.manifests.get({ repository, digest: whole.digest })).toMatchObject({ mediaType: whole.mediaType });
    expect(await cached.manifests.head({ repository, digest: whole.digest })).toMatchObject({ size: whole.bytes.length });
    expect(watched.count()).toBe(1);
  });
});
