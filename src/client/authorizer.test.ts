// Logins as clients meet them: the client over the fake registry, its token server, and servers of strangers.

import { describe, expect, it } from "vitest";
import { clientOver } from "../../test/client-over.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import type { MannerName } from "../../test/fake/manners.ts";
import { image } from "../../test/image.ts";
import { createTestClock, serveHttp, type Served, type TestClock } from "../../test/wire-servers.ts";
import { parseRepositoryName, parseTag } from "../oci/reference.ts";
import type { ClientOptions, RegistryClient } from "./client.ts";
import type { Credential } from "./credential.ts";
import { standard } from "./host-profile.ts";

const app = parseRepositoryName("team/app");
const v1 = { repository: app, tag: parseTag("v1") };
const blob = { repository: app, digest: image().blobs[0]!.digest };
const nobody = { username: undefined, password: undefined } as object;
const robot = { username: "robot", password: "secret" };

interface Login extends AsyncDisposable {
  readonly fake: FakeRegistry;
  readonly client: RegistryClient;
  readonly clock: TestClock;
  /** Authorization of every request to the registry. */
  readonly sent: () => string[];
  /** Of every request to the token server. */
  readonly scopes: () => string[];
}

async function login(options: FakeOptions = {}, clientOptions: Partial<ClientOptions> = {}): Promise<Login> {
  const clock = createTestClock();
  const fake = await startFakeRegistry({ login: "bearer", now: clock.now, ...options });
  await pushImage(fake.registry, app, image(), "v1");
  const over = clientOver(fake.url, { ...robot, clock, ...clientOptions });
  return {
    fake,
    client: over.client,
    clock,
    sent: () => fake.requests.map(({ authorization }) => authorization),
    scopes: () => fake.tokens.requests.map(({ scopes }) => scopes.join(" ")),
    async [Symbol.asyncDispose]() {
      await over[Symbol.asyncDispose]();
      await fake.close();
    },
  };
}

