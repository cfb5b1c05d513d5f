// The first user, made through the one-time link, and a registry that is open until then.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openApp, type App } from "../../src/app.ts";
import { loadConfig } from "../../src/config-load.ts";
import { basic } from "../access-house.ts";
import { createAsker, type Asker, type Reply } from "../asker.ts";
import { openRaw } from "../raw-http.ts";

const password = "correct horse battery";
let folder: string;
let app: App;
let asker: Asker;
let host: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hythe-setup-"));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});
async function start(): Promise<void> {
  const { config } = loadConfig({ flags: { listen: "127.0.0.1:0", data: folder, "log-level": "error" }, env: {} });
  app = await openApp(config!);
  host = new URL(app.url).host;
  asker = createAsker(Number(new URL(app.url).port));
}
async function stop(): Promise<void> {
  asker.close();
  await app.close();
}

const tokenOf = (): string => new URL(app.setupUrl!).searchParams.get("token")!;
const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> => asker.ask({ method: "GET", path, headers });
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  asker.ask({
    method: "POST",
    path,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const send = (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> =>
  asker.ask({
    method: "POST",
    path: "/setup",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(fields).toString(),
  });
const isOpen = async (): Promise<boolean> => (await get("/api/v1/users")).status === 200;

test("the link makes one user, an administrator; then it is worth nothing and the registry is closed for ever", async () => {
  const token = tokenOf();
  expect(token).toMatch(/^[\w-]{43}$/);
  expect((await get("/setup?token=x")).body).toContain("Take all of the link that the last start of the registry printed");
  expect(await isOpen()).toBe(true);
  const made = await post("/api/v1/setup", { token, name: "ann", password });
  expect([made.status, JSON.parse(made.body)]).toEqual([200, { name: "ann" }]);
  expect(await isOpen()).toBe(false);
  const session = await get("/api/v1/session", { authorization: basic({ name: "ann", secret: password }) });
  expect(JSON.parse(session.body)).toMatchObject({ name: "ann", open: false, mustChange: false, may: { admin: true } });
  const users = await get("/api/v1/users", { authorization: basic({ name: "ann", secret: password }) });
  expect(JSON.parse(users.body)).toMatchObject({ items: [{ name: "ann", createdBy: "setup link" }] });
  const again = await post("/api/v1/setup", { token, name: "eve", password });
  const never = await post("/api/v1/setup", { token: "x".repeat(43), name: "eve", password });
  expect([again.status, never.status]).toEqual([404, 404]);
  expect((await get(`/setup?token=${token}`)).body).toBe((await get("/setup?token=x")).body);
  await stop();
  await start();
  expect(app.setupUrl).toBeUndefined();
});

test("of two who use it at once, one is made", async () => {
  const token = tokenOf();
  const names = ["ann", "bob", "cid"];
  const replies = await Promise.all(names.map((name) => post("/api/v1/setup", { token, name, password })));
  expect(replies.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
  const winner = names[replies.findIndex(({ status }) => status === 200)]!;
  const users = await get("/api/v1/users", { authorization: basic({ name: winner, secret: password }) });
  expect((JSON.parse(users.body) as { items: { name: string }[] }).items.map(({ name }) => name)).toEqual([winner]);
});

test("it is good for nothing when a user was made elsewhere, and a new start prints another one", async () => {
  const first = tokenOf();
  await stop();
  await start();
  expect(tokenOf()).not.toBe(first);
  expect((await post("/api/v1/setup", { token: first, name: "eve", password })).status).toBe(404);
  expect((await post("/api/v1/users", { name: "ann", password, administrator: true })).status).toBe(200);
  expect((await post("/api/v1/setup", { token: tokenOf(), name: "eve", password })).status).toBe(404);
});

test("a password or name that will not do leaves it as good as it was", async () => {
  const token = tokenOf();
  for (const body of [
    { name: "ann", password: "short" },
    { name: "ann", password: "ann" },
    { name: "Ann", password },
    { name: "anonymous", password },
  ]) {
    expect((await post("/api/v1/setup", { token, ...body })).status, JSON.stringify(body)).toBe(400);
  }
  expect(await isOpen()).toBe(true);
  expect((await post("/api/v1/setup", { token, name: "ann", password })).status).toBe(200);
});

test("the page has no script, may run none, and shows what was typed as text", async () => {
  const { pathname, search } = new URL(app.setupUrl!);
  const page = await get(pathname + search);
  expect(page.status).toBe(200);
  const policy = page.header("content-security-policy")!;
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(page.header("referrer-policy")).toBe("same-origin");
  expect(page.header("cache-control")).toBe("no-store");
  expect(page.body).not.toMatch(/<script|javascript:|onload|src=/i);
  const refused = await send({ token: tokenOf(), name: '"><script>alert(1)</script>', password });
  expect(refused.status).toBe(400);
  expect(refused.body).toContain('role="alert"');
  expect(refused.body).not.toContain("<script");
  expect(refused.body).not.toContain(password);
  const done = await send({ token: tokenOf(), name: "ann", password });
  expect([done.status, done.body]).toEqual([200, expect.stringContaining(`docker login -u ann ${host}`)]);
  expect(await isOpen()).toBe(false);
});

test("the form is taken from our own page only, and without the token from nobody", async () => {
  const token = tokenOf();
  const own = { origin: `http://${host}`, "sec-fetch-site": "same-origin" };
  expect((await send({ token, name: "eve", password }, { ...own, origin: "http://evil.example" })).status).toBe(403);
  expect((await send({ token, name: "eve", password }, { ...own, "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await send({ name: "eve", password }, own)).status).toBe(404);
  expect((await send({ token: `${token}x`, name: "eve", password }, own)).status).toBe(404);
  expect(await isOpen()).toBe(true);
  expect((await send({ token, name: "ann", password }, own)).status).toBe(200);
});

test("an open registry changes nothing for a page that some name on the Internet brought to this machine", async () => {
  const rebound = { host: "evil.example:5000", origin: "http://evil.example:5000", "sec-fetch-site": "same-origin" };
  const user = { name: "eve", password, administrator: true };
  expect((await post("/api/v1/users", user, rebound)).status).toBe(403);
  expect((await post("/api/v1/grants", { to: { everyone: true }, role: "admin", pattern: "*" }, rebound)).status).toBe(403);
  expect(await isOpen()).toBe(true);
  for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
    const reply = await post("/api/v1/rules", { repositoryPattern: "a", tagPattern: "b" }, { host: `${name}:5000` });
    expect(reply.status, name).toBe(200);
  }
});

test("an open registry shows nothing to such a page either, and everything to clients and to pages of this machine", async () => {
  const readable = ["/v2/", "/v2/_catalog", "/v2/team/app/tags/list", "/api/v1/repositories", "/api/v1/registries", "/metrics"];
  const statuses = async (headers: Record<string, string>) =>
    Promise.all(readable.map(async (path) => (await get(path, headers)).status));
  const there = [200, 200, 404, 200, 200, 200];
  const page = { "accept-language": "en" };
  expect(await statuses({ ...page, host: "evil.example:5000" })).toEqual(readable.map(() => 403));
  expect(await statuses({ host: "host.docker.internal:5000" })).toEqual(there);
  expect(await statuses({ ...page, host: "localhost:5000" })).toEqual(there);
  expect((await post("/api/v1/setup", { token: tokenOf(), name: "ann", password })).status).toBe(200);
  const authorization = basic({ name: "ann", secret: password });
  expect(await statuses({ ...page, host: "registry.example:5000", authorization })).toEqual(there);
});

test("whoever asked while it was open and sends the body when it is closed comes too late", async () => {
  const connection = await openRaw(Number(new URL(app.url).port));
  const body = JSON.stringify({ name: "eve", password, administrator: true });
  const head = `Host: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
  connection.send(`POST /api/v1/users HTTP/1.1\r\n${head}`);
  expect((await connection.response()).status).toBe(100);
  expect((await post("/api/v1/setup", { token: tokenOf(), name: "ann", password })).status).toBe(200);
  connection.send(body);
  expect((await connection.response()).status).toBe(401);
  connection.socket.destroy();
  const authorization = basic({ name: "ann", secret: password });
  expect((await get("/api/v1/users/eve", { authorization })).status).toBe(404);
});
