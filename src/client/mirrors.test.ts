// Mirrors (research 1.13): reads only, in order, with credentials, paths and failures of their own.

import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { clientOver, collect } from "../../test/client-over.ts";
import { code, pushBlob, pushImage, readAll } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { image, noise } from "../../test/image.ts";
import { serveHttp } from "../../test/wire-servers.ts";
import { digestOf } from "../oci/digest.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import { createMemoryCache } from "./cache-memory.ts";

const repository = "team/app" as RepositoryName;
const v1 = { repository, tag: "v1" as Tag };
const whole = image({ layers: ["a"] });
const byDigest = { repository, digest: whole.digest };
const layer = { repository, digest: whole.blobs[1]!.digest };

async function holding(name: string = repository, options: FakeOptions = {}): Promise<FakeRegistry> {
  const fake = await startFakeRegistry(options);
  await pushImage(fake.registry, name as RepositoryName, whole, "v1");
  return fake;
}

const asked = ({ requests }: FakeRegistry): string[] =>
  requests.map(({ method, path, query }) => `${method} ${path}${query && `?${query}`}`);
const closed = { url: "http://127.0.0.1:1" };

describe("mirrors (1.13)", () => {
  it("manifests and blobs are read from the first mirror that has them, and the registry is not asked", async () => {
    await using registry = await startFakeRegistry();
    await using empty = await startFakeRegistry();
    await using mirror = await holding();
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: empty.url }, { registryUrl: mirror.url }] });
    expect(await over.client.manifests.get(v1)).toMatchObject({ digest: whole.digest });
    expect(await over.client.manifests.head(byDigest)).toMatchObject({ digest: whole.digest });
    expect(await readAll(await (await over.client.blobs.get(layer)).open())).toEqual(Buffer.from(whole.blobs[1]!.bytes));
    expect(asked(registry)).toEqual([]);
    expect(asked(empty)).toEqual(asked(mirror));
  });

  it("what no mirror has is read from the registry, whose errors are the errors", async () => {
    await using registry = await holding();
    await using mirror = await startFakeRegistry();
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url }] });
    expect(await over.client.manifests.get(v1)).toMatchObject({ digest: whole.digest });
    const missing = { repository, tag: "none" as Tag };
    await expect(over.client.manifests.get(missing)).rejects.toMatchObject({
      code: "MANIFEST_UNKNOWN",
      request: { host: registry.host },
    });
  });

  it.each([
    ["500", (fake: FakeRegistry) => fake.fail({ kind: "answer", status: 500 })],
    ["429", (fake: FakeRegistry) => fake.fail({ kind: "answer", status: 429, headers: { "retry-after": "3600" } })],
    ["401", (fake: FakeRegistry) => fake.fail({ kind: "answer", status: 401, headers: { "www-authenticate": "Negotiate" } })],
    ["a page for people", (fake: FakeRegistry) => fake.fail({ kind: "answer", status: 200, body: "<html>log in</html>" })],
    ["a cut connection", (fake: FakeRegistry) => fake.fail({ kind: "reset" })],
    ["bytes of something else", (fake: FakeRegistry) => fake.fail({ kind: "wrong bytes" }, { method: "GET" })],
  ])("after %s at a mirror the registry is asked at once", async (_what, fail) => {
    await using registry = await holding();
    await using mirror = await holding();
    fail(mirror);
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url }] });
    expect(await over.client.manifests.get(byDigest)).toMatchObject({ digest: whole.digest });
    expect(over.clock.waits).toEqual([]);
    expect(asked(registry)).toEqual([`GET /v2/team/app/manifests/${whole.digest}`]);
  });

  it("a mirror that cannot be reached is passed over for a minute", async () => {
    let requests = 0;
    await using mirror = await serveHttp((request) => {
      requests++;
      request.socket.destroy();
    });
    await using registry = await holding();
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url.origin }] });
    for (let i = 0; i < 3; i++) await over.client.manifests.get(byDigest);
    expect(requests).toBe(1);
    await over.clock.sleep(60_000, undefined);
    await over.client.manifests.get(byDigest);
    expect(requests).toBe(2);
  });

  it("a blob that breaks off at a mirror goes on at the registry, under one hash", async () => {
    await using registry = await holding();
    await using mirror = await holding();
    const bytes = Buffer.from(noise("broken off", 300_000));
    for (const fake of [registry, mirror]) await pushBlob(fake.registry, repository, bytes);
    mirror.fail({ kind: "cut", at: 100_000 }, { times: 1 });
    mirror.fail({ kind: "answer", status: 404 });
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url }] });
    const blob = await over.client.blobs.get({ repository, digest: digestOf(bytes) }, { size: bytes.length });
    expect((await readAll(await blob.open())).equals(bytes)).toBe(true);
    expect(registry.requests.map(({ headers }) => headers["range"])).toEqual(["bytes=100000-299999"]);
  });

  it("lists, referrers and writes are the registry's own", async () => {
    await using registry = await holding();
    await using mirror = await holding();
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url }] });
    await collect(over.client.walkTags(repository));
    await over.client.repositories({ limit: 1 });
    await over.client.manifests.referrers(byDigest, { limit: 1 });
    await over.client.manifests.put({ repository, tag: "v2" as Tag }, whole.bytes, whole.mediaType);
    await over.client.manifests.delete({ repository, tag: "v2" as Tag });
    await (await over.client.blobs.upload(repository)).cancel();
    expect(asked(mirror)).toEqual([]);
  });

  it("what a write depends on is asked of the registry: conditions, fallback tags, whether an upload arrived", async () => {
    await using registry = await holding(repository, { manners: ["referrers-404", "tag-delete-405"] });
    await using mirror = await holding();
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url }], tagDeletion: "by overwriting" });
    const signature = image({ layers: ["a"], subject: whole, artifactType: "test/signature" });
    await over.client.manifests.put({ repository, digest: signature.digest }, signature.bytes, signature.mediaType);
    await over.client.manifests.put(v1, whole.bytes, whole.mediaType, { ifMatch: [whole.digest] });
    await over.client.manifests.delete({ repository, digest: signature.digest });
    await over.client.manifests.delete(v1);
    registry.fail({ kind: "reset" }, { method: "PUT", times: 1 });
    const bytes = Buffer.from(noise("an upload", 1000));
    const content = { size: bytes.length, open: async () => Readable.from([bytes]) };
    await over.client.blobs.put!({ repository, digest: digestOf(bytes) }, content);
    expect(asked(mirror)).toEqual([]);
  });

  it("`fresh` is the registry itself, also beside a cache", async () => {
    await using registry = await holding();
    await using mirror = await holding();
    for (const cache of [undefined, createMemoryCache()]) {
      await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url }], cache });
      await over.client.fresh.manifests.get(v1);
      await over.client.fresh.manifests.head(v1);
    }
    expect(asked(mirror)).toEqual([]);
  });

  it("names get the mirror's prefix, and ns says whose mirror it is asked to be", async () => {
    await using registry = await startFakeRegistry();
    await using mirror = await holding("hub/team/app");
    const mirrors = [{ registryUrl: mirror.url, pathPrefix: "hub", namespace: true }];
    await using over = clientOver(registry.url, { mirrors });
    await over.client.manifests.get(v1);
    await readAll(await (await over.client.blobs.get(layer, { size: whole.blobs[1]!.bytes.length })).open());
    const ns = `?ns=${encodeURIComponent(registry.host)}`;
    expect(asked(mirror)).toEqual([`GET /v2/hub/team/app/manifests/v1${ns}`, `GET /v2/hub/team/app/blobs/${layer.digest}${ns}`]);
  });

  it("what a mirror says of a tag is cached for those only who would ask it in the same way", async () => {
    await using registry = await startFakeRegistry();
    await using mirror = await holding("hub/team/app");
    const other = image({ layers: ["b"] });
    await pushImage(mirror.registry, "copy/team/app" as RepositoryName, other, "v1");
    const cache = createMemoryCache();
    const own = image({ layers: ["c"] });
    await pushImage(registry.registry, repository, own, "v1");
    const found: string[] = [];
    for (const manner of [{ pathPrefix: "hub" }, { pathPrefix: "copy" }, { pathPrefix: "copy", tags: false }]) {
      await using over = clientOver(registry.url, { cache, mirrors: [{ registryUrl: mirror.url, ...manner }] });
      found.push((await over.client.manifests.head(v1)).digest);
    }
    expect(found).toEqual([whole.digest, other.digest, own.digest]);
  });

  it("what a tag names is asked of the registry where a mirror is not trusted with it", async () => {
    await using registry = await holding();
    await using mirror = await holding();
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url, tags: false }] });
    await over.client.manifests.get(v1);
    await over.client.manifests.get(byDigest);
    expect(asked(registry)).toEqual(["GET /v2/team/app/manifests/v1"]);
    expect(asked(mirror)).toEqual([`GET /v2/team/app/manifests/${whole.digest}`]);
  });

  it.each(["basic", "bearer"] as const)("a mirror gets its own credentials and never the registry's (%s)", async (login) => {
    await using registry = await holding(repository, { login, users: { robot: "of the registry" } });
    await using mirror = await holding(repository, { login, users: { mirror: "of the mirror" } });
    const mine = { username: "robot", password: "of the registry" };
    await using anonymous = clientOver(registry.url, { ...mine, mirrors: [{ registryUrl: mirror.url }] });
    await anonymous.client.manifests.get(v1);
    expect(asked(registry)).not.toEqual([]);
    expect(mirror.requests.some(({ authorization }) => authorization === "basic")).toBe(false);
    expect(mirror.tokens.requests.some(({ grant }) => grant !== "none")).toBe(false);
    const itsOwn = { registryUrl: mirror.url, username: "mirror", password: "of the mirror" };
    const before = registry.requests.length;
    await using over = clientOver(registry.url, { ...mine, mirrors: [itsOwn] });
    await over.client.manifests.get(v1);
    expect(mirror.requests.at(-1)).toMatchObject({ authorization: login, status: 200 });
    expect(registry.requests).toHaveLength(before);
  });

  it("an aborted call asks nobody else", async () => {
    await using registry = await holding();
    await using mirror = await holding();
    const silence = mirror.fail({ kind: "silent" });
    await using over = clientOver(registry.url, { mirrors: [{ registryUrl: mirror.url }] });
    const abort = new AbortController();
    const reason = new Error("enough");
    const call = over.client.manifests.get(v1, { signal: abort.signal });
    const ended = call.catch((error: unknown) => error);
    await expect.poll(() => silence.hits).toBe(1);
    abort.abort(reason);
    expect(await ended).toBe(reason);
    expect(asked(registry)).toEqual([]);
  });

  it("a bad address of a mirror is refused when the client is made", () => {
    expect(() => clientOver(closed.url, { mirrors: [{ registryUrl: "ftp://mirror" }] })).toThrow(
      expect.objectContaining({ code: "REQUEST_INVALID" }),
    );
  });

  it("with the registry down, its mirrors serve", async () => {
    await using mirror = await holding();
    await using over = clientOver(closed.url, { mirrors: [{ registryUrl: mirror.url }] });
    expect(await over.client.manifests.get(v1)).toMatchObject({ digest: whole.digest });
    await expect(over.client.manifests.get({ repository, tag: "none" as Tag })).rejects.toEqual(code("UNREACHABLE"));
  });
});