describe("a registry with a token server", () => {
  it("is asked without Authorization first, then with a token, and from then on ahead of need", async () => {
    await using opened = await login();
    const { client, fake, scopes, sent } = opened;
    await client.manifests.head(v1);
    await client.manifests.head(v1);
    await client.blobs.head(blob);
    expect(sent()).toEqual(["none", "bearer", "bearer", "bearer"]);
    await client.manifests.put(v1, image().bytes, image().mediaType);
    expect(sent().slice(4)).toEqual(["bearer"]);
    expect(scopes()).toEqual(["repository:team/app:pull", "repository:team/app:pull,push"]);
    expect(fake.tokens.requests[0]).toMatchObject({ method: "GET", grant: "basic", account: "robot", service: "fake registry" });
  });

  it("gives a token to somebody who is not logged in where it may", async () => {
    await using opened = await login({ anonymous: "pull" }, nobody);
    const { client, fake } = opened;
    await client.manifests.head(v1);
    expect(fake.tokens.requests).toMatchObject([{ grant: "none", account: undefined }]);
  });

  it("refuses a wrong password: one sentence without it, after one try", async () => {
    await using opened = await login({}, { ...robot, password: "wr0ng-pass" });
    const { client, fake } = opened;
    const error = await client.manifests.head(v1).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "auth", message: expect.stringContaining("refused the credentials (401)") as string });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("wr0ng-pass");
    expect(fake.tokens.requests).toHaveLength(1);
  });

  it("asks for no more than three requests and two tokens when it refuses every one of them", async () => {
    await using opened = await login();
    const { client, fake } = opened;
    fake.fail({ kind: "unauthorized", realm: fake.tokens.realm });
    await expect(client.manifests.head(v1)).rejects.toMatchObject({ kind: "auth" });
    expect(fake.requests.length).toBeLessThanOrEqual(3);
    expect(fake.tokens.requests.length).toBeLessThanOrEqual(2);
  });

  it("that forgets all tokens is asked for another one, once for all requests", async () => {
    await using opened = await login();
    const { client, clock, fake } = opened;
    await client.manifests.head(v1);
    await clock.sleep(60_000, undefined);
    fake.tokens.revokeAll();
    await Promise.all([client.manifests.head(v1), client.manifests.head(v1), client.manifests.head(v1)]);
    expect(fake.tokens.requests).toHaveLength(2);
  });

  it("that tells its challenge at /v2/ only, and there never answers, is not waited for once the caller gives up", async () => {
    const stop = new AbortController();
    await using silent = await serveHttp((request, response) => {
      if (request.url === "/v2/") stop.abort(new Error("enough"));
      else response.writeHead(401).end();
    });
    await using opened = clientOver(silent.url, { ...robot, timeout: 60_000 });
    await expect(opened.client.manifests.head(v1, { signal: stop.signal })).rejects.toThrow("enough");
  });

  it("is asked for one token when many requests begin at once", async () => {
    await using opened = await login();
    const { client, fake } = opened;
    await Promise.all(Array.from({ length: 20 }, () => client.manifests.head(v1)));
    expect(fake.tokens.requests).toHaveLength(1);
  });

  it.each<MannerName>([
    "two-challenges-one-header",
    "negotiate-first",
    "challenge-in-odd-case",
    "challenge-only-on-base",
    "realm-has-query",
    "realm-is-relative",
    "token-called-token",
    "token-called-access-token",
    "token-without-expiry",
    "token-issued-in-future",
    "token-issued-long-ago",
    "tokens-live-one-second",
    "token-post-401",
    "token-post-404",
    "token-post-405",
    "token-password-grant-400",
    "token-refuses-repeated-repository",
    "token-reads-first-scope-only",
    "delete-needs-triple",
    "delete-never-granted",
  ])("may have the manner %s", async (manner) => {
    const profile =
      manner === "delete-needs-triple"
        ? { ...standard, deleteActions: ["pull", "push", "delete"] as const }
        : manner === "delete-never-granted"
          ? { ...standard, deleteActions: ["pull", "push"] as const }
          : standard;
    await using opened = await login({ manners: [manner] }, { profile });
    const { client } = opened;
    expect((await client.manifests.head(v1)).digest).toBe(image().digest);
    const next = image({ layers: ["b"] });
    await pushImage(client, app, next, "v2");
    await client.manifests.delete({ repository: app, digest: next.digest });
    expect((await client.tags(app, { limit: 10 })).items).toEqual(["v1"]);
  });

  it("gets one repository's scope at a time where its profile says so", async () => {
    const profile = { ...standard, tokenPerRepository: true } as const;
    await using opened = await login({ manners: ["token-for-one-repository"] }, { profile });
    const { client, scopes } = opened;
    const other = parseRepositoryName("team/other");
    await client.blobs.mount({ ...blob, repository: other }, app, () => true).catch(() => undefined);
    expect(scopes().length).toBeGreaterThan(0);
    for (const asked of scopes()) expect(asked.split(" ")).toHaveLength(1);
  });
});

describe("a token that allows too little", () => {
  it("is widened once with the scope of the challenge, also when the answer is 403", async () => {
    await using opened = await login();
    const { client, fake, scopes } = opened;
    await client.manifests.head(v1);
    const realm = `Bearer realm="${fake.tokens.realm}",service="fake registry"`;
    const challenge = `${realm},scope="repository:team/app:pull,push",error="insufficient_scope"`;
    fake.fail({ kind: "answer", status: 403, headers: { "www-authenticate": challenge } }, { method: "GET", times: 1 });
    expect((await client.manifests.get(v1)).digest).toBe(image().digest);
    expect(scopes()).toEqual(["repository:team/app:pull", "repository:team/app:pull,push"]);

    fake.fail({ kind: "answer", status: 403, headers: { "www-authenticate": challenge } }, { method: "GET" });
    await expect(client.manifests.get(v1)).rejects.toMatchObject({ kind: "forbidden" });
    expect(scopes()).toHaveLength(2);
  });
});

