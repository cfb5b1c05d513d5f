import { describe, expect, it } from "vitest";
import { clientOver } from "../../test/client-over.ts";
import { startFakeRegistry, type FakeOptions } from "../../test/fake/fake-registry.ts";
import { serveBusyLogin, serveHttp } from "../../test/wire-servers.ts";
import type { ClientOptions } from "./client-options.ts";
import type { LoginCheck } from "./login-check.ts";

const robot = { username: "robot", password: "secret" };

interface Checked {
  readonly check: LoginCheck | undefined;
  readonly error: unknown;
  readonly sent: readonly string[];
  readonly grants: readonly string[];
}

async function check(fakeOptions: FakeOptions, clientOptions: Partial<ClientOptions> = robot): Promise<Checked> {
  await using fake = await startFakeRegistry(fakeOptions);
  await using over = clientOver(fake.url, clientOptions);
  const outcome = await over.client.checkLogin().then(
    (done) => ({ check: done, error: undefined }),
    (error: unknown) => ({ check: undefined, error }),
  );
  const sent = fake.requests.map(({ authorization, method, path }) => `${method} ${path} ${authorization}`);
  return { ...outcome, sent, grants: fake.tokens.requests.map(({ grant }) => grant) };
}

describe("checking a login", () => {
  it("proves a password by Basic at the front door", async () => {
    const { check: done, sent } = await check({ login: "basic" });
    expect(done).toEqual({ asked: true });
    expect(sent).toEqual(["GET /v2/ none", "GET /v2/ basic"]);
  });

  it("gets an identity token from a token server that gives one, and tries it", async () => {
    const { check: done, grants, sent } = await check({ login: "bearer" });
    expect(done).toEqual({ asked: true, identityToken: expect.stringMatching(/^refresh-/) as string });
    expect(grants).toEqual(["basic", "refresh_token"]);
    expect(sent).toEqual(["GET /v2/ none", "GET /v2/ bearer"]);
  });

  it.each(["token-post-401", "token-post-404"] as const)(
    "keeps the password where the identity token does not work: %s",
    async (manner) => {
      const { check: done } = await check({ login: "bearer", manners: [manner] });
      expect(done).toEqual({ asked: true });
    },
  );

  it.each(["two-challenges-one-header", "negotiate-first", "realm-is-relative", "realm-has-query"] as const)(
    "may meet the manner %s",
    async (manner) => {
      expect((await check({ login: "bearer", manners: [manner] })).check).toMatchObject({ asked: true });
    },
  );

  it("says when nobody is asked who they are", async () => {
    const { check: done, sent } = await check({ login: "open" });
    expect(done).toEqual({ asked: false });
    expect(sent).toEqual(["GET /v2/ none"]);
  });

  it.each(["basic", "bearer"] as const)("refuses a wrong password after one try by %s, and does not repeat it", async (login) => {
    const { error, grants, sent } = await check({ login }, { ...robot, password: "wr0ng-pass" });
    expect(error).toMatchObject({ kind: "auth", request: { status: 401 } });
    expect(String((error as Error).stack)).not.toContain("wr0ng-pass");
    expect(sent.length + grants.length).toBe(2);
  });

  it("refuses nobody, and a token that does not work", async () => {
    expect((await check({ login: "bearer" }, {})).error).toMatchObject({ kind: "auth" });
    const { error, grants } = await check({ login: "bearer" }, { registryToken: "old" });
    expect(error).toMatchObject({ kind: "auth" });
    expect(grants).toEqual([]);
    expect((await check({ login: "bearer" }, { identityToken: "old" })).error).toMatchObject({ kind: "auth" });
  });

  it("never sends a password to a token server elsewhere", async () => {
    await using registry = await serveHttp((_req, res) => {
      res.setHeader("www-authenticate", 'Bearer realm="http://stranger.example/token"').writeHead(401).end();
    });
    await using over = clientOver(registry.url, robot);
    await expect(over.client.checkLogin()).rejects.toMatchObject({
      kind: "auth",
      message: expect.stringContaining("add 'stranger.example' to allowedRealms") as string,
    });
  });

  it.each([
    [404, "protocol"],
    [403, "forbidden"],
    [418, "protocol"],
  ])("at a host that answers %i is an error of kind %s that says so", async (status, kind) => {
    await using host = await serveHttp((_req, res) => res.writeHead(status).end());
    await using over = clientOver(host.url, robot);
    await expect(over.client.checkLogin()).rejects.toMatchObject({
      kind,
      message: `${host.url.host} answered ${status} to GET /v2/`,
    });
  });

  it.each(["Basic", "Bearer"] as const)("says when one may guess again, and does not wait for it: %s", async (way) => {
    await using host = await serveBusyLogin(way, "30");
    await using over = clientOver(host.url, robot);
    const retryAt = new Date(over.clock.now() + 30_000);
    await expect(over.client.checkLogin()).rejects.toMatchObject({ kind: "rate limited", retryAt });
    expect(over.clock.waits).toEqual([]);
  });

  it("asks again where that takes seconds", async () => {
    await using host = await serveBusyLogin("Basic", "2");
    await using over = clientOver(host.url, robot);
    await expect(over.client.checkLogin()).rejects.toMatchObject({ kind: "rate limited" });
    expect(over.clock.waits).toEqual([2000, 2000, 2000]);
  });

  it("does not take a token that the registry itself refuses", async () => {
    await using fake = await startFakeRegistry({ login: "bearer" });
    fake.fail({ kind: "unauthorized", realm: fake.tokens.realm });
    await using over = clientOver(fake.url, robot);
    await expect(over.client.checkLogin()).rejects.toMatchObject({ kind: "auth" });
    expect(fake.requests).toHaveLength(2);
  });
});
