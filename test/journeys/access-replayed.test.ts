// How docker, containerd, BuildKit and podman sign in, request by request, against a closed registry and one that everybody may pull from.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { ociIndex, ociManifest } from "../../src/oci/media-types.ts";
import { basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Reply } from "../asker.ts";
import { image } from "../image.ts";

const app = image({ layers: ["replayed"] });
const layer = app.blobs[1]!;
interface Side {
  readonly house: House;
  readonly ann: Credentials;
}
let sides: Record<"closed" | "pulling", Side>;
beforeAll(async () => {
  const open = async (): Promise<Side> => {
    const house = await openHouse();
    await house.push("team/app", app, "v1");
    return { house, ann: await house.user("ann", ["push team/*"]) };
  };
  sides = { closed: await open(), pulling: await open() };
  await sides.pulling.house.grant({ kind: "everyone" }, "pull *");
});
afterAll(async () => {
  for (const { house } of Object.values(sides)) await house[Symbol.asyncDispose]();
});
const kinds = ["closed", "pulling"] as const;

interface Challenge {
  readonly realm: string;
  readonly service: string;
  readonly scope: string | undefined;
  readonly error: string | undefined;
}

/** As strict as the strictest client: one challenge, quoted, with commas. */
function readChallenge(reply: Reply): Challenge {
  expect(reply.status).toBe(401);
  const lines = reply.rawHeaders.filter((_, i) => i % 2 === 1 && reply.rawHeaders[i - 1]!.toLowerCase() === "www-authenticate");
  expect(lines).toHaveLength(1);
  const found = /^Bearer realm="([^"]+)",service="([^"]+)"(?:,scope="([^"]+)")?(?:,error="([^"]+)")?$/.exec(lines[0]!);
  expect(found, lines[0]).not.toBeNull();
  const [, realm, service, scope, error] = found!;
  return { realm: realm!, service: service!, scope, error };
}

interface Tokens {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly refresh_token?: string;
}

function readTokens(reply: Reply): Tokens {
  expect([reply.status, reply.header("content-type")]).toEqual([200, "application/json"]);
  const tokens = JSON.parse(reply.body) as Tokens;
  expect(tokens.access_token).toBe(tokens.token);
  expect(tokens.expires_in).toBeGreaterThanOrEqual(60);
  expect(Math.abs(Date.parse(tokens.issued_at) - Date.now())).toBeLessThan(60_000);
  return tokens;
}

/** A realm must be where the client talks to already: that is where it sends its password. */
function pathOf(realm: string, url: string): string {
  expect(realm).toBe(`${url}/v2/token`);
  return new URL(realm).pathname;
}

class Client {
  readonly #house: House;
  readonly #agent: string;
  constructor({ house }: Side, agent: string) {
    this.#house = house;
    this.#agent = agent;
  }
  ask(target: string, headers: Record<string, string> = {}, body?: string | Uint8Array): Promise<Reply> {
    const [method, path] = target.split(" ") as [string, string];
    const all = { "user-agent": this.#agent, "accept-encoding": "gzip", ...headers };
    return this.#house.asker.ask({ method, path, headers: all, ...(body !== undefined && { body }) });
  }
  async getToken(
    { realm }: Challenge,
    query: readonly (readonly [string, string])[],
    headers: Record<string, string> = {},
  ): Promise<Tokens> {
    const text = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
    return readTokens(await this.ask(`GET ${pathOf(realm, this.#house.url)}?${text}`, headers));
  }
  async postToken({ realm }: Challenge, fields: Record<string, string>): Promise<Tokens> {
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    return readTokens(await this.ask(`POST ${pathOf(realm, this.#house.url)}`, headers, new URLSearchParams(fields).toString()));
  }
}

const accept = [ociManifest, ociIndex, "application/vnd.docker.distribution.manifest.v2+json", "*/*"].join(", ");

/** What is left of a push once the client has its token. */
async function push(client: Client, repository: string, headers: Record<string, string>, way: "PATCH" | "PUT"): Promise<void> {
  const blob = Buffer.from(randomUUID());
  const digest = digestOf(blob);
  expect((await client.ask(`HEAD /v2/${repository}/blobs/${digest}`, headers)).status).toBe(404);
  const begun = await client.ask(`POST /v2/${repository}/blobs/uploads/`, headers);
  expect(begun.status).toBe(202);
  const location = begun.header("location")!;
  if (way === "PATCH") expect((await client.ask(`PATCH ${location}`, headers, blob)).status).toBe(202);
  const put = `PUT ${location}?digest=${encodeURIComponent(digest)}`;
  expect((await client.ask(put, headers, way === "PUT" ? blob : undefined)).status).toBe(201);
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], annotations: { id: digest } });
  const pushed = await client.ask(`PUT /v2/${repository}/manifests/v1`, { ...headers, "content-type": ociIndex }, manifest);
  expect([pushed.status, pushed.header("docker-content-digest")]).toEqual([201, digestOf(manifest)]);
}

