import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fillRepositories, fillTags, firstBuiltMs, dayMs, nthImage } from "../../test/fake/many-images.ts";
import { pushImage, tag } from "../../test/contract/pushing.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { watchRegistry, type WatchedRegistry } from "../../test/fake/watched-registry.ts";
import { image } from "../../test/image.ts";
import { createMemoryCache } from "../client/cache-memory.ts";
import { withCache } from "../client/cached-registry.ts";
import { createRegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { createBrowser, type Browser, type BrowserOptions } from "./browser.ts";
import type { RepositoryListRequest } from "./repositories.ts";
import type { TagListRequest } from "./tags.ts";

let nowMs = 1_000_000;
interface Opened {
  readonly browser: Browser;
  readonly watched: WatchedRegistry;
}
function open(registry: Registry, options: Partial<BrowserOptions> = {}): Opened {
  const watched = watchRegistry(registry);
  const cached = withCache(watched.registry, { cache: createMemoryCache({ now: () => nowMs }), scope: "test" });
  return { watched, browser: createBrowser({ registry: cached, now: () => nowMs, ...options }) };
}
beforeEach(() => (nowMs = 1_000_000));

const repository = "team/app" as RepositoryName;
const tagsBy = (sort: string, more: Partial<TagListRequest> = {}): TagListRequest => ({
  repository,
  sort: sort.replace(/^-/, "") as TagListRequest["sort"],
  descending: sort.startsWith("-"),
  limit: 20,
  ...more,
});
const repositoriesBy = (sort: string, more: Partial<RepositoryListRequest> = {}): RepositoryListRequest => ({
  sort: sort.replace(/^-/, "") as RepositoryListRequest["sort"],
  descending: sort.startsWith("-"),
  limit: 20,
  ...more,
});
const namesOf = ({ items }: { readonly items: readonly { readonly name: string }[] }): string[] => items.map(({ name }) => name);

describe("60 repositories of a registry", () => {
  const registry = createMemoryRegistry();
  let all: RepositoryName[];
  beforeAll(async () => {
    all = await fillRepositories(registry, 60);
  });

  test("by offset are that part of the whole list, and cursors lead on from it; behind the end there are none", async () => {
    const { browser } = open(registry);
    const page = await browser.repositories(repositoriesBy("-name", { limit: 7, offset: 30 }));
    const whole = [...all].toSorted().toReversed();
    expect(namesOf(page)).toEqual(whole.slice(30, 37));
    const { nextCursor, prevCursor } = page;
    expect(namesOf(await browser.repositories(repositoriesBy("-name", { limit: 7, cursor: nextCursor })))).toEqual(
      whole.slice(37, 44),
    );
    expect(namesOf(await browser.repositories(repositoriesBy("-name", { limit: 7, cursor: prevCursor })))).toEqual(
      whole.slice(23, 30),
    );
    const behind = await browser.repositories(repositoriesBy("name", { offset: 60 }));
    expect(behind).toMatchObject({ items: [], nextCursor: undefined, prevCursor: undefined });
    await expect(browser.repositories(repositoriesBy("name", { offset: 1, cursor: "x" }))).rejects.toThrow(/not both/);
  });

  test("are listed by name in pages that meet each repository once, forwards and backwards", async () => {
    const { browser } = open(registry);
    const walked: string[] = [];
    let page = await browser.repositories(repositoriesBy("name", { limit: 7, total: true }));
    expect(page.prevCursor).toBeUndefined();
    expect(page.total).toBe(60);
    for (;;) {
      walked.push(...namesOf(page));
      if (page.nextCursor === undefined) break;
      page = await browser.repositories(repositoriesBy("name", { limit: 7, cursor: page.nextCursor }));
    }
    expect(walked).toEqual(all.toSorted());
    const back: string[] = [];
    for (;;) {
      back.unshift(...namesOf(page));
      if (page.prevCursor === undefined) break;
      page = await browser.repositories(repositoriesBy("name", { limit: 7, cursor: page.prevCursor }));
    }
    expect(back).toEqual(walked);
  });

  test("show their number of tags, read only for the page shown", async () => {
    const { browser, watched } = open(registry);
    const { items } = await browser.repositories(repositoriesBy("natural", { limit: 10 }));
    expect(namesOf({ items })).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45].map((n) => `team-0/service-${n}`));
    expect(items.map(({ tags }) => tags)).toEqual([1, 6, 4, 2, 7, 5, 3, 1, 6, 4]);
    expect(
      items.every(({ bytes, builtMs, problem }) => bytes === undefined && builtMs === undefined && problem === undefined),
    ).toBe(true);
    expect(watched.count("repositories")).toBe(1);
    expect(watched.count("tags")).toBe(10);
    expect(watched.count()).toBe(11);
    await browser.repositories(repositoriesBy("natural", { limit: 10 }));
    expect(watched.count()).toBe(11);
  });

  test("are found by any part of their name, whatever the case, with a total", async () => {
    const { browser } = open(registry);
    const page = await browser.repositories(repositoriesBy("natural", { search: "SERVICE-1", total: true, limit: 5 }));
    expect(page.total).toBe(11);
    expect(namesOf(page)).toEqual([
      "team-0/service-10",
      "team-0/service-15",
      "team-1/service-1",
      "team-1/service-11",
      "team-1/service-16",
    ]);
    expect(namesOf(await browser.repositories(repositoriesBy("name", { search: "nothing like it" })))).toEqual([]);
  });

  test("sort by number of tags, size and date of their newest image, both ways", async () => {
    const { browser } = open(registry);
    const expected = all.map((name, r) => {
      const newest = Math.max(...Array.from({ length: (r % 7) + 1 }, (_, t) => (r * 3 + t) % 120));
      return { name, tags: (r % 7) + 1, builtMs: firstBuiltMs + newest * dayMs };
    });
    for (const field of ["tags", "builtMs"] as const) {
      for (const sign of [1, -1]) {
        const sort = `${sign < 0 ? "-" : ""}${field === "tags" ? "tags" : "builtAt"}`;
        const wanted = expected
          .toSorted((a, b) => sign * (a[field] - b[field] || (a.name < b.name ? -1 : 1)))
          .map(({ name }) => name);
        expect(namesOf(await browser.repositories(repositoriesBy(sort, { limit: 60 }))), sort).toEqual(wanted);
      }
    }
    const bySize = await browser.repositories(repositoriesBy("-bytes", { limit: 60 }));
    const sizes = bySize.items.map(({ bytes }) => bytes!);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });

  test("an order that needs to read too much is refused with a sentence that says what to do", async () => {
    const { browser, watched } = open(registry, { maxRead: 50 });
    await expect(browser.repositories(repositoriesBy("-tags"))).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringMatching(/sorting by tags needs to read all 60 repositories, and at most 50 .* search/),
    });
    expect(watched.count()).toBe(1);
    expect(namesOf(await browser.repositories(repositoriesBy("-tags", { search: "service-1" })))).toHaveLength(11);
  });

  test("a layer that two images of a repository share counts once in its size", async () => {
    const shared = createMemoryRegistry();
    const [a, b] = [image({ layers: ["base", "a"] }), image({ layers: ["base", "b"] })];
    await pushImage(shared, repository, a, "a", "also-a");
    await pushImage(shared, repository, b, "b");
    const sizes = new Map([a, b, ...a.blobs, ...b.blobs].map(({ digest, bytes }) => [digest, bytes.length]));
    const { items } = await open(shared).browser.repositories(repositoriesBy("bytes"));
    expect(items[0]!.bytes).toBe([...sizes.values()].reduce((sum, size) => sum + size, 0));
  });
});

