import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { pushImage } from "../../test/contract/pushing.ts";
import { fillTags, nthImage } from "../../test/fake/many-images.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { watchRegistry } from "../../test/fake/watched-registry.ts";
import { image, index } from "../../test/image.ts";
import { createMemoryCache } from "../client/cache-memory.ts";
import { withCache } from "../client/cached-registry.ts";
import type { Walks } from "../client/walks.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { createBrowser, type Browser, type BrowserOptions } from "./browser.ts";

const repository = "team/app" as RepositoryName;
const now = (): number => 1_000_000;
const by = { sort: "name", descending: false, limit: 20 } as const;

function openCached(registry: Registry & Partial<Walks>, options: Partial<BrowserOptions> = {}): Browser {
  return createBrowser({
    registry: withCache(registry, { cache: createMemoryCache({ now }), scope: "hostile" }),
    now,
    ...options,
  });
}

/** Pages of 1,000 new names, for ever; counts them. */
function endless(prefix: string): { pages: () => AsyncGenerator<never[]>; asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    async *pages() {
      for (;;) {
        asked++;
        yield Array.from({ length: 1000 }, (_, n) => `${prefix}${asked}-${n}` as never);
      }
    },
  };
}

describe("a registry that means us no good", () => {
  test("tags without end are refused at the bound, and another repository is shown all the same", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 3);
    const tags = endless("v");
    const walkTags: Walks["walkTags"] = (name, options) =>
      name === repository
        ? (async function* one() {
            yield (await registry.tags(name, { limit: 100, ...options })).items;
          })()
        : tags.pages();
    const plain = createBrowser({ registry: { ...registry, walkTags }, now });
    const refused = { code: "UNSUPPORTED", message: expect.stringContaining("more than 250000 names") };
    await expect(plain.tags({ ...by, repository: "team/endless" as RepositoryName })).rejects.toMatchObject(refused);
    expect(tags.asked()).toBeLessThanOrEqual(251);
    expect((await plain.tags({ ...by, repository })).items).toHaveLength(3);
  });

  test("a catalog without end is given up before it fills the memory, and those that were named stand in for it", async () => {
    const catalog = endless(`${"x".repeat(200)}/`);
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 2);
    const browser = openCached({ ...registry, walkRepositories: catalog.pages }, { names: [repository] });
    expect((await browser.repositories(by)).items).toMatchObject([{ name: repository, tags: 2 }]);
    expect(browser.capabilities().catalog).toMatch(/longer than what is kept/);
    const asked = catalog.asked();
    expect(asked).toBeLessThan(200);
    await browser.repositories(by);
    expect(catalog.asked()).toBe(asked);
  });

  test("a catalog whose next page never comes ends at the deadline, and nobody goes on reading it", async () => {
    let ended: AbortSignal | undefined;
    const browser = openCached(
      {
        ...createMemoryRegistry(),
        async *walkRepositories({ signal } = {}) {
          ended = signal;
          yield ["a/b" as RepositoryName];
          await new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason as Error)));
        },
      },
      { deadlineMs: 100 },
    );
    await expect(browser.repositories(by)).rejects.toMatchObject({ code: "TIMEOUT", status: 504 });
    expect(ended?.aborted).toBe(true);
  });

  test("an index with hundreds of children and an image with thousands of layers are told, not summed up, and cost no more", async () => {
    const children = Array.from({ length: 65 }, (_, n) => nthImage(n));
    const wide = index(children);
    const deep = image({ layers: Array.from({ length: 1001 }, (_, n) => `layer-${n}`), layerBytes: 4 });
    const registry = createMemoryRegistry();
    await pushImage(registry, repository, nthImage(1), "a-good-one");
    await pushImage(registry, repository, wide, "wide");
    await pushImage(registry, repository, deep, "deep");
    const watched = watchRegistry(registry);
    const { items } = await openCached(watched.registry).tags({ ...by, repository });
    expect(items.map(({ name, bytes, problem }) => [name, bytes === undefined, problem])).toEqual([
      ["a-good-one", false, undefined],
      ["deep", true, "the image has 1001 layers; the size is summed up for at most 1000"],
      ["wide", true, "the index has 65 children; the size is summed up for at most 64"],
    ]);
    expect(watched.count()).toBe(1 + 3 + 3 + 2);
  });

  test("sizes that no disk has are no number at all", async () => {
    const registry = createMemoryRegistry();
    await pushImage(registry, repository, nthImage(1), "v1");
    const claimed = changed(registry, (text) => text.replaceAll(/"size":\d+/g, `"size":${Number.MAX_SAFE_INTEGER}`));
    const { items } = await createBrowser({ registry: claimed, now }).tags({ ...by, repository });
    expect(items[0]).toMatchObject({ name: "v1", bytes: undefined });
  });

  test("a config without end is left at what it may have", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 1);
    let sent = 0;
    const flooding: Registry = {
      ...registry,
      blobs: {
        ...registry.blobs,
        get: async (reference) => ({
          ...reference,
          size: 100,
          open: async () =>
            Readable.from(
              (function* flood() {
                for (;;) {
                  sent += 65_536;
                  yield Buffer.alloc(65_536, 0x20);
                }
              })(),
              { objectMode: false },
            ),
        }),
      },
    };
    const { items } = await createBrowser({ registry: flooding, now }).tags({ ...by, repository });
    expect(items[0]).toMatchObject({ platforms: [], problem: "the config is larger than it claims" });
    expect(sent).toBeLessThan(6 * 1024 * 1024);
  });
});

function changed(registry: Registry, change: (manifest: string) => string): Registry {
  return {
    ...registry,
    manifests: {
      ...registry.manifests,
      async get(reference, options) {
        const stored = await registry.manifests.get(reference, options);
        return { ...stored, bytes: Buffer.from(change(Buffer.from(stored.bytes).toString())) };
      },
    },
  };
}
