// The steps of a ping, each made to fail: what is said, and what to do.

import { once } from "node:events";
import { createServer, type AddressInfo, type LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import {
  authority,
  expiredCertificate,
  goodCertificate,
  key,
  otherCertificate,
  selfSignedCertificate,
} from "../../test/certificates.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { image } from "../../test/image.ts";
import { timeInHand } from "../../test/time-in-hand.ts";
import { internet, serveBytes, serveHttp, type Served } from "../../test/wire-servers.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { ClientOptions } from "./client-options.ts";
import { pingRegistry, type PingStep, type PingTarget } from "./ping.ts";

const repository = "team/app" as RepositoryName;
const robot = { username: "robot", password: "secret" };

async function ping(registryUrl: string, options: Partial<ClientOptions> = {}, target: PingTarget = {}): Promise<PingStep[]> {
  const steps: PingStep[] = [];
  for await (const step of pingRegistry({ registryUrl, ...options }, target)) steps.push(step);
  return steps;
}

/** Names of the steps that went well, then the one that did not. */
function walked(steps: readonly PingStep[]): string {
  return steps.map(({ name, ok }) => `${name}${ok ? "" : " FAILED"}`).join(" ");
}

async function holding(options: FakeOptions = {}): Promise<FakeRegistry> {
  const fake = await startFakeRegistry(options);
  await pushImage(fake.registry, repository, image(), "v1");
  return fake;
}

const failingLookup = (code: string): LookupFunction =>
  ((_name: string, _options: unknown, callback: (error: Error) => void) =>
    callback(Object.assign(new Error(code), { code }))) as unknown as LookupFunction;

describe("a ping of a registry in order", () => {
  it("tells what it found at every step", async () => {
    await using fake = await holding({ login: "bearer" });
    const steps = await ping(fake.url, robot, { repository });
    expect(steps).toEqual([
      { name: "name", ok: true, words: "127.0.0.1 is an address, no name to be looked up" },
      { name: "connection", ok: true, words: `${fake.host} can be reached at 127.0.0.1 port ${fake.host.split(":")[1]}` },
      { name: "TLS", ok: true, words: "none: everything goes over the wire as plain text" },
      { name: "registry", ok: true, words: `it is one, and wants a token of ${new URL(fake.tokens.realm).host}` },
      { name: "login", ok: true, words: "it accepts robot" },
      { name: "rights", ok: true, words: "robot may read team/app" },
    ]);
  });

  it("skips the login where none is wanted, and without a repository tries the list of all", async () => {
    await using fake = await holding();
    const steps = await ping(fake.url);
    expect(walked(steps)).toBe("name connection TLS registry rights");
    expect(steps.at(-2)?.words).toBe("it is one, and lets everybody in at its door");
    expect(steps.at(-1)?.words).toBe("anybody may list its repositories");
  });

  it("tells where anybody gets a token", async () => {
    await using fake = await holding({ login: "bearer", anonymous: "pull" });
    const steps = await ping(fake.url, {}, { repository });
    expect(steps.slice(-2).map(({ words }) => words)).toEqual([
      "none is needed: anybody gets a token",
      "anybody may read team/app",
    ]);
  });

  it("takes a list that is not given for usual", async () => {
    await using fake = await holding({ manners: ["catalog-forbidden"] });
    const [step] = (await ping(fake.url)).slice(-1);
    expect(step).toMatchObject({ name: "rights", ok: true });
    expect(step?.words).toMatch(/^its repositories are not listed for everybody, which is usual/);
  });

  it("names the certificate, and the addresses of a name", async () => {
    await using served = await serveHttp((_request, response) => response.end("{}"), { tls: { cert: goodCertificate, key } });
    const steps = await ping(`https://localhost:${served.port}`, { ca: authority }, { network: internetAt("127.0.0.1") });
    expect(steps[0]?.words).toBe("localhost is 127.0.0.1");
    expect(steps[2]).toMatchObject({
      ok: true,
      words: "TLSv1.3, it is for localhost, 127.0.0.1 by Test authority, valid until 2120-01-01",
      certificate: { names: ["localhost", "127.0.0.1"], issuer: "Test authority" },
    });
    expect(walked(steps)).toBe("name connection TLS registry rights");
  });

  it("goes through a proxy where one stands, and says so", async () => {
    await using proxy = await serveHttp((_request, response) => response.end("{}"));
    const steps = await ping("http://registry.example:5000", { proxy: () => proxy.url });
    expect(walked(steps)).toBe("name connection registry rights");
    expect(steps[0]?.words).toBe(
      `the proxy ${proxy.url.host} stands before it; 127.0.0.1 is an address, no name to be looked up`,
    );
  });
});

const internetAt = (address: string) => ({
  ...internet,
  lookup: ((_name: string, _options: unknown, callback: (error: null, found: object[]) => void) =>
    callback(null, [{ address, family: 4 }])) as unknown as LookupFunction,
});

describe("a ping that fails", () => {
  it.each([
    ["ENOTFOUND", "registry.example is not known to DNS: check its spelling and your network", /check the spelling/],
    ["EAI_AGAIN", "registry.example cannot be looked up now: DNS does not answer", /is this machine online/],
  ])("at a name, with %s", async (code, words, advice) => {
    const steps = await ping("https://registry.example", {}, { network: { ...internet, lookup: failingLookup(code) } });
    expect(steps).toMatchObject([
      { name: "name", ok: false, words, advice: expect.stringMatching(advice), error: { kind: "connection" } },
    ]);
  });

  it("where nothing listens", async () => {
    const served = await serveHttp(() => undefined);
    await served[Symbol.asyncDispose]();
    const steps = await ping(served.url.origin);
    expect(walked(steps)).toBe("name connection FAILED");
    expect(steps.at(-1)).toMatchObject({
      words: `${served.url.host} refuses the connection: nothing listens on this port`,
      advice: expect.stringContaining("is the registry running, and on this port?"),
      error: { kind: "connection" },
    });
  });

  it.each([
    [
      "of an unknown authority",
      goodCertificate,
      "that no known authority signed",
      /ask whoever runs it for the certificate of the authority/,
    ],
    ["that signs itself", selfSignedCertificate, "has a self-signed certificate", /ask whoever runs it/],
  ])("at a certificate %s", async (_what, cert, words, advice) => {
    await using served = await serveHttp((_request, response) => response.end(), { tls: { cert, key } });
    const steps = await ping(`https://127.0.0.1:${served.port}`);
    expect(walked(steps)).toBe("name connection TLS FAILED");
    expect(steps.at(-1)).toMatchObject({ words: expect.stringContaining(words), advice: expect.stringMatching(advice) });
    expect(walked(await ping(`https://127.0.0.1:${served.port}`, { verifyTls: false }))).toBe(
      "name connection TLS registry rights",
    );
  });

  it.each([
    [
      "that has expired",
      expiredCertificate,
      /has a certificate that has expired: it is for localhost, 127\.0\.0\.1 by Test authority, valid until 2021-01-01$/,
      /renew the certificate/,
    ],
    [
      "for another name",
      otherCertificate,
      /has a certificate for another name: it is for other\.example by/,
      /use one of the names/,
    ],
  ])("at a certificate %s", async (_what, cert, words, advice) => {
    await using served = await serveHttp((_request, response) => response.end(), { tls: { cert, key } });
    const steps = await ping(`https://127.0.0.1:${served.port}`, { ca: authority });
    expect(steps.at(-1)).toMatchObject({
      name: "TLS",
      ok: false,
      words: expect.stringMatching(words),
      advice: expect.stringMatching(advice),
      certificate: { issuer: "Test authority" },
    });
  });

  it("at plain HTTP where TLS was expected", async () => {
    await using fake = await holding();
    const steps = await ping(`https://${fake.host}`);
    expect(walked(steps)).toBe("name connection TLS FAILED");
    expect(steps.at(-1)).toMatchObject({
      words: expect.stringContaining("does not speak TLS on this port"),
      advice: expect.stringContaining("allow plain HTTP"),
    });
  });

  it("at TLS where plain HTTP was expected", async () => {
    await using served = await serveHttp((_request, response) => response.end(), { tls: { cert: goodCertificate, key } });
    const steps = await ping(`http://127.0.0.1:${served.port}`);
    expect(walked(steps)).toBe("name connection TLS registry FAILED");
    expect(steps.at(-1)?.advice).toContain("https://");
  });

  it("at a port where somebody else speaks, or nobody answers", async () => {
    await using ssh = await serveBytes((socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    expect((await ping(ssh.url.origin)).at(-1)).toMatchObject({ name: "registry", ok: false });
    using time = timeInHand();
    const silent = createServer((socket) => void socket.on("error", () => undefined).once("data", () => time.pass(1000)));
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    for (const [scheme, name] of [
      ["http", "registry"],
      ["https", "TLS"],
    ]) {
      expect((await ping(`${scheme}://${host}`, { timeout: 1000, maxRetries: 0 })).at(-1)).toMatchObject({
        name,
        ok: false,
        error: { kind: "timeout" },
      });
    }
    silent.close();
  });

  it.each([
    [
      "a page for people",
      200,
      "<!doctype html><title>Welcome</title>",
      /answers with a page for people/,
      /a website, a portal or a proxy/,
    ],
    ["nothing at /v2/", 404, "404 page not found", /answered 404 to GET \/v2\//, /check host and port/],
    ["a refusal for everybody", 403, "{}", /answered 403/, /is a VPN needed/],
    ["trouble of its own", 503, "{}", /answered 503/, /in trouble itself/],
    ["too many questions", 429, "{}", /answered 429/, /try again/],
    ["a login that it does not explain", 401, "{}", /does not say how/, /check host and port/],
  ])("at %s", async (_what, status, body, words, advice) => {
    await using served = await serveHttp((_request, response) => response.writeHead(status).end(body));
    const steps = await ping(served.url.origin);
    expect(walked(steps)).toBe("name connection TLS registry FAILED");
    expect(steps.at(-1)).toMatchObject({ words: expect.stringMatching(words), advice: expect.stringMatching(advice) });
  });

  it("at a login of a kind that is not possible here", async () => {
    await using served = await serveHttp((_request, response) =>
      response.writeHead(401, { "www-authenticate": "Negotiate" }).end(),
    );
    expect((await ping(served.url.origin)).at(-1)).toMatchObject({
      name: "registry",
      ok: false,
      words: expect.stringContaining("wants a login by negotiate"),
    });
  });

  it.each(["basic", "bearer"] as const)("at the login, when nobody is logged in or the password is wrong (%s)", async (login) => {
    await using fake = await holding({ login });
    const nobody = await ping(fake.url, {}, { repository });
    const last = nobody.at(-1);
    expect(last).toMatchObject({ ok: false, error: { kind: "auth" }, advice: expect.stringMatching(/^log in/) });
    const wrong = await ping(fake.url, { username: "robot", password: "wr0ng-pass" }, { repository });
    expect(walked(wrong)).toBe("name connection TLS registry login FAILED");
    expect(wrong.at(-1)).toMatchObject({
      error: { kind: "auth" },
      advice: expect.stringMatching(/^check the user name and the password/),
    });
    expect(JSON.stringify(wrong)).not.toContain("wr0ng-pass");
  });

  it("at a token server that cannot be reached, or is a stranger's", async () => {
    const challenge = (realm: string): Promise<Served> =>
      serveHttp((_request, response) => response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end());
    await using away = await challenge("http://127.0.0.1:1/token");
    expect((await ping(away.url.origin, robot)).at(-1)).toMatchObject({
      name: "login",
      ok: false,
      advice: "the token server must be within reach, too",
    });
    await using strange = await challenge("http://token.example.org/");
    expect((await ping(strange.url.origin, robot)).at(-1)).toMatchObject({
      name: "login",
      ok: false,
      words: expect.stringContaining("add 'token.example.org' to allowedRealms"),
    });
  });

  it("at the rights, for what is not there and for what is refused", async () => {
    await using fake = await holding();
    expect((await ping(fake.url, {}, { repository: "team/none" as RepositoryName })).at(-1)).toMatchObject({
      name: "rights",
      ok: false,
      error: { code: "NAME_UNKNOWN" },
      advice: expect.stringContaining("check the spelling"),
    });
    fake.fail({ kind: "answer", status: 403, body: { errors: [{ code: "DENIED", message: "no" }] } }, { path: /tags/ });
    expect((await ping(fake.url, robot, { repository })).at(-1)).toMatchObject({
      name: "rights",
      ok: false,
      error: { kind: "forbidden" },
      advice: "ask whoever runs it for the right of robot to read it",
    });
  });

  it("nothing is asked twice, and nothing hangs when it is aborted", async () => {
    await using fake = await holding({ login: "bearer" });
    await ping(fake.url, robot, { repository });
    expect(fake.requests.map(({ path }) => path)).toEqual(["/v2/", "/v2/", "/v2/", "/v2/team/app/tags/list"]);
    const reason = new Error("enough");
    const abort = new AbortController();
    await using silent = await serveBytes(() => abort.abort(reason));
    await expect(ping(silent.url.origin, {}, { signal: abort.signal })).rejects.toBe(reason);
  });
});