describe("of the ways that a registry offers", () => {
  it("Basic is gone when there is nothing else, without asking a token server", async () => {
    await using opened = await login({ login: "basic" });
    const { client, fake, sent } = opened;
    await client.manifests.head(v1);
    await client.manifests.head(v1);
    expect(sent()).toEqual(["none", "basic", "basic"]);
    expect(fake.tokens.requests).toEqual([]);
  });

  it("Basic with a password that is refused is not gone twice", async () => {
    await using opened = await login({ login: "basic" }, { ...robot, password: "wr0ng-pass" });
    const { client, sent } = opened;
    const error = await client.manifests.head(v1).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "auth" });
    expect(String((error as Error).stack)).not.toContain("wr0ng-pass");
    expect(sent()).toEqual(["none", "basic"]);
  });

  it("a realm of Basic that is a URL is not asked for a token", async () => {
    await using opened = await login({ login: "basic", manners: ["basic-realm-is-url"] });
    const { client, sent } = opened;
    await client.manifests.head(v1);
    expect(sent()).toEqual(["none", "basic"]);
  });

  it("none is gone when none is known: the error lists what was offered", async () => {
    await using server = await serveHttp((_req, res) => {
      res.setHeader("www-authenticate", ["Negotiate", 'Digest realm="x", Bearer service="no realm"']);
      res.writeHead(401).end();
    });
    await using over = clientOver(server.url, robot);
    await expect(over.client.manifests.head(v1)).rejects.toMatchObject({
      kind: "auth",
      message: `${server.url.host} wants a login by negotiate, digest, bearer, and only Bearer (with a realm) and Basic are possible here`,
    });
  });

  it("an identity token goes to the token server by POST, a registry token to the registry as it is", async () => {
    await using one = await login({}, nobody);
    const identityToken = one.fake.tokens.identityToken("robot");
    await using two = clientOver(one.fake.url, { identityToken });
    await two.client.manifests.head(v1);
    await two.client.manifests.put(v1, image().bytes, image().mediaType);
    expect(one.fake.tokens.requests.map(({ grant, method }) => [method, grant])).toEqual([
      ["POST", "refresh_token"],
      ["POST", "refresh_token"],
    ]);

    const seen: (string | undefined)[] = [];
    await using server = await serveHttp((req, res) => {
      seen.push(req.headers.authorization);
      res.writeHead(404).end();
    });
    await using three = clientOver(server.url, { registryToken: "as-it-is" });
    await expect(three.client.manifests.head(v1)).rejects.toMatchObject({ kind: "not found" });
    expect(new Set(seen)).toEqual(new Set(["Bearer as-it-is"]));
  });

  it("a registry token that is refused is not sent again", async () => {
    await using opened = await login({}, { registryToken: "old" });
    const { client, fake, sent } = opened;
    await expect(client.manifests.head(v1)).rejects.toMatchObject({ kind: "auth" });
    expect(sent()).toEqual(["bearer"]);
    expect(fake.tokens.requests).toEqual([]);
  });

  it("credentials are looked up by host and by the repository that is written to", async () => {
    const asked: string[] = [];
    const get = (host: string, repository?: string): Promise<Credential> => {
      asked.push(`${host} ${repository}`);
      return Promise.resolve(robot);
    };
    await using fake = await startFakeRegistry({ login: "bearer" });
    await using over = clientOver(fake.url, { credentials: { get } });
    await pushImage(over.client, app, image(), "v1");
    await over.client.blobs.mount({ ...blob, repository: parseRepositoryName("team/other") }, app, () => true);
    expect(new Set(asked)).toEqual(new Set([`${fake.host} team/app`, `${fake.host} team/other`]));
  });
});

