// Somebody signs in with an OpenID provider, as a browser does it, against a real provider and over real ports; then the provider goes away.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWeb } from "../../src/web-build.ts";
import { basic, openHouse, type House } from "../access-house.ts";
import { createBrowser, openOpenidProvider, type OpenidProvider } from "../peers/openid-provider.ts";
import { freePort } from "../peers/program.ts";

const client = { client_id: "hythe", client_secret: "a secret for two", token_endpoint_auth_method: "client_secret_basic" };

let provider: OpenidProvider;
let house: House;

beforeAll(async () => {
  // Browsers are sent to its page of signing in.
  await buildWeb();
  // What the provider must know of us, before we are there.
  const listen = { host: "127.0.0.1", port: await freePort() };
  const callback = `http://127.0.0.1:${listen.port}/api/v1/session/oidc/callback`;
  provider = await openOpenidProvider({ clients: [{ ...client, redirect_uris: [callback] }] });
  provider.people.set("0042", { preferred_username: "ann", groups: ["dev"] });
  provider.people.set("0043", { preferred_username: "root", groups: ["dev"] });
  house = await openHouse({
    listen,
    "oidc.issuer": new URL(provider.url),
    "oidc.clientId": client.client_id,
    "oidc.clientSecret": client.client_secret,
    "oidc.scopes": "openid profile groups",
  });
  await house.grant({ kind: "group", name: "dev" }, "pull team/*");
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await provider.stop();
});

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly cookies: readonly string[];
  readonly body: Record<string, unknown>;
}
async function ask(path: string, headers: Readonly<Record<string, string>> = {}, post?: object): Promise<Answer> {
  const sent = post && { method: "POST", body: JSON.stringify(post) };
  const type = post && { "content-type": "application/json" };
  const response = await fetch(new URL(path, house.url), { redirect: "manual", headers: { ...headers, ...type }, ...sent });
  const text = await response.text();
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, location: response.headers.get("location"), cookies: response.headers.getSetCookie(), body };
}
const sent = (cookies: readonly string[]): string => cookies.map((cookie) => cookie.split(";", 1)[0]).join("; ");

/** From the link on a page of ours to the answer of the callback. */
async function signIn(subject: string, { returnTo = "/", earlier = "" } = {}): Promise<Answer> {
  const start = await ask(`/api/v1/session/oidc?returnTo=${encodeURIComponent(returnTo)}`);
  expect(start).toMatchObject({ status: 302, location: expect.stringContaining(`${provider.url}/auth?`) });
  const back = await createBrowser().signIn(start.location!, subject);
  expect(back.origin).toBe(house.url);
  return ask(back.pathname + back.search, { cookie: `${sent(start.cookies)}; ${earlier}` });
}

async function audited(): Promise<string[]> {
  const { body } = await ask("/api/v1/audit?limit=20", { authorization: basic(house.root) });
  return (body["items"] as { who: { name: string } | string; action: string; outcome: string }[]).map((item) =>
    JSON.stringify(item),
  );
}

