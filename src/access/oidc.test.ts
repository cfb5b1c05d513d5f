import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { createBrowser, openOpenidProvider, type OpenidProviderOptions } from "../../test/peers/openid-provider.ts";
import { openDatabase } from "../store/database.ts";
import { openDirectory } from "./directory.ts";
import { createGrants } from "./grants.ts";
import { createMembers } from "./members.ts";
import { createOidc, type OidcOptions } from "./oidc.ts";
import { isAllowed } from "./principal.ts";
import type { RepositoryName } from "../oci/reference.ts";

const externalUrl = () => "http://127.0.0.1:5000";
const redirectUri = `${externalUrl()}/api/v1/session/oidc/callback`;
const author = { principal: { id: -1, name: "system" } };
const caller = { address: "192.0.2.1", userAgent: "test" };
const repository = "team/app" as RepositoryName;
const clients = [
  {
    client_id: "hythe",
    client_secret: "a secret: with + and %",
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: "client_secret_basic",
  },
];

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function setUp(options: Partial<OpenidProviderOptions> & { readonly oidc?: Partial<OidcOptions["settings"]> } = {}) {
  const provider = await openOpenidProvider({ clients, ...options });
  open.push(() => provider.stop().catch(() => undefined));
  provider.people.set("sub-ann", { preferred_username: "Ann", groups: ["dev", "ops"] });
  provider.people.set("sub-ben", { preferred_username: "ben" });
  const folder = mkdtempSync(join(tmpdir(), "hythe-oidc-"));
  open.push(() => rmSync(folder, { recursive: true }));
  const db = await openDatabase({ folder });
  open.push(() => db.close());
  let time = Date.now();
  const now = () => time;
  const directory = await openDirectory({ db, now, log: () => undefined });
  open.push(() => directory.close());
  const parts = { db, now, directory };
  const members = createMembers(parts);
  const settings = {
    issuer: new URL(provider.url),
    clientId: "hythe",
    clientSecret: clients[0]!.client_secret,
    scopes: "openid profile groups",
    nameClaim: "preferred_username",
    groupsClaim: "groups",
    ...options.oidc,
  };
  const secret = Buffer.alloc(32, 7);
  const oidc = createOidc({ settings, externalUrl, secret, members, directory, now });
  const signIn = async (subject: string, returnTo = "/") => {
    const { location, cookie } = await oidc.start(returnTo);
    const back = await createBrowser().signIn(location, subject);
    return oidc.finish(back.search, sent(cookie), caller);
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { provider, oidc, members, grants: createGrants(parts), directory, settings, secret, db, now, pass, signIn };
}

/** What the browser sends back of a Set-Cookie. */
const sent = (cookie: string): string => cookie.split(";", 1)[0]!;

test("the first sign-in makes a user with the groups of the provider, and no rights but theirs", async () => {
  const { signIn, grants, directory } = await setUp();
  await grants.add({ subject: { kind: "group", name: "dev" }, role: "push", pattern: "team/*", overwrite: true }, author);
  const { member, returnTo, cookie } = await signIn("sub-ann", "/tags?repository=team/app");
  expect(returnTo).toBe("/tags?repository=team/app");
  expect(cookie).toMatch(/^hythe_oidc=; .*Max-Age=0$/);
  expect(member).toMatchObject({ groups: ["dev", "ops"], passwordHash: "", principal: { name: "ann", kind: "user" } });
  expect(isAllowed(member.principal, "push", repository)).toBe(true);
  expect(isAllowed(member.principal, "delete", repository)).toBe(false);

  const { member: ben } = await signIn("sub-ben");
  expect(ben.groups).toEqual([]);
  expect(isAllowed(ben.principal, "pull", repository)).toBe(false);
  expect(directory.isOpen()).toBe(false);
});

test("who comes again is the same user, under the name of the first time and with the groups of now", async () => {
  const { provider, signIn, grants } = await setUp();
  await grants.add({ subject: { kind: "group", name: "dev" }, role: "pull", pattern: "*", overwrite: true }, author);
  const { member: first } = await signIn("sub-ann");
  provider.people.set("sub-ann", { preferred_username: "ann.married", groups: "ops" });
  const { member } = await signIn("sub-ann");
  expect(member.principal).toMatchObject({ id: first.principal.id, name: "ann" });
  expect(member.groups).toEqual(["ops"]);
  expect(isAllowed(member.principal, "pull", repository)).toBe(false);

  provider.people.set("sub-ann", {});
  expect((await signIn("sub-ann")).member).toMatchObject({ groups: [], principal: { id: first.principal.id } });
});

test("a name belongs to who had it first: neither a local user nor a former owner's account can be taken over by it", async () => {
  const { provider, members, signIn } = await setUp();
  await members.addUser({ name: "ben", passwordHash: "" }, author);
  await expect(signIn("sub-ben")).rejects.toMatchObject({
    code: "CONFLICT",
    message: "the name 'ben' belongs to somebody else here: ask an administrator",
  });
  await signIn("sub-ann");
  provider.people.set("sub-other", { preferred_username: "ann", groups: ["dev"] });
  await expect(signIn("sub-other")).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a disabled user is refused however well the provider knows them", async () => {
  const { members, signIn } = await setUp();
  await signIn("sub-ann");
  await members.update("user", "ann", { disabled: true }, author);
  await expect(signIn("sub-ann")).rejects.toMatchObject({ code: "DENIED", status: 403 });
});

test("names that cannot be ours are refused with the claim that says them, and groups that cannot are left out", async () => {
  const { provider, signIn } = await setUp();
  provider.people.set("sub-1", { preferred_username: "Ann Smith" });
  await expect(signIn("sub-1")).rejects.toThrow("claim that cannot be taken: 'preferred_username' or 'groups': a name has");
  provider.people.set("sub-2", { preferred_username: "system" });
  await expect(signIn("sub-2")).rejects.toMatchObject({ code: "REQUEST_INVALID" });
  provider.people.set("sub-3", { groups: ["dev"] });
  await expect(signIn("sub-3")).rejects.toThrow("'preferred_username' is missing");
  provider.people.set("sub-4", { preferred_username: "four", groups: ["a,b", "", "dev", 7, null, "dev", "x\ny"] });
  expect((await signIn("sub-4")).member.groups).toEqual(["dev"]);
});

test("what the ID token says is not asked for again, and a client without a secret has PKCE alone", async () => {
  const { client_id, redirect_uris } = clients[0]!;
  const { signIn } = await setUp({
    wholeIdToken: true,
    clients: [{ client_id, redirect_uris, token_endpoint_auth_method: "none" }],
    oidc: { clientSecret: undefined, nameClaim: "sub", groupsClaim: "groups" },
  });
  expect((await signIn("sub-ann")).member).toMatchObject({ principal: { name: "sub-ann" }, groups: ["dev", "ops"] });
});

test("the request has a challenge of PKCE by S256, a state and a nonce, each new every time", async () => {
  const { oidc } = await setUp();
  const [one, two] = [await oidc.start("/"), await oidc.start("/")];
  const query = Object.fromEntries(new URL(one.location).searchParams);
  expect(query).toMatchObject({
    response_type: "code",
    client_id: "hythe",
    redirect_uri: redirectUri,
    scope: "openid profile groups",
    code_challenge_method: "S256",
  });
  for (const name of ["state", "nonce", "code_challenge"]) {
    expect(query[name], name).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(new URL(two.location).searchParams.get(name)).not.toBe(query[name]);
    expect(one.cookie).not.toContain(query[name]);
  }
  expect(one.cookie).toMatch(/^hythe_oidc=[A-Za-z0-9_-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  expect(one.cookie.length).toBeLessThan(4096);
});

test("behind https the cookie is for this host alone and never sent in the clear", async () => {
  const { settings, secret, members, directory, now } = await setUp();
  const oidc = createOidc({ settings, externalUrl: () => "https://registry.example.org", secret, members, directory, now });
  const { location, cookie } = await oidc.start("/");
  expect(cookie).toMatch(/^__Host-hythe_oidc=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/);
  expect(new URL(location).searchParams.get("redirect_uri")).toBe("https://registry.example.org/api/v1/session/oidc/callback");
});

test("an answer counts only in the browser that asked, for ten minutes, and once", async () => {
  const { oidc, pass, settings, members, directory, now } = await setUp();
  const mine = await oidc.start("/");
  const theirs = await oidc.start("/");
  const back = await createBrowser().signIn(mine.location, "sub-ann");
  const notBegunHere = { code: "REQUEST_INVALID", message: expect.stringContaining("was not begun in this browser") };
  const [cookie, other] = [sent(mine.cookie), sent(theirs.cookie)];
  for (const cookies of [
    undefined,
    "",
    "hythe_oidc=",
    "hythe_oidc=x",
    other,
    `${cookie}; ${other}`,
    `${cookie}A`,
    cookie.replace(/.{5}$/, "AAAAA"),
    `x${cookie}`,
  ])
    await expect(oidc.finish(back.search, cookies, caller), String(cookies)).rejects.toMatchObject(notBegunHere);
  const stranger = createOidc({ settings, externalUrl, secret: Buffer.alloc(32, 8), members, directory, now });
  await expect(stranger.finish(back.search, cookie, caller)).rejects.toMatchObject(notBegunHere);
  for (const query of ["", "?state=x", back.search.replace(/state=[^&]+/, "state="), back.search.replace(/state=[^&]+/, "")])
    await expect(oidc.finish(query, cookie, caller), query).rejects.toMatchObject(notBegunHere);

  const { member } = await oidc.finish(back.search, `a=b; ${cookie}; hythe_session=c`, caller);
  expect(member.principal.name).toBe("ann");
  await expect(oidc.finish(back.search, cookie, caller)).rejects.toThrow("took too long or was used before");

  const late = await createBrowser().signIn(theirs.location, "sub-ann");
  pass(10 * 60_000);
  await expect(oidc.finish(late.search, other, caller)).rejects.toMatchObject(notBegunHere);
});

test("an answer of another provider, or with parameters twice, is not believed", async () => {
  const { oidc } = await setUp();
  const { location, cookie } = await oidc.start("/");
  const back = await createBrowser().signIn(location, "sub-ann");
  for (const change of [
    (query: URLSearchParams) => query.set("iss", "https://evil.example"),
    (query: URLSearchParams) => query.delete("iss"),
    (query: URLSearchParams) => query.append("code", "another"),
    (query: URLSearchParams) => query.append("state", "another"),
    (query: URLSearchParams) => query.delete("code"),
  ]) {
    const query = new URLSearchParams(back.search);
    change(query);
    const error = await oidc.finish(`?${query.toString()}`, sent(cookie), caller).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "PROTOCOL_VIOLATED", status: 502 });
    expect(JSON.stringify(error) + String(error)).not.toContain(query.get("code") ?? "no code");
  }
});

test("who says no at the provider is told so", async () => {
  const { oidc } = await setUp();
  const { location, cookie } = await oidc.start("/");
  const back = await createBrowser().refuse(location, "sub-ann");
  await expect(oidc.finish(back.search, sent(cookie), caller)).rejects.toMatchObject({
    code: "DENIED",
    message: expect.stringMatching(/^127\.0\.0\.1:\d+ did not sign you in: access_denied$/),
  });
});

test("the place to return to is refused when it leads anywhere else", async () => {
  const { oidc } = await setUp();
  for (const place of ["https://evil.example", "//evil.example", "/\\evil.example", "/.//evil.example", "x"])
    await expect(oidc.start(place), place).rejects.toMatchObject({ code: "REQUEST_INVALID" });
});

test("a provider that is down is named, asked again after a moment, and keeps nobody else from anything", async () => {
  const { provider, oidc, members, directory, pass, signIn } = await setUp();
  await provider.stop();
  const down = {
    code: "UNREACHABLE",
    status: 502,
    message: expect.stringMatching(
      /^the sign-in provider 127\.0\.0\.1:\d+ cannot be reached \((?:ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)\)/,
    ),
  };
  await expect(oidc.start("/")).rejects.toMatchObject(down);
  await members.addUser({ name: "carl", passwordHash: "" }, author);
  await directory.refresh();
  expect(await directory.memberByName("carl")).toMatchObject({ barred: undefined });
  await provider.start();
  await expect(oidc.start("/")).rejects.toMatchObject(down);
  pass(5000);
  const { location, cookie } = await oidc.start("/");
  const back = await createBrowser().signIn(location, "sub-ann");
  await provider.stop();
  await expect(oidc.finish(back.search, sent(cookie), caller)).rejects.toMatchObject(down);
  await provider.start();
  expect((await signIn("sub-ann")).member.principal.name).toBe("ann");
});

test("a provider may change its keys at any time", async () => {
  const { provider, signIn } = await setUp();
  await signIn("sub-ann");
  await provider.changeKeys();
  // The library asks for keys that it does not know at most once a minute.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  open.push(() => vi.useRealTimers());
  expect((await signIn("sub-ann")).member.principal.name).toBe("ann");
});

test("a wrong client secret is told to the operator, without the secret", async () => {
  const { signIn } = await setUp({ oidc: { clientSecret: "s3cr3t-and-wrong" } });
  const error = await signIn("sub-ann").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "PROTOCOL_VIOLATED",
    message: expect.stringMatching(/it answers .* \(check oidc\.clientId and oidc\.clientSecret\)$/),
  });
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("s3cr3t");
});