describe("a token server somewhere else", () => {
  interface Elsewhere extends AsyncDisposable {
    readonly registry: Served;
    readonly seen: string[];
    readonly tried: (options: Partial<ClientOptions>) => Promise<unknown>;
  }

  /** A registry whose challenge names a token server of another domain: 127.0.0.2 for 127.0.0.1 stands in where both are numbers. */
  async function elsewhere(challenge: (realm: string) => string): Promise<Elsewhere> {
    const seen: string[] = [];
    const stranger = await serveHttp((req, res) => {
      void req.toArray().then((body) => {
        seen.push(`${req.method} ${req.url} ${req.headers.authorization} ${Buffer.concat(body as Buffer[]).toString()}`);
        res.end(JSON.stringify({ token: "from-a-stranger" }));
      });
    });
    const realm = `http://stranger.example:${stranger.port}/token`;
    const registry = await serveHttp((req, res) => {
      if (req.headers.authorization === undefined) res.setHeader("www-authenticate", challenge(realm)).writeHead(401).end();
      else res.writeHead(404).end();
    });
    // All names lead through a proxy to loopback.
    const proxy = await serveHttp((req, res) => {
      const url = new URL(req.url!);
      const port = url.hostname === "stranger.example" ? stranger.port : registry.port;
      void import("node:http").then(({ request }) => {
        const { method, headers } = req;
        const onward = request({ host: "127.0.0.1", port, method, headers, path: url.pathname + url.search }, (answer) => {
          res.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(res);
        });
        req.pipe(onward);
      });
    });
    return {
      registry,
      seen,
      async tried(options) {
        await using over = clientOver("http://registry.example.org", { proxy: () => proxy.url, ...options });
        return await over.client.manifests.head(v1).catch((error: unknown) => error);
      },
      async [Symbol.asyncDispose]() {
        for (const server of [proxy, registry, stranger]) await server[Symbol.asyncDispose]();
      },
    };
  }

  it.each([
    ["a password", robot],
    ["an identity token", { identityToken: "id-secret" }],
  ])("never sees %s, and the error names it and the setting that allows it", async (_name, options) => {
    await using place = await elsewhere((realm) => `Bearer realm="${realm}",service="x"`);
    expect(await place.tried(options)).toMatchObject({
      kind: "auth",
      message: expect.stringMatching(
        /^registry\.example\.org asks for its credentials to be sent to the token server stranger\.example:\d+, .* add 'stranger\.example' to allowedRealms$/,
      ) as string,
    });
    expect(place.seen).toEqual([]);
  });

  it("is asked by somebody who is not logged in", async () => {
    await using place = await elsewhere((realm) => `Bearer realm="${realm}",service="x"`);
    expect(await place.tried({})).toMatchObject({ kind: "not found" });
    expect(place.seen).toHaveLength(1);
    expect(place.seen[0]).toMatch(/^GET \/token\?service=x&scope=\S+ undefined $/);
  });

  it("sees credentials where a setting allows it", async () => {
    await using place = await elsewhere((realm) => `Bearer realm="${realm}",service="x"`);
    expect(await place.tried({ ...robot, allowedRealms: ["stranger.example"] })).toMatchObject({ kind: "not found" });
    expect(place.seen[0]).toContain(` Basic ${Buffer.from("robot:secret").toString("base64")}`);
  });

  it("sees nothing where the registry takes Basic as well", async () => {
    await using place = await elsewhere((realm) => `Bearer realm="${realm}",service="x", Basic realm="y"`);
    expect(await place.tried(robot)).toMatchObject({ kind: "not found" });
    expect(place.seen).toEqual([]);
  });
});

describe("two registries", () => {
  it("never see each other's credentials or tokens", async () => {
    await using one = await login();
    await using two = await login({ users: { other: "another" } }, { username: "other", password: "another" });
    await Promise.all([one.client.manifests.head(v1), two.client.manifests.head(v1)]);
    expect(one.fake.tokens.requests).toMatchObject([{ account: "robot", status: 200 }]);
    expect(two.fake.tokens.requests).toMatchObject([{ account: "other", status: 200 }]);
  });
});