describe("a registry that does not list its repositories", () => {
  test("shows those that were named, and says why", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, "library/nginx" as RepositoryName, 2);
    const { browser, watched } = open(registry, {
      profile: { noCatalog: "Docker Hub does not list repositories", defaultNamespace: "library" },
      names: ["library/redis", "library/nginx"],
    });
    const page = await browser.repositories(repositoriesBy("name", { total: true }));
    expect(page.items.map(({ name, tags }) => [name, tags])).toEqual([
      ["library/nginx", 2],
      ["library/redis", undefined],
    ]);
    expect(page.items[1]!.problem).toMatch(/not known/);
    expect(watched.count("repositories")).toBe(0);
    expect(browser.capabilities().catalog).toBe("Docker Hub does not list repositories");
    expect(browser.repositoryName("nginx")).toBe("library/nginx");
    expect(browser.repositoryName("grafana/grafana")).toBe("grafana/grafana");
  });

  test("is found out by its answer, and not asked again for ten minutes", async () => {
    const { browser, watched } = open(createMemoryRegistry());
    watched.before = async (call) => {
      if (call === "repositories") throw createRegistryError("UNSUPPORTED", { message: "this host forbids the catalog" });
    };
    expect(browser.capabilities().catalog).toBe("ok");
    expect((await browser.repositories(repositoriesBy("name"))).items).toEqual([]);
    expect(browser.capabilities().catalog).toBe("this host forbids the catalog");
    await browser.repositories(repositoriesBy("name"));
    expect(watched.count()).toBe(1);
    nowMs += 11 * 60_000;
    await browser.repositories(repositoriesBy("name"));
    expect(watched.count()).toBe(2);
  });

  test("refusing our credentials is an error, unless names stand in", async () => {
    const refuse = async (): Promise<never> => {
      throw createRegistryError("UNAUTHORIZED", { message: "the password is wrong" });
    };
    const without = open(createMemoryRegistry());
    without.watched.before = refuse;
    await expect(without.browser.repositories(repositoriesBy("name"))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    const withNames = open(createMemoryRegistry(), { names: ["a/b"] });
    withNames.watched.before = refuse;
    const { items } = await withNames.browser.repositories(repositoriesBy("name"));
    expect(items).toMatchObject([{ name: "a/b", tags: undefined, problem: "the password is wrong" }]);
  });
});

