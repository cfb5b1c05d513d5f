// Lists of other registries (research 1.9): over the fake registry with one bad manner each, and over servers of a few lines.

import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { clientOver, collect, type ClientOver } from "../../test/client-over.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import type { MannerName } from "../../test/fake/manners.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { image } from "../../test/image.ts";
import { exchangeWith, serveHttp, type Served } from "../../test/wire-servers.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { standard } from "./host-profile.ts";
import type { Operations } from "./operation.ts";
import { maxPageBytes, walkPages, type RemoteList } from "./paging.ts";

const repository = "team/app" as RepositoryName;
const tags = ["1.0", "1.1", "1.10", "1.2", "Beta", "_x", "alpha", "edge", "latest", "nightly"];

const registry = createMemoryRegistry();
await pushImage(registry, repository, image(), ...tags);
for (const name of ["a", "b/c", "b/d", "e", "f/g/h"]) await pushImage(registry, name as RepositoryName, image(), "v1");
const repositories = ["a", "b/c", "b/d", "e", "f/g/h", "team/app"];

interface Misbehaved extends ClientOver {
  readonly fake: FakeRegistry;
  /** Queries of the requests so far. */
  readonly queries: () => string[];
}

async function misbehaving(...manners: MannerName[]): Promise<Misbehaved> {
  const fake = await startFakeRegistry({ registry, manners });
  const over = clientOver(fake.url);
  return {
    ...over,
    fake,
    queries: () => fake.requests.map(({ query }) => query),
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

/** Pages by their query; `link` is the query of the next one. */
const servePages = (pages: Readonly<Record<string, { tags?: unknown; link?: string }>>): Promise<Served & { asked: string[] }> =>
  serveWith((asked) => pages[asked]);

async function serveWith(
  page: (query: string) => { tags?: unknown; link?: string } | undefined,
): Promise<Served & { asked: string[] }> {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    const [path, query = ""] = request.url!.split("?", 2);
    asked.push(query);
    const { link, ...body } = page(query) ?? { tags: ["not asked for"] };
    if (link !== undefined) response.setHeader("link", `<${path}?${link}>; rel="next"`);
    response.end(JSON.stringify({ name: repository, ...body }));
  };
  return { ...(await serveHttp(listener)), asked };
}

describe("following pages (1.9)", () => {
  it.each([
    "small-pages",
    "link-absolute",
    "link-unquoted",
    "link-wrong-path",
    "link-odd-path",
    "link-elsewhere",
    "opaque-page-token",
  ] as const)("every tag is found once where the registry does %s", async (manner) => {
    await using over = await misbehaving("small-pages", manner);
    expect(await collect(over.client.walkTags(repository))).toEqual(tags);
    expect(over.queries()).toHaveLength(4);
    expect(over.warnings).toEqual([]);
  });

  it("repositories are walked in the same way", async () => {
    await using over = await misbehaving("small-pages", "link-wrong-path");
    expect(await collect(over.client.walkRepositories())).toEqual(repositories);
  });

  it("every parameter of the Link comes back letter for letter", async () => {
    const token = "next_page=gAAA%3D~a+b%2Fc&n=2&x";
    await using served = await servePages({ "": { tags: ["a", "b"], link: token }, [token]: { tags: ["c"] } });
    await using over = clientOver(served.url);
    expect(await collect(over.client.walkTags(repository))).toEqual(["a", "b", "c"]);
    expect(served.asked).toEqual(["", token]);
  });

  it("no page is asked for at another host, whatever the Link says", async () => {
    let strayed = 0;
    await using elsewhere = await serveHttp((_request, response) => {
      strayed++;
      response.end('{"tags":["stolen"]}');
    });
    await using served = await serveHttp((request, response) => {
      if (request.url!.endsWith("?last=a")) return void response.end('{"tags":["b"]}');
      response.setHeader("link", `<${elsewhere.url.origin}${request.url}?last=a>; rel="next"`);
      response.end('{"tags":["a"]}');
    });
    await using over = clientOver(served.url);
    expect(await collect(over.client.walkTags(repository))).toEqual(["a", "b"]);
    expect(strayed).toBe(0);
  });

  it("n is sent only when the caller bounds the page, and never above 1,000", async () => {
    await using over = await misbehaving("n-above-1000-refused");
    await collect(over.client.walkTags(repository));
    expect(over.queries()).toEqual([""]);
    expect(await over.client.tags(repository, { limit: 5000 })).toEqual({ items: tags, more: false });
    expect(over.queries()[1]).toBe("n=1000");
  });

  it("lists are not asked for with the Accept of a manifest", async () => {
    await using over = await misbehaving("tags-406-with-manifest-accept");
    expect(await collect(over.client.walkTags(repository))).toEqual(tags);
    expect(over.fake.requests[0]?.headers["accept"]).toBe("application/json");
  });
});

describe("the end of a list (1.9)", () => {
  it("a registry that ignores n and gives everything without a Link is done after one request", async () => {
    await using over = await misbehaving("ignores-n");
    expect(await over.client.tags(repository, { limit: 3 })).toEqual({ items: tags.slice(0, 3), more: true });
    expect(over.queries()).toHaveLength(1);
  });

  it("a page of exactly n items without a Link is followed by one more question, with last", async () => {
    const all = Array.from({ length: 1500 }, (_, i) => `t${String(i).padStart(4, "0")}`);
    await using served = await serveWith((query) => {
      const { n, last = "" } = Object.fromEntries(new URLSearchParams(query));
      return { tags: all.filter((tag) => tag > last).slice(0, Number(n ?? 2000)) };
    });
    await using over = clientOver(served.url);
    expect((await over.client.tags(repository, { limit: 1200 })).items).toEqual(all.slice(0, 1200));
    expect(served.asked).toEqual(["n=1000", "n=1000&last=t0999"]);
  });

  it("when that question brings the same first item again, everything was told before", async () => {
    const all = Array.from({ length: 1000 }, (_, i) => `t${String(i).padStart(4, "0")}`);
    await using served = await serveWith(() => ({ tags: all }));
    await using over = clientOver(served.url);
    expect(await over.client.tags(repository, { limit: 2000 })).toEqual({ items: all, more: false });
    expect(served.asked).toEqual(["n=1000", "n=1000&last=t0999"]);
    expect(over.warnings).toEqual([]);
  });

  it("a Link in a circle ends the list with a warning", async () => {
    await using over = await misbehaving("small-pages", "link-loops");
    expect(await collect(over.client.walkTags(repository))).toEqual(tags);
    expect(over.warnings).toEqual([
      expect.stringMatching(/^\/v2\/team\/app\/tags\/list: the link to the next page leads to one/),
    ]);
  });

  it("a Link to the page that it is on ends the list with a warning", async () => {
    await using served = await servePages({ "": { tags: ["a"], link: "last=a" }, "last=a": { tags: ["b"], link: "last=a" } });
    await using over = clientOver(served.url);
    expect(await collect(over.client.walkTags(repository))).toEqual(["a", "b"]);
    expect(served.asked).toEqual(["", "last=a"]);
    expect(over.warnings).toHaveLength(1);
  });

  it("pages that repeat under ever new Links end the list with a warning", async () => {
    let page = 0;
    await using served = await serveWith(() => ({ tags: ["a", "b"], link: `token=${++page}` }));
    await using over = clientOver(served.url);
    expect(await collect(over.client.walkTags(repository))).toEqual(["a", "b"]);
    expect(over.warnings).toHaveLength(1);
  });

  it("a list without end is an error after the page cap (10,000), never a list cut off in silence", async () => {
    let page = 0;
    await using served = await serveWith(() => ({ tags: [`t${++page}`], link: `token=${page}` }));
    await using exchange = exchangeWith(served.url);
    const operations: Operations = {
      send: exchange.send,
      profile: standard,
      warn: () => undefined,
      now: exchange.clock.now,
      nonce: () => "",
      maxRetries: 0,
      pause: async () => undefined,
    };
    const list: RemoteList<string> = {
      path: "/v2/team/app/tags/list",
      scopes: [],
      accept: "application/json",
      keyOf: String,
      read: (body) => ({ raw: [], items: (body as { tags: string[] }).tags }),
    };
    let read = 0;
    const walk = async (): Promise<void> => {
      for await (const each of walkPages(operations, list, { maxPages: 40 })) read += each.length;
    };
    await expect(walk()).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED", message: expect.stringContaining("incomplete") });
    expect(read).toBe(40);
  });

  it("whoever stops walking asks for no further page", async () => {
    await using over = await misbehaving("small-pages");
    for await (const page of over.client.walkTags(repository)) if (page.includes(tags[0] as never)) break;
    expect(over.queries()).toHaveLength(1);
  });
});

describe("what a page holds (1.9)", () => {
  it.each([
    ["null", { tags: null }],
    ["an empty list", { tags: [] }],
  ])("tags that are %s are none", async (_what, page) => {
    await using served = await servePages({ "": page });
    await using over = clientOver(served.url);
    expect(await collect(over.client.walkTags(repository))).toEqual([]);
  });

  it.each(["empty-tag-names", "digest-like-tags", "tags-with-manifest-map", "null-tags"] as const)(
    "%s: only what is a tag is one",
    async (manner) => {
      await using over = await misbehaving(manner);
      expect(await collect(over.client.walkTags(repository))).toEqual(tags);
    },
  );

  it("what is no text is no tag, and items that repeat within a sorted list are one", async () => {
    await using served = await servePages({
      "n=1000": { tags: ["b", 7, null, { a: 1 }, "a", "b"] },
      "": { tags: ["b", "a", "b"] },
    });
    await using over = clientOver(served.url);
    expect(await over.client.tags(repository, { limit: 10 })).toEqual({ items: ["a", "b"], more: false });
  });

  it("a page that only has entries of no use is not the end", async () => {
    await using served = await servePages({ "": { tags: ["", ""], link: "last=x" }, "last=x": { tags: ["v1"] } });
    await using over = clientOver(served.url);
    expect(await collect(over.client.walkTags(repository))).toEqual(["v1"]);
  });

  it.each([
    ["no tags at all", "{}"],
    ["a list", "[]"],
    ["tags that are no list", '{"tags":"v1"}'],
    ["a page for people", "<html>log in</html>"],
    ["nothing", ""],
  ])("%s is a protocol error that names the registry and the path", async (_what, body) => {
    await using served = await serveHttp((_request, response) => void response.end(body));
    await using over = clientOver(served.url);
    await expect(collect(over.client.walkTags(repository))).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      message: `${served.url.host} answered /v2/team/app/tags/list with something that is not such a list`,
      request: { host: served.url.host, method: "GET", path: "/v2/team/app/tags/list", attempts: 1, status: 200 },
    });
  });

  it("a page of more than 8 MiB is refused without being read to its end", async () => {
    let sent = 0;
    await using served = await serveHttp((_request, response) => {
      response.write('{"tags":["');
      const piece = Buffer.alloc(64 * 1024, "a");
      const send = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
      };
      response.on("drain", send);
      send();
    });
    await using over = clientOver(served.url);
    await expect(collect(over.client.walkTags(repository))).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED" });
    expect(sent).toBeLessThan(2 * maxPageBytes + 8 * 1024 * 1024); // what the sockets hold comes on top
  });
});

