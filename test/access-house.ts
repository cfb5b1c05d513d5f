// A closed registry over a real port: users, robots and rights are made on its data folder from outside, as another process would, so
// that every test of access also shows that a change made there counts at once.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGrants, type Grants } from "../src/access/grants.ts";
import { createMembers, type Members } from "../src/access/members.ts";
import { hashPassword } from "../src/access/password.ts";
import type { Role } from "../src/access/rights.ts";
import { createSecret } from "../src/access/secret.ts";
import { createTokens, type Tokens } from "../src/access/tokens.ts";
import { openApp } from "../src/app.ts";
import type { Config } from "../src/config.ts";
import { loadConfig } from "../src/config-load.ts";
import { openDatabase } from "../src/store/database.ts";
import { findWeb } from "../src/web-build.ts";
import { createAsker, type Asker, type Reply } from "./asker.ts";
import { blobsOf, manifestsOf, type Content, type Image } from "./image.ts";

export interface Credentials {
  readonly name: string;
  /** Password, or the text of a token. */
  readonly secret: string;
}

/** `push team/*`, or `create team/*` for push without overwriting. */
export type GrantText = `${Role | "create"} ${string}`;

export interface House extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  readonly asker: Asker;
  readonly members: Members;
  readonly grants: Grants;
  readonly tokens: Tokens;
  /** An administrator, there from the start when it is closed. */
  readonly root: Credentials;
  /** With a password. */
  user(name: string, grants?: readonly GrantText[], groups?: readonly string[]): Promise<Credentials>;
  robot(name: string, grants?: readonly GrantText[], expiresMs?: number): Promise<Credentials>;
  /** Of a user or robot that is there; `id` is that of the token. */
  token(owner: string, role?: Role | ""): Promise<Credentials & { readonly id: number }>;
  grant(subject: Parameters<Grants["add"]>[0]["subject"], grant: GrantText): Promise<number>;
  /** `ask("GET /path")`; a body becomes JSON. */
  ask(target: string, headers?: Readonly<Record<string, string>>, body?: unknown): Promise<Reply>;
  /** Ends the server and leaves its folder. */
  stop(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** As the administrator, where there is one; one manifest for several tags. */
  push(repository: string, whole: Image, ...tags: readonly string[]): Promise<void>;
  /** A registry token for Docker's scopes, with the access that it holds. */
  registryToken(credentials: Credentials | undefined, ...scopes: readonly string[]): Promise<string>;
}

export const atConsole = { principal: { id: -1, name: "console" } } as const;

export function basic({ name, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
}

export function bearer(token: string): string {
  return `Bearer ${token}`;
}

export interface HouseOptions {
  readonly settings?: Partial<Config>;
  /** false: nobody is there, and everybody may do everything. */
  readonly closed?: boolean;
  readonly now?: () => number;
}

/** Listens on a free port with data of its own; with its first user it is closed. */
export async function openHouse(
  settings: Partial<Config> = {},
  { closed = true, now = Date.now }: Omit<HouseOptions, "settings"> = {},
): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), "hythe-access-"));
  const { config, mistakes } = loadConfig({ flags: { listen: "127.0.0.1:0", data: folder, "log-level": "error" }, env: {} });
  if (config === undefined) throw new Error(mistakes.join("\n"));
  const db = await openDatabase({ folder });
  // The server has a directory of its own, which nobody tells: it has to notice.
  const parts = { db, now, directory: { changed: () => undefined } };
  const members = createMembers(parts);
  const grants = createGrants(parts);
  const tokens = createTokens(parts);
  const passwordOf = (name: string): string => `correct horse of ${name}`;
  const root = { name: "root", secret: passwordOf("root") };
  if (closed) {
    await members.addUser({ name: root.name, passwordHash: await hashPassword(root.secret), admin: true }, atConsole);
  }
  const started = { ...config, "uploads.maxOpen": 1_000_000, ...settings };
  let app = await openApp(started, { now, webFolder: findWeb() });
  let isRunning = true;
  const { url } = app;
  const port = Number(new URL(url).port);
  const asker = createAsker(port);
  const toGrant = (text: GrantText): { role: Role; pattern: string; overwrite: boolean } => {
    const [word, pattern] = text.split(" ") as [Role | "create", string];
    return word === "create" ? { role: "push", pattern, overwrite: false } : { role: word, pattern, overwrite: true };
  };
  const grant: House["grant"] = (subject, text) => grants.add({ subject, ...toGrant(text) }, atConsole);
  return {
    port,
    url,
    folder,
    asker,
    members,
    grants,
    tokens,
    root,
    grant,
    async user(name, given = [], groups = []) {
      await members.addUser({ name, passwordHash: await hashPassword(passwordOf(name)), groups }, atConsole);
      for (const text of given) await grant({ kind: "principal", name }, text);
      return { name, secret: passwordOf(name) };
    },
    async robot(name, given = [], expiresMs = 0) {
      const { text, hash } = createSecret();
      const token = { name: "test", secretHash: hash, role: "", expiresMs: 0 } as const;
      await members.addRobot({ name, expiresMs, grants: given.map(toGrant), token }, atConsole);
      return { name, secret: text };
    },
    async token(owner, role = "") {
      const { text, hash } = createSecret();
      const id = await tokens.add({ owner, name: "test", secretHash: hash, role, expiresMs: 0 }, atConsole);
      return { name: owner, secret: text, id };
    },
    async registryToken(credentials, ...scopes) {
      const query = new URLSearchParams([["service", "any"], ...scopes.map((scope) => ["scope", scope] as [string, string])]);
      const headers = credentials === undefined ? {} : { authorization: basic(credentials) };
      const reply = await asker.ask({ method: "GET", path: `/v2/token?${query.toString()}`, headers });
      if (reply.status !== 200) throw new Error(`no token: ${reply.status} ${reply.body}`);
      return (JSON.parse(reply.body) as { token: string }).token;
    },
    ask(target, headers = {}, body) {
      const [method, path] = target.split(" ") as [string, string];
      if (body === undefined) return asker.ask({ method, path, headers });
      return asker.ask({ method, path, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
    },
    async stop() {
      isRunning = false;
      await app.close();
    },
    async start() {
      isRunning = true;
      app = await openApp({ ...started, listen: { ...started.listen, port } }, { now, webFolder: findWeb() });
    },
    async push(repository, whole, ...tags) {
      const put = async (path: string, { bytes, mediaType }: Content): Promise<void> => {
        const headers = { ...(closed && { authorization: basic(root) }), "content-type": mediaType };
        const method = path.includes("/uploads/") ? "POST" : "PUT";
        const reply = await asker.ask({ method, path: `/v2/${repository}/${path}`, headers, body: bytes });
        if (reply.status !== 201) throw new Error(`${path}: ${reply.status} ${reply.body}`);
      };
      for (const blob of blobsOf(whole)) await put(`blobs/uploads/?digest=${blob.digest}`, blob);
      for (const part of manifestsOf(whole)) await put(`manifests/${part.digest}`, part);
      for (const tag of tags) await put(`manifests/${tag}`, whole);
    },
    async [Symbol.asyncDispose]() {
      asker.close();
      if (isRunning) await app.close();
      await db.close();
      await rm(folder, { recursive: true });
    },
  };
}