describe("1,000 tags of a repository", () => {
  const registry = createMemoryRegistry();
  beforeAll(() => fillTags(registry, repository, 1000));

  test("by name: only the rows of the page are read, three requests each when cold, none when warm", async () => {
    const { browser, watched } = open(registry);
    const page = await browser.tags(tagsBy("version", { limit: 50, total: true }));
    expect(namesOf(page)).toEqual(Array.from({ length: 50 }, (_, n) => `1.0.${n}`));
    expect(page.total).toBe(1000);
    const expected = nthImage(7);
    expect(page.items[7]).toEqual({
      name: "1.0.7",
      digest: expected.digest,
      mediaType: expected.mediaType,
      artifactType: undefined,
      subject: undefined,
      platforms: ["linux/amd64"],
      bytes: expected.bytes.length + expected.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0),
      builtMs: firstBuiltMs + 7 * dayMs,
      problem: undefined,
    });
    expect(watched.count("tags")).toBe(1);
    expect(watched.count("manifests.head")).toBe(50);
    expect(watched.count("manifests.get")).toBe(50);
    expect(watched.count("blobs.get")).toBe(50);
    expect(watched.count()).toBe(151);
    await browser.tags(tagsBy("version", { limit: 50, total: true }));
    await browser.tags(tagsBy("-version", { limit: 1 }));
    expect(watched.count()).toBe(154);
  });

  test("all of them with platforms and sizes: at most three requests a tag, eight rows at once; warm: none", async () => {
    const { browser, watched } = open(registry);
    const page = await browser.tags(tagsBy("name", { limit: 1000 }));
    expect(page.items.every(({ bytes, platforms }) => bytes !== undefined && platforms?.length === 1)).toBe(true);
    expect(watched.count()).toBe(1 + 3 * 1000);
    expect(watched.mostAtOnce).toBeLessThanOrEqual(8);
    await browser.tags(tagsBy("name", { limit: 1000 }));
    expect(watched.count()).toBe(3001);
  });

  test("after the time to live the tags are asked for again, but no content", async () => {
    const { browser, watched } = open(registry);
    await browser.tags(tagsBy("name", { limit: 50 }));
    nowMs += 10 * 60_000;
    watched.calls.length = 0;
    await browser.tags(tagsBy("name", { limit: 50 }));
    expect(watched.count("manifests.head")).toBe(50);
    expect(watched.count()).toBe(51);
  });

  test("by date and by size: everything is read once, then paged without a request", async () => {
    const { browser, watched } = open(registry);
    const newest = await browser.tags(tagsBy("-builtAt", { limit: 3 }));
    expect(namesOf(newest)).toEqual(["1.0.999", "1.0.998", "1.0.997"]);
    expect(watched.count()).toBe(3001);
    const next = await browser.tags(tagsBy("-builtAt", { limit: 3, cursor: newest.nextCursor }));
    expect(namesOf(next)).toEqual(["1.0.996", "1.0.995", "1.0.994"]);
    expect(namesOf(await browser.tags(tagsBy("bytes", { limit: 2 })))).toEqual(["1.0.0", "1.0.1"]);
    const digests = (await browser.tags(tagsBy("digest", { limit: 1000 }))).items.map(({ digest }) => digest!);
    expect(digests).toEqual(digests.toSorted());
    expect(watched.count()).toBe(3001);
  });

  test("by digest only digests are read, and the rest for the page", async () => {
    const { browser, watched } = open(registry);
    const { items } = await browser.tags(tagsBy("digest", { limit: 10 }));
    expect(items.every(({ bytes }) => bytes !== undefined)).toBe(true);
    expect(watched.count("manifests.head")).toBe(1000);
    expect(watched.count()).toBe(1001 + 2 * 10);
  });

  test("beyond the bound an order by size is refused, and a search brings it back", async () => {
    const { browser, watched } = open(registry, { maxRead: 200 });
    await expect(browser.tags(tagsBy("-bytes"))).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringMatching(/all 1000 tags/),
    });
    expect(watched.count()).toBe(1);
    expect(namesOf(await browser.tags(tagsBy("-bytes", { search: "1.0.12", limit: 2 })))).toEqual(["1.0.129", "1.0.128"]);
  });

  test("searching reads nothing but the page", async () => {
    const { browser, watched } = open(registry);
    const page = await browser.tags(tagsBy("natural", { search: ".99", total: true }));
    expect(namesOf(page)).toEqual(["1.0.99", ...Array.from({ length: 10 }, (_, n) => `1.0.99${n}`)]);
    expect(page.total).toBe(11);
    expect(watched.count()).toBe(1 + 3 * 11);
  });

  test("fifty people who ask the same at once cost as much as one", async () => {
    const { browser, watched } = open(registry);
    await Promise.all(Array.from({ length: 50 }, () => browser.tags(tagsBy("name", { limit: 30 }))));
    expect(watched.count()).toBe(91);
  });
});