describe("order (1.9)", () => {
  it("a registry with an order of its own is read whole and sorted here, from then on at once", async () => {
    await using over = await misbehaving("tags-unordered", "small-pages");
    const first = await over.client.tags(repository, { limit: 4 });
    expect(first).toEqual({ items: tags.slice(0, 4), more: true });
    const before = over.queries().length;
    const next = await over.client.tags(repository, { limit: 4, last: first.items.at(-1)! });
    expect(next).toEqual({ items: tags.slice(4, 8), more: true });
    expect(over.queries().slice(before)).toEqual(["", ...Array.from({ length: 3 }, () => expect.stringContaining("last="))]);
  });

  it("a walk keeps the registry's own order", async () => {
    await using over = await misbehaving("tags-unordered");
    const walked = await collect(over.client.walkTags(repository));
    expect(walked).not.toEqual(tags);
    expect(walked.toSorted()).toEqual(tags);
  });

  it("a registry that ignores last still gives every page what comes after it", async () => {
    await using over = await misbehaving("ignores-n");
    expect(await over.client.tags(repository, { limit: 3, last: "Beta" })).toEqual({ items: tags.slice(5, 8), more: true });
  });

  it("pages that someone else's tag slips into never repeat or lose an item of before", async () => {
    await using served = await serveWith((query) => ({
      tags: query.includes("last") ? ["b", "c"] : ["a", "b"],
      ...(query.includes("last") ? {} : { link: "n=2&last=b" }),
    }));
    await using over = clientOver(served.url);
    expect(await over.client.tags(repository, { limit: 10 })).toEqual({ items: ["a", "b", "c"], more: false });
  });
});