describe("signing in with an OpenID provider", () => {
  it("gives a session of ours, goes where it was to go, and takes back what it had begun with", async () => {
    const { status, location, cookies } = await signIn("0042", { returnTo: "/tags?repository=team/app" });
    expect({ status, location }).toEqual({ status: 302, location: "/tags?repository=team/app" });
    expect(cookies).toHaveLength(2);
    expect(cookies[0]).toMatch(/^hythe_oidc=; .*Max-Age=0$/);
    expect(cookies[1]).toMatch(/^hythe_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    const { body } = await ask("/api/v1/session", { cookie: sent([cookies[1]!]) });
    expect(body).toMatchObject({
      name: "ann",
      kind: "user",
      groups: ["dev"],
      visible: ["team/*"],
      provider: true,
      mustChange: false,
      hasPassword: false,
      manages: false,
    });
    expect((await audited()).filter((row) => row.includes("ann"))).toEqual([
      expect.stringContaining("session.create"),
      expect.stringContaining("user.create"),
    ]);
  });

  it("ends the session that the browser had, and begins a new one", async () => {
    const first = sent([(await signIn("0042")).cookies[1]!]);
    const second = sent([(await signIn("0042", { earlier: first })).cookies[1]!]);
    expect(second).not.toBe(first);
    expect((await ask("/api/v1/session", { cookie: first })).body).toMatchObject({ kind: "anonymous" });
    expect((await ask("/api/v1/session", { cookie: second })).body).toMatchObject({ name: "ann" });
  });

  it("never opens an account that somebody has here under the same name, and says so in the audit log", async () => {
    const answer = await signIn("0043");
    expect(answer).toMatchObject({ status: 409, cookies: [], body: { code: "CONFLICT" } });
    expect((await audited())[0]).toMatch(/session\.refuse.*CONFLICT|CONFLICT.*session\.refuse/);
  });

  it("leads nowhere else", async () => {
    for (const place of ["https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example", "/.//evil.example"]) {
      const { status, location } = await ask(`/api/v1/session/oidc?returnTo=${encodeURIComponent(decodeURIComponent(place))}`);
      expect({ status, location }, place).toEqual({ status: 400, location: null });
    }
  });

  it("is finished only by the browser that began it, whatever another site makes it ask for", async () => {
    const theirs = await ask("/api/v1/session/oidc");
    const back = await createBrowser().signIn(theirs.location!, "0042");
    const victim = await ask(back.pathname + back.search);
    expect(victim).toMatchObject({ status: 400, cookies: [], body: { code: "REQUEST_INVALID" } });
    for (const query of [
      "",
      "?",
      "?code=x&state=y",
      "?code=a&code=b&state=c",
      "?error=access_denied",
      `?state=${"x".repeat(5000)}`,
    ])
      expect(await ask(`/api/v1/session/oidc/callback${query}`, { cookie: "hythe_oidc=AAAA" })).toMatchObject({
        status: 400,
        cookies: [],
      });
  });

  it("tells a browser on the page of signing in why it was not let in, and puts nothing of the request into that address", async () => {
    const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const start = await ask("/api/v1/session/oidc?returnTo=/ui/tags", html);
    const back = await createBrowser().signIn(start.location!, "0043");
    const callback = "/api/v1/session/oidc/callback";
    expect(await ask(back.pathname + back.search, { ...html, cookie: sent(start.cookies) })).toEqual({
      status: 302,
      location: "/ui/sign-in?failed=CONFLICT",
      cookies: [],
      body: {},
    });
    expect((await audited())[0]).toMatch(/"reason":"the name 'root' belongs to somebody else here/);
    for (const query of [
      "",
      "?code=x&state=<script>",
      "?error=access_denied&error_description=//evil.example",
      "?code=a&code=b",
    ]) {
      const { status, location } = await ask(callback + query, { ...html, cookie: "hythe_oidc=AAAA" });
      expect({ status, location }, query).toEqual({ status: 302, location: "/ui/sign-in?failed=REQUEST_INVALID" });
    }
    expect(await ask("/api/v1/session/oidc?returnTo=//evil.example", html)).toMatchObject({
      status: 302,
      location: "/ui/sign-in?failed=REQUEST_INVALID",
    });
    // Pages ask for JSON, and everything else of the API answers problems whoever asks.
    expect(await ask("/api/v1/users", html)).toMatchObject({ status: 401, location: null });
  });

  it("lasts without the provider: the session, its tokens and everybody else work on, and who wants to sign in is told", async () => {
    const cookie = sent([(await signIn("0042")).cookies[1]!]);
    const { csrf } = (await ask("/api/v1/session", { cookie })).body;
    await provider.stop();

    const token = await ask("/api/v1/tokens", { cookie, "x-csrf-token": String(csrf) }, { name: "laptop" });
    expect(token.status).toBe(200);
    const ann = { name: "ann", secret: String(token.body["secret"] ?? token.body["token"]) };
    const registry = await ask(`/v2/token?service=x&scope=repository:team/app:pull`, { authorization: basic(ann) });
    expect(registry).toMatchObject({ status: 200, body: { token: expect.any(String) } });
    expect((await ask("/api/v1/users", { authorization: basic(house.root) })).status).toBe(200);
    expect((await ask("/readyz")).status).toBe(200);

    // What the provider said of itself is known for an hour; only the way back needs it.
    const start = await ask("/api/v1/session/oidc");
    const state = new URL(start.location!).searchParams.get("state");
    const answer = await ask(`/api/v1/session/oidc/callback?code=x&state=${state}&iss=${encodeURIComponent(provider.url)}`, {
      cookie: sent(start.cookies),
    });
    expect(answer).toMatchObject({
      status: 502,
      body: { code: "UNREACHABLE", detail: expect.stringContaining("cannot be reached") },
    });
    const again = await ask("/api/v1/session/oidc", { accept: "text/html" });
    const location = `/api/v1/session/oidc/callback?code=x&state=${new URL(again.location!).searchParams.get("state")}&iss=${encodeURIComponent(provider.url)}`;
    expect(await ask(location, { accept: "text/html", cookie: sent(again.cookies) })).toMatchObject({
      status: 302,
      location: expect.stringMatching(/^\/ui\/sign-in\?failed=UNREACHABLE&request=[\w-]+$/),
    });
    await provider.start();
    expect((await signIn("0042")).status).toBe(302);
  });
});

it("without a provider there is nothing to sign in with", async () => {
  await using closed = await openHouse();
  for (const path of ["/api/v1/session/oidc", "/api/v1/session/oidc/callback?code=x&state=y"]) {
    const response = await fetch(closed.url + path, { redirect: "manual" });
    expect(response.status, path).toBe(404);
  }
});