describe("pages of tags", () => {
  test("a page is not shifted by tags that come and go elsewhere", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 60);
    const { browser } = open(registry);
    const first = await browser.tags(tagsBy("version", { limit: 20 }));
    await registry.manifests.delete({ repository, tag: tag("1.0.19") });
    await registry.manifests.delete({ repository, tag: tag("1.0.3") });
    await pushImage(registry, repository, nthImage(1), "1.0.10-rc.1", "1.0.25-rc.1");
    nowMs += 10 * 60_000;
    const second = await browser.tags(tagsBy("version", { limit: 20, cursor: first.nextCursor }));
    expect(namesOf(second).slice(0, 7)).toEqual(["1.0.20", "1.0.21", "1.0.22", "1.0.23", "1.0.24", "1.0.25-rc.1", "1.0.25"]);
    const back = await browser.tags(tagsBy("version", { limit: 5, cursor: second.prevCursor }));
    expect(namesOf(back)).toEqual(["1.0.14", "1.0.15", "1.0.16", "1.0.17", "1.0.18"]);
  });

  test("an empty page is left again through the cursor that led to it", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 4);
    const { browser } = open(registry);
    const first = await browser.tags(tagsBy("name", { limit: 3 }));
    await registry.manifests.delete({ repository, tag: tag("1.0.3") });
    nowMs += 10 * 60_000;
    const empty = await browser.tags(tagsBy("name", { limit: 3, cursor: first.nextCursor }));
    expect(empty).toMatchObject({ items: [], nextCursor: undefined });
    expect(namesOf(await browser.tags(tagsBy("name", { limit: 3, cursor: empty.prevCursor })))).toEqual([
      "1.0.0",
      "1.0.1",
      "1.0.2",
    ]);
  });

  test("a cursor of another sort or of nothing at all is refused", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 4);
    const { browser } = open(registry);
    const { nextCursor } = await browser.tags(tagsBy("name", { limit: 1 }));
    for (const cursor of [nextCursor, "bm8", "", "{}"]) {
      await expect(browser.tags(tagsBy("-bytes", { cursor }))).rejects.toMatchObject({ code: "PAGE_INVALID" });
    }
    await expect(browser.tags(tagsBy("-name", { cursor: nextCursor }))).rejects.toMatchObject({ code: "PAGE_INVALID" });
  });
});