async function pull(client: Client, headers: Record<string, string>): Promise<void> {
  const head = await client.ask("HEAD /v2/team/app/manifests/v1", { ...headers, accept });
  expect([head.status, head.header("docker-content-digest"), head.header("content-length")]).toEqual([
    200,
    app.digest,
    String(app.bytes.length),
  ]);
  expect((await client.ask(`GET /v2/team/app/manifests/${app.digest}`, { ...headers, accept })).status).toBe(200);
  expect((await client.ask(`GET /v2/team/app/blobs/${layer.digest}`, headers)).status).toBe(200);
}

describe.each(kinds)("docker, %s", (kind) => {
  const agent = "docker/28.1.1 go/go1.23.8 UpstreamClient(Docker-Client/28.1.1 \\(linux\\))";

  test("logs in, keeps the refresh token, and pushes and pulls with nothing else", async () => {
    const { ann } = sides[kind];
    const client = new Client(sides[kind], agent);
    // docker decides by /v2/ alone whether it ever sends credentials, so that is 401 also where everybody may pull.
    const challenge = readChallenge(await client.ask("GET /v2/"));
    expect([challenge.scope, challenge.error]).toEqual([undefined, undefined]);
    const asked = [
      ["account", "ann"],
      ["client_id", "docker"],
      ["offline_token", "true"],
      ["service", challenge.service],
    ] as const;
    const login = await client.getToken(challenge, asked, { authorization: basic(ann) });
    expect((await client.ask("GET /v2/", { authorization: bearer(login.token) })).status).toBe(200);
    const refresh = {
      grant_type: "refresh_token",
      service: challenge.service,
      client_id: "docker",
      refresh_token: login.refresh_token!,
    };
    const toPush = await client.postToken(challenge, { ...refresh, scope: "repository:team/docker:pull,push" });
    await push(client, "team/docker", { authorization: bearer(toPush.token) }, "PATCH");
    const toPull = await client.postToken(challenge, { ...refresh, scope: "repository:team/app:pull" });
    await pull(client, { authorization: bearer(toPull.token) });
    // It mounts from where it pulled, with both in one scope.
    const both = await client.postToken(challenge, {
      ...refresh,
      scope: "repository:team/docker:pull,push repository:team/app:pull",
    });
    const mount = `POST /v2/team/docker/blobs/uploads/?from=team%2Fapp&mount=${encodeURIComponent(layer.digest)}`;
    expect((await client.ask(mount, { authorization: bearer(both.token) })).status).toBe(201);
  });

  test("is told at the login that the password is wrong", async () => {
    const client = new Client(sides[kind], agent);
    const challenge = readChallenge(await client.ask("GET /v2/"));
    const headers = { authorization: basic({ name: "ann", secret: "wrong horse" }) };
    const reply = await client.ask(
      `GET /v2/token?account=ann&client_id=docker&offline_token=true&service=${challenge.service}`,
      headers,
    );
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([401, { errors: [{ code: "UNAUTHORIZED" }] }]);
  });

  test("without a login asks for an anonymous token, with which everybody may what everybody may", async () => {
    const client = new Client(sides[kind], agent);
    const challenge = readChallenge(await client.ask("GET /v2/"));
    const { token, refresh_token } = await client.getToken(challenge, [
      ["scope", "repository:team/app:pull"],
      ["service", challenge.service],
    ]);
    expect(refresh_token).toBeUndefined();
    const headers = { authorization: bearer(token) };
    if (kind === "pulling") return pull(client, headers);
    // It says "pull access denied … may require 'docker login'" for this.
    const refused = await client.ask("HEAD /v2/team/app/manifests/v1", headers);
    expect(readChallenge(refused)).toMatchObject({ error: "insufficient_scope", scope: "repository:team/app:pull" });
  });
});