describe("the list of all repositories is often not to be had (1.13)", () => {
  it.each([
    ["catalog-forbidden", "this account may not see the list of all repositories"],
    ["catalog-not-found", "the registry does not tell which repositories it has"],
  ] as const)("%s is unsupported, with the reason", async (manner, reason) => {
    await using over = await misbehaving(manner);
    const refused = { code: "UNSUPPORTED", kind: "unsupported", detail: { reason } };
    await expect(over.client.repositories({ limit: 10 })).rejects.toMatchObject(refused);
    await expect(collect(over.client.walkRepositories())).rejects.toMatchObject(refused);
  });

  it("one that a profile knows to have no catalog is not asked", async () => {
    await using served = await serveHttp((_request, response) => void response.end());
    await using over = clientOver(served.url, { profile: { name: "Hub", hosts: [], noCatalog: "name them" } });
    const refused = {
      code: "UNSUPPORTED",
      message: "Hub does not list its repositories: name them",
      detail: { reason: "name them" },
    };
    await expect(over.client.repositories({ limit: 10 })).rejects.toMatchObject(refused);
    await expect(collect(over.client.walkRepositories())).rejects.toMatchObject(refused);
    expect(served.connections()).toBe(0);
  });

  it("asks the token server for registry:catalog:*, and a token that does not help is the end of it", async () => {
    const users = { robot: "secret" };
    for (const [manners, outcome] of [
      [[], { items: repositories }],
      [["catalog-never-granted"], { kind: "auth" }],
    ] as const) {
      await using fake = await startFakeRegistry({ registry, login: "bearer", users, manners });
      await using over = clientOver(fake.url, { username: "robot", password: "secret" });
      const listed = await over.client.repositories({ limit: 10 }).catch((error: unknown) => error);
      expect(listed).toMatchObject(outcome);
      expect(fake.tokens.requests[0]?.scopes).toEqual(["registry:catalog:*"]);
    }
  });

  it("a partial one is what there is", async () => {
    await using over = await misbehaving("catalog-partial");
    expect(await collect(over.client.walkRepositories())).toEqual(repositories.filter((_name, i) => i % 2 === 0));
  });

  it("names that our own server could not hold are listed when they are of the grammar of references", async () => {
    const long = `a/${"b".repeat(200)}`;
    await using served = await serveHttp(
      (_request, response) => void response.end(JSON.stringify({ repositories: [long, "Upper", "a//b"] })),
    );
    await using over = clientOver(served.url);
    expect(await collect(over.client.walkRepositories())).toEqual([long]);
  });
});
