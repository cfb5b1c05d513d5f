import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { basic, fieldsOf, password, startAccessServer, type AccessServer } from "../../test/access-server.ts";
import { call, errorCode, type RawResponse } from "../../test/raw-http.ts";
import { createSecret } from "../access/secret.ts";

let server: AccessServer;
beforeEach(async () => {
  server = await startAccessServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const ann = basic("ann", password);
const withToken = (target: string, token: string): Promise<RawResponse> =>
  call(server.port, target, "", { Authorization: `Bearer ${token}` });
const claimsOf = (token: string): { sub: string; access: unknown } =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as { sub: string; access: unknown };

describe("GET", () => {
  it("gives whoever logs in a token that is good for what they may of what they asked for", async () => {
    const answer = await server.askToken(
      "service=any&scope=repository:team/app:pull,push,delete&scope=repository:other/app:pull&account=ann&client_id=docker",
      ann,
    );
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
    const fields = fieldsOf(answer);
    expect(fields).toEqual({
      token: fields.access_token,
      access_token: expect.any(String) as string,
      expires_in: 300,
      issued_at: new Date(server.clock.now).toISOString(),
      scope: "repository:team/app:pull,push",
    });
    expect(claimsOf(fields.token).access).toEqual([{ type: "repository", name: "team/app", actions: ["pull", "push"] }]);
    // Missing: asked of the registry, which has nothing.
    expect((await withToken("GET /v2/team/app/tags/list", fields.token)).status).toBe(404);
  });

  it("gives nobody in particular what is public, with an empty Basic just as without", async () => {
    for (const authorization of [undefined, "Basic Og==", "basic  Og=="]) {
      const fields = fieldsOf(await server.askToken("scope=repository:public/x:pull,push", authorization));
      expect([claimsOf(fields.token).sub, fields.scope]).toEqual(["0", "repository:public/x:pull"]);
    }
  });

  it("without a scope gives a token that passes the front door and nothing else", async () => {
    const { token } = fieldsOf(await server.askToken("", ann));
    expect((await withToken("GET /v2/", token)).status).toBe(200);
    expect((await withToken("GET /v2/team/app/tags/list", token)).status).toBe(401);
    const { token: nobodys } = fieldsOf(await server.askToken(""));
    expect((await withToken("GET /v2/", nobodys)).status).toBe(200);
  });

  it("takes the token of a robot for its password, and its limits hold", async () => {
    const secret = server.directory.give(2, "pull");
    const fields = fieldsOf(await server.askToken("scope=repository:ci/app:*", basic("ci", secret)));
    expect(fields.scope).toBe("repository:ci/app:pull");
  });

  it.each([
    ["a wrong password", basic("ann", "wrong password")],
    ["a name that does not exist", basic("bob", password)],
    ["a password of a robot", basic("ci", password)],
    ["a token of nobody", basic("ann", createSecret().text)],
    ["a name without a colon", `Basic ${Buffer.from("ann").toString("base64")}`],
    ["no base64 at all", "Basic ***"],
    ["nothing behind Basic", "Basic"],
    ["bytes that are no text", `Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString("base64")}`],
    ["a registry token", "Bearer x.y.z"],
    ["another scheme", "Negotiate abc"],
    ["two schemes", `${ann}, Bearer x`],
  ])("refuses %s, and never gives an anonymous token instead", async (_, authorization) => {
    const answer = await server.askToken("scope=repository:public/x:pull", authorization);
    expect([answer.status, errorCode(answer)]).toEqual([401, "UNAUTHORIZED"]);
    expect(answer.headers["www-authenticate"]).toBe('Basic realm="registry"');
    expect(Object.keys(JSON.parse(answer.body.toString()) as object)).toEqual(["errors"]);
  });

  it("slows guessing down with 429, and says until when", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) statuses.push((await server.askToken("", basic("ann", `guess ${i}`))).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const answer = await server.askToken("", basic("ann", "guess"));
    expect([answer.headers["retry-after"], errorCode(answer)]).toEqual(["30", "TOOMANYREQUESTS"]);
  });

  it("gives a refresh token only when it is asked for one, and never to nobody", async () => {
    expect(fieldsOf(await server.askToken("offline_token=true", ann)).refresh_token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(fieldsOf(await server.askToken("offline_token=false", ann)).refresh_token).toBeUndefined();
    expect(fieldsOf(await server.askToken("offline_token=true")).refresh_token).toBeUndefined();
  });

  it("is of two methods", async () => {
    const answer = await call(server.port, "DELETE /v2/token");
    expect([answer.status, answer.headers["allow"]]).toEqual([405, "GET, POST"]);
  });
});

describe("POST", () => {
  it("takes name and password, with several scopes in one field or in several", async () => {
    const scopes = "repository:team/a:pull repository:team/b:push";
    const form = { grant_type: "password", username: "ann", password, service: "x", client_id: "y", scope: scopes };
    expect(fieldsOf(await server.postToken(form)).scope).toBe(scopes);
    const twice = `${new URLSearchParams({ ...form, scope: "repository:team/a:pull" }).toString()}&scope=repository%3Ateam%2Fb%3Apush`;
    expect(fieldsOf(await server.postToken(twice)).scope).toBe(scopes);
  });

  it("takes a refresh token, gives it back as it is, and needs no password any more", async () => {
    const form = { grant_type: "password", username: "ann", password, access_type: "offline" };
    const refreshToken = fieldsOf(await server.postToken(form)).refresh_token!;
    const again = { grant_type: "refresh_token", refresh_token: refreshToken, scope: "repository:team/app:*" };
    const online = fieldsOf(await server.postToken(again));
    expect([online.scope, online.refresh_token]).toEqual(["repository:team/app:pull,push", undefined]);
    expect(fieldsOf(await server.postToken({ ...again, access_type: "offline" })).refresh_token).toBe(refreshToken);
  });

  it.each([
    ["a wrong password", { grant_type: "password", username: "ann", password: "wrong password" }, 401],
    ["a refresh token that is none", { grant_type: "refresh_token", refresh_token: "x.y.z" }, 401],
    ["an empty refresh token", { grant_type: "refresh_token", refresh_token: "" }, 401],
    ["no refresh token", { grant_type: "refresh_token" }, 401],
    ["another grant", { grant_type: "client_credentials" }, 400],
    ["no grant", { username: "ann", password }, 400],
    ["a password twice", `grant_type=password&username=ann&password=${encodeURIComponent(password)}&password=x`, 400],
    ["a name twice", `grant_type=password&username=ann&username=root&password=${encodeURIComponent(password)}`, 400],
  ])("refuses %s", async (_, form, status) => {
    const answer = await server.postToken(form);
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).not.toContain(password);
  });

  it("refuses bodies of another type, that are too large, and credentials in two places", async () => {
    const form = { grant_type: "password", username: "ann", password };
    for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]) {
      expect([type, (await server.postToken(form, { "Content-Type": type })).status]).toEqual([type, 415]);
    }
    expect((await server.postToken(form, { "Content-Type": "Application/X-WWW-Form-Urlencoded" })).status).toBe(200);
    const large = await server.postToken({ ...form, scope: "x".repeat(33_000) });
    expect([large.status, errorCode(large)]).toEqual([413, "SIZE_INVALID"]);
    expect((await server.postToken(form, { Authorization: ann })).status).toBe(400);
  });
});

