// Nothing secret stands anywhere in plain text: a whole life of a registry at the most talkative log level, and then a search through all
// that it said, answered and wrote.

import { readdirSync, readFileSync, statSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { ociIndex } from "../../src/oci/media-types.ts";
import { createAsker, type Asker, type Question, type Reply } from "../asker.ts";
import { runHythe, startHythe, type Hythe } from "../peers/hythe.ts";

const password = "correct horse of root";
const later = "another battery of root";
const wrong = "never a staple of anybody";
const mistaken = "typed-into-the-name-field";
let folder: string;
let data: string;
let server: Hythe;
let asker: Asker;
/** What nobody but its owner may ever see, by what it is. */
const secrets = new Map<string, string>();
/** All that came back, but for the answers that show a secret to its owner this once. */
const answers: string[] = [];
let printed = "";

async function ask(target: string, headers: Record<string, string> = {}, body?: string, shows = false): Promise<Reply> {
  const [method, path] = target.split(" ") as [string, string];
  const question: Question = { method, path, headers, ...(body !== undefined && { body }) };
  const reply = await asker.ask(question);
  if (!shows) answers.push(`${target}\n${reply.status}\n${reply.rawHeaders.join("\n")}\n${reply.body}`);
  return reply;
}
const basic = (name: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`,
});
const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hythe-secrets-"));
  data = join(folder, "data");
  server = await startHythe({
    data,
    settings: {
      HYTHE_LOG_LEVEL: "debug",
      HYTHE_PULLS_LOG: "file",
      HYTHE_ACCESS_SECRET: "a root key that only the configuration knows: 3b9f",
    },
  });
  asker = createAsker(Number(new URL(server.url).port));
  secrets.set("root key", "a root key that only the configuration knows: 3b9f");
  secrets.set("password", password);
  secrets.set("later password", later);
  secrets.set("wrong password", wrong);
  secrets.set("password in the field of the name", mistaken);
  await live();
  printed = server.output();
  asker.close();
  await server.stop();
  printed += server.output();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function live(): Promise<void> {
  // Set up by the link that is printed, which is good for once.
  const token = /setup\?token=([\w-]+)/.exec(server.output())?.[1];
  if (token !== undefined) {
    const made = await ask("POST /api/v1/setup", json, JSON.stringify({ token, name: "root", password }));
    expect(made.status).toBe(200);
  } else {
    throw new Error(`no setup link was printed:\n${server.output()}`);
  }
  const root = basic("root", password);
  secrets.set("Basic", root["authorization"]!.slice("Basic ".length));
  const robot = await ask(
    "POST /api/v1/robots",
    { ...root, ...json },
    JSON.stringify({ name: "ci", grants: [{ role: "push", pattern: "team/*" }] }),
    true,
  );
  const robotSecret = (JSON.parse(robot.body) as { secret: string }).secret;
  secrets.set("token of a robot", robotSecret);
  const personal = await ask("POST /api/v1/tokens", { ...root, ...json }, JSON.stringify({ name: "laptop" }), true);
  const personalSecret = (JSON.parse(personal.body) as { secret: string }).secret;
  secrets.set("personal token", personalSecret);

  const session = await ask("POST /api/v1/session", json, JSON.stringify({ name: "root", password }), true);
  const cookie = session.header("set-cookie")!.split(";", 1)[0]!;
  const { csrf } = JSON.parse(session.body) as { csrf: string };
  secrets.set("session", cookie.slice(cookie.indexOf("=") + 1));
  secrets.set("CSRF token", csrf);
  await ask("GET /api/v1/repositories", { cookie });
  await ask("POST /api/v1/users", { cookie, ...json }, JSON.stringify({ name: "eve", password }));
  await ask("POST /api/v1/users", { cookie, "x-csrf-token": csrf, ...json }, JSON.stringify({ name: "ann", password: later }));

  const fields = {
    grant_type: "password",
    access_type: "offline",
    client_id: "test",
    scope: "repository:team/app:pull,push",
    username: "ci",
    password: robotSecret,
  };
  const issued = JSON.parse((await ask("POST /v2/token", form, new URLSearchParams(fields).toString(), true)).body) as {
    token: string;
    refresh_token: string;
  };
  secrets.set("registry token", issued.token);
  secrets.set("refresh token", issued.refresh_token);
  const bearer = { authorization: `Bearer ${issued.token}` };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [] });
  expect((await ask(`PUT /v2/team/app/manifests/v1`, { ...bearer, "content-type": ociIndex }, manifest)).status).toBe(201);
  expect((await ask(`POST /v2/team/app/blobs/uploads/?digest=${digestOf("x")}`, bearer, "x")).status).toBe(201);
  for (let i = 0; i < 3; i++) expect((await ask("GET /v2/team/app/manifests/v1", bearer)).status).toBe(200);
  await ask("DELETE /v2/team/app/manifests/v1", bearer);

  // Mistakes, each with a secret in it.
  const jwt = issued.token;
  for (const target of [
    "GET /v2/",
    "GET /v2/other/app/manifests/v1",
    "GET /v2/token",
    "GET /api/v1/users",
    "PUT /v2/team/app/manifests/bad",
  ]) {
    const body = target.startsWith("PUT") ? `{"password":"${password}"` : undefined;
    for (const headers of [
      basic("root", wrong),
      basic(mistaken, wrong),
      basic("ci", password),
      basic("ann", personalSecret),
      { authorization: `Bearer ${jwt}x` },
      { authorization: `Bearer ${personalSecret}` },
      { authorization: `Negotiate ${personalSecret}` },
      { authorization: password },
      root,
    ]) {
      await ask(target, headers, body);
    }
  }
  for (const query of [`?token=${personalSecret}`, `?access_token=${jwt}`, `?password=${encodeURIComponent(password)}&sort=x`]) {
    for (const path of ["/v2/team/app/tags/list", "/api/v1/repositories", "/nothing", "/v2/nothing"])
      await ask(`GET ${path}${query}`, root);
  }
  await ask("POST /v2/token", form, `grant_type=refresh_token&refresh_token=${issued.refresh_token}x`);
  await ask("POST /v2/token", form, `grant_type=password&username=root&password=${encodeURIComponent(wrong)}`);
  await ask("POST /v2/token", form, `grant_type=nothing&username=root&password=${encodeURIComponent(password)}`);
  await ask("POST /v2/token", json, JSON.stringify({ password }));
  await ask("POST /api/v1/session", json, JSON.stringify({ name: mistaken, password: wrong }));
  await ask("POST /api/v1/session", json, JSON.stringify({ name: "root", password, more: password }));
  await ask("POST /api/v1/session", json, `{"name":"root","password":"${password}"`);
  await ask("POST /api/v1/users", { ...root, ...json }, JSON.stringify({ name: "zed", password: "root" }));
  await ask("POST /api/v1/setup", json, JSON.stringify({ token, name: "second", password: later }));
  const changed = await ask(
    "PUT /api/v1/session/password",
    { ...root, ...json },
    JSON.stringify({ current: password, password: later }),
  );
  expect(changed.status).toBe(200);

  const now = basic("root", later);
  for (const target of [
    "GET /metrics",
    "GET /api/v1/audit?limit=1000",
    "GET /api/v1/audit?format=csv",
    "GET /api/v1/tokens?all=true",
    "GET /api/v1/users",
    "GET /api/v1/robots",
    "GET /api/v1/status",
    "GET /api/v1/session",
    "GET /readyz",
  ]) {
    expect([target, (await ask(target, now)).status]).toEqual([target, 200]);
  }
}

/** Every form in which a text is usually written down. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
      encodeURIComponent(secret),
      secret.replaceAll(" ", "+"),
    ]),
  ];
}

function findIn(text: string): string[] {
  return [...secrets].flatMap(([what, secret]) => (formsOf(secret).some((each) => text.includes(each)) ? [what] : []));
}

function filesOf(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile());
}

describe("nothing secret stands in plain text", () => {
  test("the search finds what it looks for", () => {
    expect(secrets.size).toBe(12);
    for (const [what, secret] of secrets) expect(findIn(`before ${secret} after`)).toContain(what);
    expect([...secrets.values()].every((secret) => secret.length > 20)).toBe(true);
  });

  test("in what the server prints", () => {
    expect(printed.length).toBeGreaterThan(100);
    expect(findIn(printed)).toEqual([]);
  });

  test("in its answers: errors, metrics, lists, the audit log as JSON and as CSV", () => {
    expect(answers.length).toBeGreaterThan(70);
    const wrongs = answers.flatMap((answer) =>
      findIn(answer.slice(answer.indexOf("\n"))).map((what) => `${what} in ${answer.slice(0, 200)}`),
    );
    expect(wrongs).toEqual([]);
  });

  test("in any file of the data folder: databases and their logs, journal, pull log", () => {
    const files = filesOf(data);
    const names = files.map((path) => path.slice(data.length + 1)).join(" ");
    for (const part of ["catalogue.db", "pulls.db", "journal/"]) expect(names).toContain(part);
    const wrongs = files.flatMap((path) =>
      findIn(readFileSync(path).toString("latin1")).map((what) => `${what} in ${path.slice(data.length)}`),
    );
    expect(wrongs).toEqual([]);
  });

  test("and the folder and its databases can only be read by their owner", () => {
    const paths = [data, ...["catalogue.db", "pulls.db"].map((name) => join(data, name))];
    expect(paths.map((path) => [path, statSync(path).mode & 0o077])).toEqual(paths.map((path) => [path, 0]));
  });

  test("the command line prints no secret but the one that it just made", async () => {
    const env = { HYTHE_ACCESS_SECRET: secrets.get("root key")! };
    for (const args of [["user", "ls"], ["robot", "ls"], ["token", "ls", "--all"], ["audit"], ["config"], ["grant", "ls"]]) {
      const { stdout, stderr } = await runHythe([...args, "--data", data], env);
      expect([args, findIn(stdout + stderr)]).toEqual([args, []]);
    }
  });
});
