import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { basic, password, startAccessServer, type AccessServer } from "../../test/access-server.ts";
import { clientOver } from "../../test/client-over.ts";
import { image } from "../../test/image.ts";
import { call, errorCode, openRaw, type RawResponse } from "../../test/raw-http.ts";
import { parseChallenges } from "../client/challenge.ts";
import { digestOf } from "../oci/digest.ts";

const app = image({ layers: ["a"] });
const [config, layer] = app.blobs;
const ann = basic("ann", password);
let server: AccessServer;
beforeEach(async () => {
  server = await startAccessServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = (target: string, authorization?: string, headers = {}): Promise<RawResponse> =>
  call(server.port, target, "", { ...headers, ...(authorization !== undefined && { Authorization: authorization }) });

/** The parameters of the only challenge. */
function challengeOf(answer: RawResponse): Record<string, string> {
  const challenges = parseChallenges([answer.headers["www-authenticate"] ?? ""]);
  expect(challenges.map(({ scheme }) => scheme)).toEqual(["bearer"]);
  return Object.fromEntries(challenges[0]!.parameters);
}

describe("whoever may not is told where and for what to get a token", () => {
  const digest = digestOf("x");
  it.each([
    ["GET /v2/", undefined],
    ["HEAD /v2/", undefined],
    ["GET /v2/_oci/ext/discover", undefined],
    ["GET /v2/team/app/tags/list", "repository:team/app:pull"],
    ["HEAD /v2/team/app/manifests/v1", "repository:team/app:pull"],
    [`GET /v2/team/app/blobs/${digest}`, "repository:team/app:pull"],
    [`GET /v2/team/app/referrers/${digest}`, "repository:team/app:pull"],
    ["PUT /v2/team/app/manifests/v1", "repository:team/app:pull,push"],
    ["POST /v2/team/app/blobs/uploads/", "repository:team/app:pull,push"],
    [`PATCH /v2/team/app/blobs/uploads/${randomUUID()}`, "repository:team/app:pull,push"],
    [`DELETE /v2/team/app/blobs/uploads/${randomUUID()}`, "repository:team/app:pull,push"],
    ["DELETE /v2/team/app/manifests/v1", "repository:team/app:delete"],
  ])("%s", async (target, scope) => {
    const answer = await ask(target, undefined, { "X-Forwarded-Host": "evil.example" });
    const plain = { realm: `${server.url}/v2/token`, service: new URL(server.url).host, ...(scope && { scope }) };
    expect([answer.status, challengeOf(answer)]).toEqual([401, plain]);
    const withToken = await ask(target, `Bearer ${await server.token("repository:public/x:pull")}`);
    if (scope === undefined) expect(withToken.status).toBe(200);
    else expect([withToken.status, challengeOf(withToken)]).toEqual([401, { ...plain, error: "insufficient_scope" }]);
    const withNonsense = await ask(target, "Bearer x.y.z");
    expect([withNonsense.status, challengeOf(withNonsense)]).toEqual([401, { ...plain, error: "invalid_token" }]);
    const withWrong = await ask(target, basic("ann", "wrong password"));
    expect([withWrong.status, challengeOf(withWrong)]).toEqual([401, plain]);
  });

  it("in one header, which is never Basic, also for a header that nobody can read", async () => {
    const connection = await openRaw(server.port);
    for (const authorization of [
      "",
      "Basic",
      "Basic !",
      "Bearer",
      "Bearer ",
      "bearer \t",
      "Digest x",
      `Bearer ${"x".repeat(9000)}`,
    ]) {
      connection.send(`GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
      const { headers, status } = await connection.response();
      expect([authorization.slice(0, 20), status]).toEqual([authorization.slice(0, 20), 401]);
      expect(headers["www-authenticate"]).toMatch(/^Bearer realm="[^"]*",service="[^"]*"(?:,error="invalid_token")?$/);
    }
    connection.socket.destroy();
  });
});

test("what is public needs no token, and the front door asks for one all the same", async () => {
  expect((await ask("GET /v2/public/x/tags/list")).status).toBe(404);
  expect((await ask("GET /v2/public/x/tags/list", "Basic Og==")).status).toBe(404);
  expect((await ask("GET /v2/")).status).toBe(401);
  expect((await ask("GET /v2/", "Basic Og==")).status).toBe(401);
});

test("Basic is taken with each request, and who may not is told so in a way that no other token changes", async () => {
  expect((await ask("GET /v2/", ann)).status).toBe(200);
  expect((await ask("GET /v2/team/app/tags/list", ann)).status).toBe(404);
  for (const name of ["other/app", "other/aqp"]) {
    const answer = await ask(`GET /v2/${name}/tags/list`, ann);
    expect([answer.status, errorCode(answer), answer.headers["www-authenticate"]]).toEqual([403, "DENIED", undefined]);
    expect(answer.body.toString()).toContain(`'ann' may not pull ${name}`);
  }
});

test("a cookie opens nothing here, and neither does a personal token as Bearer", async () => {
  const secret = server.directory.give(2);
  expect((await ask("GET /v2/", undefined, { Cookie: `hythe_session=${secret}` })).status).toBe(401);
  expect((await ask("GET /v2/", `Bearer ${secret}`)).status).toBe(401);
  expect((await ask("GET /v2/", basic("ci", secret))).status).toBe(200);
});

describe("a registry token", () => {
  const scope = "repository:team/app:pull,push";
  const asked = (token: string): Promise<RawResponse> => ask("GET /v2/team/app/tags/list", `Bearer ${token}`);

  it("is good until it ends", async () => {
    const token = await server.token(scope, ann);
    expect((await asked(token)).status).toBe(404);
    server.clock.now += 311_000;
    const answer = await asked(token);
    expect([answer.status, challengeOf(answer)["error"]]).toEqual([401, "invalid_token"]);
  });

  it("narrows what its owner may, and never widens it", async () => {
    server.directory.set({ id: 1, name: "ann", grants: ["admin *"] });
    const token = await server.token("repository:team/app:pull", basic("ann", server.directory.give(1)));
    expect((await asked(token)).status).toBe(404);
    for (const target of [
      "DELETE /v2/team/app/manifests/v1",
      "POST /v2/team/app/blobs/uploads/",
      "GET /v2/team/app2/tags/list",
    ]) {
      expect([target, (await ask(target, `Bearer ${token}`)).status]).toEqual([target, 401]);
    }
    expect((await ask("GET /v2/_catalog", `Bearer ${token}`)).status).toBe(401);
    server.directory.set({ id: 1, name: "ann", grants: [] });
    expect((await asked(token)).status, "a grant that was taken away").toBe(401);
  });

  it("ends at once with the generation of its owner, their being barred, and the token that it came from", async () => {
    const byPassword = await server.token(scope, ann);
    const secret = server.directory.give(1);
    const bySecret = await server.token(scope, basic("ann", secret));
    const statuses = async (): Promise<number[]> => [(await asked(byPassword)).status, (await asked(bySecret)).status];
    expect(await statuses()).toEqual([404, 404]);
    server.directory.bar(1, "disabled");
    expect(await statuses()).toEqual([401, 401]);
    server.directory.bar(1, undefined);
    expect(await statuses()).toEqual([404, 404]);
    server.directory.revoke(secret);
    expect(await statuses()).toEqual([404, 401]);
    server.directory.nextGeneration(1);
    expect(await statuses()).toEqual([401, 401]);
  });

  it("of one person is not that of another, whatever is asked for", async () => {
    const secret = server.directory.give(2);
    const token = await server.token("repository:team/app:* repository:ci/app:*", basic("ci", secret));
    expect((await ask("GET /v2/ci/app/tags/list", `Bearer ${token}`)).status).toBe(404);
    expect((await asked(token)).status).toBe(401);
  });

  it("keeps the limit of the personal token that it came from", async () => {
    server.directory.set({ id: 1, name: "ann", grants: ["admin *"] });
    const token = await server.token("repository:team/app:*", basic("ann", server.directory.give(1, "pull")));
    expect((await asked(token)).status).toBe(404);
    expect((await ask("POST /v2/team/app/blobs/uploads/", `Bearer ${token}`)).status).toBe(401);
  });

  it("notes its owner as seen", async () => {
    const token = await server.token(scope, basic("ci", server.directory.give(2)));
    server.directory.lastUsed.clear();
    await asked(token);
    expect([...server.directory.lastUsed]).toEqual([[2, 1]]);
  });
});

test("the catalog shows what one may pull, page by page, and nothing is missing or too much", async () => {
  server.directory.set({ id: 9, name: "root", grants: ["admin *"] });
  const root = basic("root", server.directory.give(9));
  const names = ["other/a", "public/a", "public/b", "team/a", "team/b", "teams/a"];
  for (const name of names) {
    const digest = digestOf("");
    expect((await ask(`POST /v2/${name}/blobs/uploads/?digest=${digest}`, root)).status).toBe(201);
  }
  const list = async (authorization?: string): Promise<string[]> => {
    const all: string[] = [];
    for (let path: string | undefined = "/v2/_catalog?n=1"; path !== undefined;) {
      const { body, headers } = await ask(`GET ${path}`, authorization);
      all.push(...(JSON.parse(body.toString()) as { repositories: string[] }).repositories);
      path = /^<([^>]*)>/.exec(headers["link"] ?? "")?.[1];
    }
    return all;
  };
  expect(await list(root)).toEqual(names);
  const annSecret = basic("ann", server.directory.give(1));
  server.directory.set({ id: 1, name: "ann", grants: ["push team/*"] });
  expect(await list(annSecret)).toEqual(["public/a", "public/b", "team/a", "team/b"]);
  expect(await list(`Bearer ${await server.token("registry:catalog:*", annSecret)}`)).toEqual(await list(annSecret));
  expect(await list()).toEqual(["public/a", "public/b"]);
  server.directory.grant();
  expect(challengeOf(await ask("GET /v2/_catalog"))["scope"]).toBe("registry:catalog:*");
});

test("an upload is its owner's, and a mount needs the right to pull from where it comes, in the token as well", async () => {
  server.directory.set({ id: 1, name: "ann", grants: ["push team/*", "push shared/*"] });
  server.directory.set({ id: 3, name: "bob", grants: ["push team/*"] });
  const [first, second] = [server.directory.give(1), server.directory.give(3)].map((secret, i) =>
    basic(["ann", "bob"][i]!, secret),
  );
  const uuid = (await ask("POST /v2/team/app/blobs/uploads/", first)).headers["docker-upload-uuid"];
  for (const method of ["GET", "PATCH", "DELETE"]) {
    expect((await ask(`${method} /v2/team/app/blobs/uploads/${uuid}`, second)).status, method).toBe(404);
  }
  expect((await ask(`GET /v2/team/app/blobs/uploads/${uuid}`, first)).status).toBe(204);

  const digest = digestOf("");
  await ask(`POST /v2/shared/base/blobs/uploads/?digest=${digest}`, first);
  const mount = (authorization: string, query = "&from=shared/base"): Promise<RawResponse> =>
    ask(`POST /v2/team/app/blobs/uploads/?mount=${digest}${query}`, authorization);
  expect((await mount(second!)).status).toBe(202);
  expect((await mount(second!, "")).status, "from anywhere").toBe(202);
  const narrow = await server.token("repository:team/app:pull,push", first);
  expect((await mount(`Bearer ${narrow}`)).status).toBe(202);
  const wide = await server.token("repository:team/app:pull,push repository:shared/base:pull", first);
  expect((await mount(`Bearer ${wide}`)).status).toBe(201);
});

test("a token that is not enough says whether its owner or only the token may not", async () => {
  const messageOf = async (target: string, token: string): Promise<string> => {
    const { errors } = JSON.parse((await ask(target, `Bearer ${token}`)).body.toString()) as { errors: { message: string }[] };
    return errors[0]!.message;
  };
  const target = "GET /v2/team/app/tags/list";
  expect(await messageOf(target, await server.token("repository:team/app:pull"))).toBe(
    "who has not logged in may not pull team/app",
  );
  expect(await messageOf(target, await server.token("", ann))).toBe("the token was not made to pull team/app");
  const other = "GET /v2/other/app/tags/list";
  expect(await messageOf(other, await server.token("repository:other/app:pull", ann))).toBe("'ann' may not pull other/app");
});

test("whoever we know asks for more than they may is told to the audit log, and not who has the wrong token only", async () => {
  await ask("GET /v2/other/app/tags/list", ann, { "User-Agent": "docker/28" });
  await ask("DELETE /v2/team/app/manifests/v1", `Bearer ${await server.token("repository:team/app:pull", ann)}`);
  await ask("GET /v2/team/app/tags/list", `Bearer ${await server.token("", ann)}`);
  await ask("GET /v2/other/app/tags/list");
  expect(server.audit).toMatchObject([
    {
      principal: { id: 1, name: "ann" },
      action: "access.refuse",
      objectKind: "repository",
      object: "other/app",
      outcome: "refused",
      caller: { address: "127.0.0.1", userAgent: "docker/28" },
      detail: { action: "pull" },
    },
    { object: "team/app", detail: { action: "delete" } },
  ]);
});

describe("our own client", () => {
  const push = async (credentials: object, repository: string): Promise<void> => {
    await using over = clientOver(server.url, credentials);
    const { client } = over;
    for (const blob of [config!, layer!]) {
      const upload = await client.blobs.upload(repository as never);
      await upload.append(Readable.from([blob.bytes]));
      await upload.commit(blob.digest);
    }
    await client.manifests.put({ repository, tag: "v1" } as never, app.bytes, app.mediaType);
  };
  const pull = async (credentials: object, repository: string): Promise<string> => {
    await using over = clientOver(server.url, credentials);
    return (await over.client.manifests.get({ repository, tag: "v1" } as never)).digest;
  };

  it("pushes and pulls by password, by token and by what a login left", async () => {
    await push({ username: "ann", password }, "team/app");
    expect(await pull({ username: "ann", password }, "team/app")).toBe(app.digest);
    await push({ username: "ci", password: server.directory.give(2) }, "ci/app");
    await using over = clientOver(server.url, { username: "ann", password });
    const { identityToken } = await over.client.checkLogin();
    expect(identityToken).toBeTypeOf("string");
    expect(await pull({ identityToken }, "team/app")).toBe(app.digest);
    server.directory.nextGeneration(1);
    await expect(pull({ identityToken }, "team/app")).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("pulls what is public without a login, and is told what to do where it may not", async () => {
    server.directory.set({ id: 3, name: "publisher", grants: ["push public/*"] });
    await push({ username: "publisher", password: server.directory.give(3) }, "public/app");
    expect(await pull({}, "public/app")).toBe(app.digest);
    await expect(pull({}, "team/app")).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(pull({ username: "ann", password }, "other/app")).rejects.toMatchObject({ status: 401 });
    await expect(pull({ username: "ann", password: "wrong password" }, "team/app")).rejects.toMatchObject({
      code: "UNAUTHORIZED",
    });
  });
});