describe("a refresh token ends", () => {
  const refreshOf = async (authorization: string): Promise<string> =>
    fieldsOf(await server.askToken("offline_token=true", authorization)).refresh_token!;
  const refresh = async (refreshToken: string): Promise<RawResponse> =>
    server.postToken({ grant_type: "refresh_token", refresh_token: refreshToken, scope: "repository:public/x:pull" });

  it("with the generation of its user", async () => {
    const token = await refreshOf(ann);
    expect((await refresh(token)).status).toBe(200);
    server.directory.nextGeneration(1);
    expect((await refresh(token)).status).toBe(401);
  });

  it.each(["disabled", "expired"] as const)("for as long as its user is %s", async (why) => {
    const token = await refreshOf(ann);
    server.directory.bar(1, why);
    expect((await refresh(token)).status).toBe(401);
    server.directory.bar(1, undefined);
    expect((await refresh(token)).status).toBe(200);
  });

  it("with the token of the robot that it came from, and not with another one", async () => {
    const [first, second] = [server.directory.give(2), server.directory.give(2)];
    const [one, two] = [await refreshOf(basic("ci", first)), await refreshOf(basic("ci", second))];
    server.directory.revoke(first);
    expect([(await refresh(one)).status, (await refresh(two)).status]).toEqual([401, 200]);
  });

  it("after ninety days", async () => {
    const token = await refreshOf(ann);
    server.clock.now += 90 * 24 * 3600_000 - 1000;
    expect((await refresh(token)).status).toBe(200);
    server.clock.now += 20_000;
    expect((await refresh(token)).status).toBe(401);
  });

  it("and never gives more than its user may by then, or the token that it came from", async () => {
    const limited = await refreshOf(basic("ci", server.directory.give(2, "pull")));
    const ask = { grant_type: "refresh_token", refresh_token: limited, scope: "repository:ci/app:* repository:team/app:*" };
    expect(fieldsOf(await server.postToken(ask)).scope).toBe("repository:ci/app:pull");
    server.directory.set({ id: 2, name: "ci", kind: "robot", grants: [] });
    expect(fieldsOf(await server.postToken(ask)).scope).toBe("");
  });

  it("is good at the token service and nowhere else", async () => {
    const token = await refreshOf(ann);
    expect((await withToken("GET /v2/", token)).status).toBe(401);
    const registryToken = fieldsOf(await server.askToken("", ann)).token;
    expect((await refresh(registryToken)).status).toBe(401);
  });
});

test("while the registry is open, everybody gets a token for everything, whatever they send", async () => {
  await server[Symbol.asyncDispose]();
  server = await startAccessServer();
  server.directory.isOpen = () => true;
  for (const authorization of [undefined, basic("whoever", "whatever")]) {
    const answer = await server.askToken("scope=repository:team/app:pull", authorization);
    expect(answer.status).toBe(200);
    expect((await withToken("GET /v2/", fieldsOf(answer).token)).status).toBe(200);
  }
});
