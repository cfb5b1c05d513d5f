// What was answered about access is true after a kill at once, and in every process on the same data.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startHythe, type Hythe } from "../peers/hythe.ts";

const timeout = 120_000;
const root = `Basic ${Buffer.from("root:correct horse of root").toString("base64")}`;
let data: string;
const running = new Set<Hythe>();
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "hythe-access-kill-"));
});
afterEach(async () => {
  for (const server of running) await server.kill();
  running.clear();
  rmSync(data, { recursive: true, force: true });
});

async function start(): Promise<Hythe> {
  const server = await startHythe({ data, settings: { HYTHE_LOG_LEVEL: "warn" } });
  running.add(server);
  return server;
}
async function ask(
  { url }: Hythe,
  target: string,
  authorization = root,
  body?: object,
): Promise<{ status: number; body: string }> {
  const [method, path] = target.split(" ") as [string, string];
  const response = await fetch(url + path, {
    method,
    headers: { authorization, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.text() };
}
async function made<T>(server: Hythe, target: string, body: object): Promise<T> {
  const reply = await ask(server, target, root, body);
  expect([target, reply.status]).toEqual([target, 200]);
  return JSON.parse(reply.body) as T;
}
async function setUp(server: Hythe): Promise<void> {
  const user = { name: "root", password: "correct horse of root", administrator: true };
  const response = await fetch(`${server.url}/api/v1/users`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(user),
  });
  expect(response.status).toBe(200);
}
const as = (name: string, secret: string): string => `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
const upload = "POST /v2/team/app/blobs/uploads/";

test("a kill right after the answer takes back no closing, no grant and no revocation", { timeout }, async () => {
  let server = await start();
  await setUp(server);
  await server.kill();
  server = await start();
  expect((await fetch(`${server.url}/v2/_catalog`)).status).toBe(401);
  const robot = { name: "ci", grants: [{ role: "push", pattern: "team/*" }] };
  const { secret } = await made<{ secret: string }>(server, "POST /api/v1/robots", robot);
  await server.kill();
  server = await start();
  expect((await ask(server, upload, as("ci", secret))).status).toBe(202);
  const { items } = JSON.parse((await ask(server, "GET /api/v1/grants?account=ci")).body) as { items: { id: number }[] };
  expect((await ask(server, `DELETE /api/v1/grants/${items[0]!.id}`)).status).toBe(204);
  await server.kill();
  server = await start();
  expect((await ask(server, upload, as("ci", secret))).status).toBe(403);
  const tokens = JSON.parse((await ask(server, "GET /api/v1/tokens?of=ci")).body) as { items: { id: number }[] };
  expect((await ask(server, `DELETE /api/v1/tokens/${tokens.items[0]!.id}`)).status).toBe(204);
  await server.kill();
  server = await start();
  expect((await ask(server, "GET /v2/", as("ci", secret))).status).toBe(401);
  const audit = (await ask(server, "GET /api/v1/audit?limit=100")).body;
  for (const action of ["user.create", "robot.create", "grant.remove", "token.revoke"]) expect(audit).toContain(`"${action}"`);
});

test("a change in one process counts at once in the other", { timeout }, async () => {
  const first = await start();
  await setUp(first);
  const robot = { name: "ci", grants: [{ role: "push", pattern: "team/*" }] };
  const { secret } = await made<{ secret: string }>(first, "POST /api/v1/robots", robot);
  const second = await start();
  const ci = as("ci", secret);
  for (const server of [first, second]) expect((await ask(server, upload, ci)).status).toBe(202);
  const { items } = JSON.parse((await ask(second, "GET /api/v1/grants?account=ci")).body) as { items: { id: number }[] };
  expect((await ask(second, `DELETE /api/v1/grants/${items[0]!.id}`)).status).toBe(204);
  expect((await ask(first, upload, ci)).status).toBe(403);
  const back = { to: { account: "ci" }, role: "pull", pattern: "team/*" };
  await made(first, "POST /api/v1/grants", back);
  expect((await ask(second, "GET /v2/team/app/tags/list", ci)).status).toBe(404);
  expect((await ask(second, "PATCH /api/v1/robots/ci", root, { disabled: true })).status).toBe(200);
  for (const server of [first, second]) expect((await ask(server, "GET /v2/", ci)).status).toBe(401);
});
