// The client as it is published: options, cache, closing.

import { describe, expect, it } from "vitest";
import { clientOver, collect } from "../../test/client-over.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { image } from "../../test/image.ts";
import { serveHttp } from "../../test/wire-servers.ts";
import { createRegistryClient, createMemoryCache, RegistryConnectionError, type ClientOptions } from "./client.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";

const repository = "team/app" as RepositoryName;
const v1 = { repository, tag: "v1" as Tag };
const whole = image();

async function holding(options: Parameters<typeof startFakeRegistry>[0] = {}): Promise<FakeRegistry> {
  const fake = await startFakeRegistry(options);
  await pushImage(fake.registry, repository, whole, "v1");
  return fake;
}

describe("a client", () => {
  it("opens no connection before the first call, and none after it was closed", async () => {
    await using fake = await holding();
    const client = createRegistryClient({ registryUrl: fake.url });
    expect(client).toMatchObject({ host: fake.host, profile: { name: "OCI registry" } });
    expect(fake.requests).toEqual([]);
    await client.manifests.head(v1);
    await client.close();
    await expect(client.manifests.head(v1)).rejects.toMatchObject({
      kind: "connection",
      message: `${fake.host} was not asked: the client was closed`,
    });
    expect(fake.requests).toHaveLength(1);
  });

  it("that is closed ends what is in flight", async () => {
    await using fake = await holding();
    const silence = fake.fail({ kind: "silent" });
    const over = clientOver(fake.url, { maxRetries: 0 });
    const call = over.client.manifests.head(v1);
    const ended = call.catch((error: unknown) => error);
    await expect.poll(() => silence.hits).toBe(1);
    await over.client.close();
    expect(await ended).toBeInstanceOf(RegistryConnectionError);
  });

  it("reuses its connections", async () => {
    await using served = await serveHttp((_request, response) => void response.end('{"tags":["v1"]}'));
    await using over = clientOver(served.url);
    for (let i = 0; i < 20; i++) await over.client.tags(repository, { limit: 1 });
    // The end of an answer and the next request may cross, and then a second one is opened.
    expect(served.connections()).toBeLessThanOrEqual(2);
  });

  it("of Docker Hub speaks to the API's own host", () => {
    const client = createRegistryClient({ registryUrl: "docker.io" });
    expect(client).toMatchObject({ host: "docker.io", profile: { apiHost: "registry-1.docker.io" } });
  });

  it.each(["", "ftp://x", "registry.example.org/team"])("refuses the address '%s'", (registryUrl) => {
    expect(() => createRegistryClient({ registryUrl })).toThrow(expect.objectContaining({ code: "REQUEST_INVALID" }));
  });

  it("tells what the registry said of its limit", async () => {
    await using fake = await holding({ manners: ["pull-quota-headers"] });
    await using over = clientOver(fake.url);
    expect(over.client.rateLimit()).toBeUndefined();
    await over.client.manifests.head(v1);
    expect(over.client.rateLimit()).toEqual({ limit: 100, remaining: 76, windowSeconds: 21_600, source: "192.0.2.1" });
  });

  it("waits and repeats as its options say", async () => {
    await using fake = await holding();
    fake.fail({ kind: "answer", status: 503 });
    await using usual = clientOver(fake.url);
    await expect(usual.client.manifests.get(v1)).rejects.toMatchObject({ request: { attempts: 4 } });
    expect(usual.clock.waits).toEqual([1000, 2000, 4000]);
    await using hasty = clientOver(fake.url, { maxRetries: 1, retryDelay: 10 });
    await expect(hasty.client.manifests.get(v1)).rejects.toMatchObject({ request: { attempts: 2 } });
    expect(hasty.clock.waits).toEqual([10]);
  });
});

describe("a client with a cache", () => {
  const twice = async (fake: FakeRegistry, first: Partial<ClientOptions>, second: Partial<ClientOptions> = first) => {
    const cache = createMemoryCache();
    const counts: number[] = [];
    for (const options of [first, second]) {
      const before = fake.requests.length;
      await using over = clientOver(fake.url, { cache, ...options });
      await over.client.manifests.get(v1);
      await collect(over.client.walkTags(repository));
      counts.push(fake.requests.length - before);
    }
    return counts;
  };

  it("asks once for what it knows, also across clients of one identity", async () => {
    await using fake = await holding();
    expect(await twice(fake, {})).toEqual([2, 0]);
  });

  it("reads tags and lists from the registry through `fresh`", async () => {
    await using fake = await holding();
    await using over = clientOver(fake.url, { cache: createMemoryCache() });
    await over.client.tags(repository, { limit: 10 });
    await fake.registry.manifests.put({ repository, tag: "v2" as Tag }, whole.bytes, whole.mediaType);
    expect((await over.client.tags(repository, { limit: 10 })).items).toEqual(["v1"]);
    expect((await over.client.fresh.tags(repository, { limit: 10 })).items).toEqual(["v1", "v2"]);
  });

  it("keeps tags and lists for as long as it is told", async () => {
    await using fake = await holding();
    let now = 0;
    const cache = createMemoryCache({ now: () => now });
    await using over = clientOver(fake.url, { cache, cacheTtl: 1000 });
    const requests = async (): Promise<number> => {
      const before = fake.requests.length;
      await over.client.tags(repository, { limit: 10 });
      return fake.requests.length - before;
    };
    expect([await requests(), await requests()]).toEqual([1, 0]);
    now = 1000;
    expect(await requests()).toBe(1);
  });

  it("never serves one identity what another may see, nor a checked host what an unchecked one said", async () => {
    await using fake = await holding({ login: "basic", users: { a: "secret", b: "secret" } });
    const [a, b] = ["a", "b"].map((username) => ({ username, password: "secret" }));
    const [, first] = await twice(fake, a!, b);
    expect(first).toBeGreaterThan(0);
    expect((await twice(fake, { ...a, verifyTls: false }, a))[1]).toBeGreaterThan(0);
    expect((await twice(fake, { ...a, tls: () => ({ verify: false }) }, a))[1]).toBeGreaterThan(0);
    // Who is looked up may change, so nothing is shared.
    const credentials = { get: async () => a! };
    expect((await twice(fake, { credentials }, { credentials }))[1]).toBeGreaterThan(0);
  });

  it("without one is always fresh", async () => {
    await using fake = await holding();
    await using over = clientOver(fake.url);
    expect(over.client.fresh.tags).toBe(over.client.tags);
  });
});