describe("what cannot be read", () => {
  const platforms = ["linux/amd64", "linux/arm64"];

  test("an index costs its children once, and shows its platforms, size and date", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 3, platforms);
    const { browser, watched } = open(registry);
    const { items } = await browser.tags(tagsBy("name"));
    const whole = nthImage(2, platforms);
    const parts = [whole, ...whole.children.flatMap((child) => [child, ...child.blobs])];
    expect(items[2]).toMatchObject({
      platforms,
      bytes: parts.reduce((sum, { bytes }) => sum + bytes.length, 0),
      builtMs: firstBuiltMs + 2 * dayMs,
      problem: undefined,
    });
    expect(watched.count()).toBe(1 + 3 * (1 + 1 + 2 + 1));
  });

  test("a filter by platform lets through what is for it", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 3);
    await pushImage(registry, repository, nthImage(9, platforms), "multi");
    const page = await open(registry).browser.tags(tagsBy("-version", { platform: "linux/arm64", total: true }));
    expect(namesOf(page)).toEqual(["multi"]);
    expect(page.total).toBe(1);
  });

  test("one broken manifest spoils its own row, wherever it is broken", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 6, platforms);
    const broken = nthImage(3, platforms);
    const { browser, watched } = open(registry);
    watched.before = async (call) => {
      if (call === "manifests.head team/app:1.0.1") throw createRegistryError("PROTOCOL_VIOLATED", { message: "an HTML page" });
      if (call.includes(nthImage(2, platforms).digest)) throw createRegistryError("DIGEST_MISMATCH");
      if (call.includes(broken.children[1]!.digest)) throw createRegistryError("MANIFEST_UNKNOWN");
    };
    const { items } = await browser.tags(tagsBy("name"));
    expect(items.map(({ problem }) => problem === undefined)).toEqual([true, false, false, false, true, true]);
    expect(items[1]).toMatchObject({ digest: undefined, bytes: undefined, problem: "an HTML page" });
    expect(items[2]).toMatchObject({ digest: nthImage(2, platforms).digest, bytes: undefined });
    expect(items[3]).toMatchObject({ platforms, bytes: undefined, builtMs: firstBuiltMs + 3 * dayMs });
    expect(items[3]!.problem).toContain("linux/arm64");
    const bySize = await browser.tags(tagsBy("-bytes"));
    expect(namesOf(bySize)).toEqual(["1.0.5", "1.0.4", "1.0.0", "1.0.3", "1.0.2", "1.0.1"]);
    watched.before = async () => undefined;
    expect((await browser.tags(tagsBy("name"))).items.every(({ problem }) => problem === undefined)).toBe(true);
  });

  test("bytes that are no manifest and a config that is no JSON spoil only what they would tell", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 2);
    const lying: Registry = {
      ...registry,
      manifests: {
        ...registry.manifests,
        get: async (reference, options) => {
          const stored = await registry.manifests.get(reference, options);
          return stored.digest === nthImage(0).digest ? { ...stored, bytes: Buffer.from("<html>") } : stored;
        },
      },
      blobs: {
        ...registry.blobs,
        get: async (reference) => {
          const { Readable } = await import("node:stream");
          return { ...reference, size: 5, open: async () => Readable.from([Buffer.from("not {")], { objectMode: false }) };
        },
      },
    };
    const browser = createBrowser({ registry: lying, now: () => nowMs });
    const { items } = await browser.tags(tagsBy("name"));
    expect(items[0]!.problem).toMatch(/JSON/);
    expect(items[1]).toMatchObject({ platforms: [], builtMs: undefined, problem: undefined });
    expect(items[1]!.bytes).toBeGreaterThan(0);
  });

  test("a rate limit is met once, and every further row says so", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 60);
    const { browser, watched } = open(registry, { concurrency: 4 });
    watched.before = async (call) => {
      if (call.startsWith("manifests."))
        throw createRegistryError("TOOMANYREQUESTS", { message: "100 pulls in 6 hours are used up" });
    };
    const { items } = await browser.tags(tagsBy("name", { limit: 60 }));
    expect(items.every(({ problem }) => problem === "100 pulls in 6 hours are used up")).toBe(true);
    expect(watched.count("manifests")).toBeLessThanOrEqual(4);
  });

  test("at the deadline a page shows what was read by then; an order that needs all of it says so", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 10);
    const { browser, watched } = open(registry, { deadlineMs: 150, concurrency: 2 });
    watched.before = async (call) => {
      if (call === "manifests.head team/app:1.0.4") await new Promise(() => undefined);
    };
    const { items } = await browser.tags(tagsBy("name"));
    expect(items.filter(({ problem }) => problem === undefined).length).toBe(9);
    expect(items[4]!.problem).toMatch(/not read in time/);
    await expect(browser.tags(tagsBy("-bytes"))).rejects.toMatchObject({ code: "TIMEOUT", status: 504 });
  });

  test("names that are none are left out, and so are names that come twice", async () => {
    const registry = createMemoryRegistry();
    await fillTags(registry, repository, 2);
    const odd = ["1.0.1", "1.0.0", "1.0.0", "", "-x", "a b", "\u001b[31m", "x".repeat(129)];
    const noisy: Registry = { ...registry, tags: async () => ({ items: odd as never, more: false }) };
    const browser = createBrowser({ registry: noisy, now: () => nowMs });
    expect(namesOf(await browser.tags(tagsBy("name")))).toEqual(["1.0.0", "1.0.1"]);
  });

  test("an unknown repository is the error of the registry", async () => {
    const { browser } = open(createMemoryRegistry());
    await expect(browser.tags(tagsBy("name"))).rejects.toMatchObject({ code: "NAME_UNKNOWN" });
  });
});

describe("one manifest", () => {
  test("comes with its parts, which of its children are there, and what refers to it", async () => {
    const registry = createMemoryRegistry();
    const whole = nthImage(1, ["linux/amd64", "linux/arm64"]);
    await pushImage(registry, repository, whole, "v1");
    await pushImage(
      registry,
      repository,
      image({ layers: ["sig"], artifactType: "application/vnd.example.sig", subject: whole }),
    );
    const { browser, watched } = open(registry);
    const gone = whole.children[1]!.digest;
    watched.before = async (call) => {
      if (call === `manifests.get team/app@${gone}`) throw createRegistryError("MANIFEST_UNKNOWN");
    };
    const found = await browser.manifest({ repository, digest: whole.digest });
    expect(found.bytes).toEqual(whole.bytes);
    expect(found.parsed.children.map(({ digest }) => found.children.get(digest))).toEqual([true, false]);
    expect(found.referrers).toMatchObject({ items: [{ artifactType: "application/vnd.example.sig" }], more: false });
    await expect(browser.manifest({ repository, digest: nthImage(50).digest })).rejects.toMatchObject({
      code: "MANIFEST_UNKNOWN",
    });
  });
});