describe.each(kinds)("containerd, %s", (kind) => {
  const agent = "containerd/2.1.0";

  test("takes the scope of the challenge to POST, and goes on with the first token", async () => {
    const { ann } = sides[kind];
    const client = new Client(sides[kind], agent);
    const first = await client.ask("POST /v2/team/containerd/blobs/uploads/");
    const challenge = readChallenge(first);
    expect(challenge).toMatchObject({ scope: "repository:team/containerd:pull,push", error: undefined });
    const fields = {
      grant_type: "password",
      service: challenge.service,
      client_id: "containerd-client",
      scope: challenge.scope!,
      username: ann.name,
      password: ann.secret,
    };
    const { token } = await client.postToken(challenge, fields);
    await push(client, "team/containerd", { authorization: bearer(token) }, "PUT");
  });

  test("pulls with a token for what it was challenged for, one repository at a time", async () => {
    const { ann } = sides[kind];
    const client = new Client(sides[kind], agent);
    const head = await client.ask("HEAD /v2/team/app/manifests/v1?ns=docker.io", { accept });
    if (kind === "pulling") {
      expect(head.status).toBe(200);
      return;
    }
    const challenge = readChallenge(head);
    const query = [
      ["scope", challenge.scope!],
      ["service", challenge.service],
    ] as const;
    const { token } = await client.getToken(challenge, query, { authorization: basic(ann) });
    await pull(client, { authorization: bearer(token) });
  });

  test("stops after a second refusal, and can tell what it lacks", async () => {
    const client = new Client(sides[kind], agent);
    const challenge = readChallenge(await client.ask("POST /v2/other/app/blobs/uploads/"));
    const fields = {
      grant_type: "password",
      service: challenge.service,
      client_id: "containerd-client",
      scope: challenge.scope!,
      username: "ann",
      password: sides[kind].ann.secret,
    };
    const { token } = await client.postToken(challenge, fields);
    const again = await client.ask("POST /v2/other/app/blobs/uploads/", { authorization: bearer(token) });
    expect(readChallenge(again)).toMatchObject({ error: "insufficient_scope", scope: "repository:other/app:pull,push" });
  });
});

test("BuildKit asks by GET for several repositories at once, and widens a token that is too narrow", async () => {
  const { ann } = sides.closed;
  const client = new Client(sides.closed, "buildkit/v0.21");
  const narrow = await client.ask("HEAD /v2/team/app/manifests/v1", { accept });
  const challenge = readChallenge(narrow);
  const pulling = await client.getToken(
    challenge,
    [
      ["scope", challenge.scope!],
      ["service", challenge.service],
    ],
    { authorization: basic(ann) },
  );
  const refused = await client.ask("POST /v2/team/buildkit/blobs/uploads/", { authorization: bearer(pulling.token) });
  const wider = readChallenge(refused);
  expect(wider).toMatchObject({ error: "insufficient_scope", scope: "repository:team/buildkit:pull,push" });
  const scopes = [
    ["scope", wider.scope!],
    ["scope", "repository:team/app:pull"],
    ["service", wider.service],
  ] as const;
  const { token } = await client.getToken(wider, scopes, { authorization: basic(ann) });
  await push(client, "team/buildkit", { authorization: bearer(token) }, "PUT");
  await pull(client, { authorization: bearer(token) });
});

describe.each(kinds)("podman, %s", (kind) => {
  const agent = "containers/5.34.0 (github.com/containers/image)";

  test("asks /v2/ once, then for a token with its account, and comes with Basic of nobody where it has none", async () => {
    const { ann } = sides[kind];
    const client = new Client(sides[kind], agent);
    const challenge = readChallenge(await client.ask("GET /v2/"));
    const query = [
      ["account", "ann"],
      ["scope", "repository:team/podman:pull,push"],
      ["service", challenge.service],
    ] as const;
    const { token } = await client.getToken(challenge, query, { authorization: basic(ann) });
    await push(client, "team/podman", { authorization: bearer(token) }, "PATCH");
    const nobody = await client.ask("HEAD /v2/team/app/manifests/v1", { authorization: "Basic Og==" });
    expect(nobody.status).toBe(kind === "pulling" ? 200 : 401);
    const anonymous = await client.ask("GET /v2/token?scope=repository%3Ateam%2Fapp%3Apull&service=x", {
      authorization: "Basic Og==",
    });
    expect(anonymous.status).toBe(200);
  });

  test("meets a token that has ended with another one", async () => {
    const { ann } = sides[kind];
    const client = new Client(sides[kind], agent);
    const ended = readChallenge(
      await client.ask("GET /v2/team/app/tags/list", { authorization: bearer(`${"a".repeat(40)}.b.c`) }),
    );
    expect(ended).toMatchObject({ error: "invalid_token", scope: "repository:team/app:pull" });
    const { token } = await client.getToken(
      ended,
      [
        ["scope", ended.scope!],
        ["service", ended.service],
      ],
      { authorization: basic(ann) },
    );
    expect((await client.ask("GET /v2/team/app/tags/list", { authorization: bearer(token) })).status).toBe(200);
  });
});

test("a build that takes longer than its token goes on: an upload lives as long as its user may push", async () => {
  const { house, ann } = sides.closed;
  const client = new Client(sides.closed, "docker/28.1.1");
  const tokenOf = async (): Promise<Record<string, string>> => ({
    authorization: bearer(await house.registryToken(ann, "repository:team/long:pull,push")),
  });
  const begun = await client.ask("POST /v2/team/long/blobs/uploads/", await tokenOf());
  const location = begun.header("location")!;
  for (const part of ["a", "b", "c"]) expect((await client.ask(`PATCH ${location}`, await tokenOf(), part)).status).toBe(202);
  expect((await client.ask(`PUT ${location}?digest=${digestOf("abc")}`, await tokenOf())).status).toBe(201);
});
