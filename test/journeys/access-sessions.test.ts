// Signing in with a browser, and what others try with its cookie.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashPassword } from "../../src/access/password.ts";
import { createSecret } from "../../src/access/secret.ts";
import { sessionAnswer, type SessionAnswer } from "../../src/wire/session.ts";
import { basic, bearer, atConsole, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Reply } from "../asker.ts";
import { openBrowser, type Browser } from "../browser.ts";
import { openRaw } from "../raw-http.ts";

let house: House;
let host: string;
let made = 0;
beforeAll(async () => {
  house = await openHouse();
  host = `127.0.0.1:${house.port}`;
});
afterAll(() => house?.[Symbol.asyncDispose]());

const open = (): Browser => openBrowser(house.asker, host);
const newUser = (): Promise<Credentials> => house.user(`ann${++made}`, ["pull team/*"]);
async function who(browser: Browser): Promise<SessionAnswer> {
  const reply = await browser.ask("GET", "/api/v1/session");
  expect(reply.status).toBe(200);
  return sessionAnswer.parse(JSON.parse(reply.body));
}
function codeOf(reply: Reply): string {
  return (JSON.parse(reply.body) as { code: string }).code;
}

describe("signing in", () => {
  test("gives a cookie that scripts cannot read and other sites do not send along, and says who one is", async () => {
    const user = await newUser();
    const browser = open();
    const reply = await browser.ask("POST", "/api/v1/session", { name: user.name, password: user.secret });
    expect(reply.header("set-cookie")).toMatch(
      /^hythe_session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/,
    );
    expect(reply.header("cache-control")).toBe("no-store");
    const { csrf, expiresAt, ...session } = await who(browser);
    expect(session).toEqual({
      name: user.name,
      kind: "user",
      groups: [],
      may: { pull: false, push: false, overwrite: false, delete: false, admin: false },
      visible: ["team/*"],
      open: false,
      provider: false,
      mustChange: false,
      hasPassword: true,
      manages: false,
    });
    expect(csrf).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(csrf).not.toBe(browser.cookie);
    expect(Date.parse(expiresAt!)).toBeGreaterThan(Date.now());
  });

  test("does not take over the session that the browser came with: nobody can plant one", async () => {
    const attacker = open();
    await attacker.signIn(await newUser());
    const planted = attacker.cookie!;
    const victim = open();
    victim.cookie = planted;
    victim.csrf = attacker.csrf;
    await victim.signIn(await newUser());
    expect(victim.cookie).not.toBe(planted);
    expect((await who(attacker)).kind).toBe("anonymous");
    const invented = open();
    invented.cookie = "x".repeat(43);
    await invented.signIn(await newUser());
    expect(invented.cookie).not.toBe("x".repeat(43));
  });

  test("takes passwords only: a token would lose its limits, and a robot has none", async () => {
    const { name } = await newUser();
    const token = await house.token(name);
    const robot = await house.robot(`robot${made}`);
    for (const { name: claimed, secret } of [token, robot, { name, secret: "wrong" }, { name: "nobody", secret: "wrong" }]) {
      const reply = await open().ask("POST", "/api/v1/session", { name: claimed, password: secret });
      expect([reply.status, codeOf(reply), reply.header("set-cookie")], claimed).toEqual([401, "UNAUTHORIZED", undefined]);
    }
  });

  test("with two cookies of that name is not believed: somebody else has set one", async () => {
    const browser = open();
    await browser.signIn(await newUser());
    const twice = { cookie: `hythe_session=${browser.cookie}; hythe_session=${"y".repeat(43)}` };
    const reply = await browser.ask("GET", "/api/v1/session", undefined, twice);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: "anonymous" });
  });

  test("over https has a cookie that no subdomain can set, and the plain one means nothing there", async () => {
    await using secure = await openHouse({ externalUrl: new URL("https://registry.example") });
    const ask = (cookie?: string) =>
      secure.asker.ask({
        method: cookie === undefined ? "POST" : "GET",
        path: "/api/v1/session",
        headers: {
          origin: "https://registry.example",
          "content-type": "application/json",
          ...(cookie !== undefined && { cookie }),
        },
        ...(cookie === undefined && { body: JSON.stringify({ name: secure.root.name, password: secure.root.secret }) }),
      });
    const set = (await ask()).header("set-cookie")!;
    expect(set).toMatch(/^__Host-hythe_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure$/);
    const secret = /=([\w-]{43})/.exec(set)![1]!;
    expect(JSON.parse((await ask(`__Host-hythe_session=${secret}`)).body)).toMatchObject({ name: "root" });
    expect(JSON.parse((await ask(`hythe_session=${secret}`)).body)).toMatchObject({ kind: "anonymous" });
  });
});

describe("with the cookie of a session", () => {
  const post = (browser: Browser, headers: Record<string, string>) =>
    browser.ask("POST", "/api/v1/tokens", { name: "planted" }, headers);
  const tokensOf = async (browser: Browser): Promise<unknown[]> =>
    (JSON.parse((await browser.ask("GET", "/api/v1/tokens")).body) as { items: unknown[] }).items;

  test("nothing changes without its CSRF token, nor with that of another session", async () => {
    const [browser, other] = [open(), open()];
    await browser.signIn(await newUser());
    await other.signIn(await newUser());
    for (const csrf of ["", "x", other.csrf!, browser.cookie!]) {
      const reply = await post(browser, { "x-csrf-token": csrf });
      expect([reply.status, codeOf(reply)], csrf).toEqual([403, "DENIED"]);
    }
    expect(await tokensOf(browser)).toEqual([]);
    expect((await post(browser, {})).status).toBe(200);
    expect(await tokensOf(browser)).toHaveLength(1);
  });

  test.each([
    ["another origin", { origin: "http://evil.example" }],
    ["an origin without a name", { origin: "null" }],
    ["an origin that ends like ours", { origin: "http://evil127.0.0.1" }],
    ["another port", { origin: "http://127.0.0.1:1" }],
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["another host of the same site", { "sec-fetch-site": "same-site" }],
  ])("nothing changes when a page of %s asks for it, even with the token", async (_what, headers) => {
    const browser = open();
    await browser.signIn(await newUser());
    expect((await post(browser, headers)).status).toBe(403);
    expect((await browser.ask("DELETE", "/api/v1/session", undefined, headers)).status).toBe(403);
    const signIn = await open().ask("POST", "/api/v1/session", { name: "root", password: house.root.secret }, headers);
    expect([signIn.status, signIn.header("set-cookie")]).toEqual([403, undefined]);
    expect(await tokensOf(browser)).toEqual([]);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "nothing is read that pages of other sites may send: %s",
    async (type) => {
      const browser = open();
      await browser.signIn(await newUser());
      const reply = await post(browser, { "content-type": type });
      expect(reply.status).toBe(415);
      expect(await tokensOf(browser)).toEqual([]);
    },
  );

  test("/v2 knows nobody: cookies are for /api", async () => {
    const browser = open();
    await browser.signIn(house.root);
    expect((await browser.ask("GET", "/v2/")).status).toBe(401);
    expect((await browser.ask("GET", "/v2/_catalog")).status).toBe(401);
  });

  test("credentials that are wrong are refused, although the cookie is right", async () => {
    const browser = open();
    await browser.signIn(house.root);
    for (const authorization of [
      basic({ name: "root", secret: "no" }),
      bearer(createSecret().text),
      bearer("x"),
      "Negotiate x",
    ]) {
      expect((await browser.ask("GET", "/api/v1/users", undefined, { authorization })).status, authorization).toBe(401);
    }
    expect((await browser.ask("GET", "/api/v1/users")).status).toBe(200);
  });
});

describe("signing out", () => {
  test("ends this session for whoever has its cookie, and no other one", async () => {
    const user = await newUser();
    const [browser, other] = [open(), open()];
    await browser.signIn(user);
    await other.signIn(user);
    const stolen = open();
    stolen.cookie = browser.cookie;
    const reply = await browser.ask("DELETE", "/api/v1/session");
    expect([reply.status, reply.header("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect((await who(stolen)).kind).toBe("anonymous");
    expect((await who(other)).name).toBe(user.name);
  });

  test("everywhere ends all sessions and registry tokens; tokens that were made to stay, stay", async () => {
    const user = await newUser();
    const token = await house.token(user.name);
    const registryToken = await house.registryToken(user, "repository:team/app:pull");
    const [browser, other] = [open(), open()];
    await browser.signIn(user);
    await other.signIn(user);
    expect((await browser.ask("DELETE", "/api/v1/sessions")).status).toBe(204);
    expect((await who(other)).kind).toBe("anonymous");
    const ask = (authorization: string) =>
      house.asker.ask({ method: "GET", path: "/v2/", headers: { authorization } }).then(({ status }) => status);
    expect(await ask(bearer(registryToken))).toBe(401);
    expect(await ask(basic(token))).toBe(200);
  });

  test("a token that is revoked while the body comes is worth nothing when it is there", async () => {
    const { name } = await house.user(`chief${++made}`, ["admin *"]);
    const { secret, id } = await house.token(name);
    const connection = await openRaw(house.port);
    const late = `late${made}`;
    const body = JSON.stringify({ name: late });
    const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
    connection.send(`POST /api/v1/users HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${bearer(secret)}\r\n${head}`);
    expect((await connection.response()).status).toBe(100);
    // Admitted by now, so that it is not the head that is refused.
    expect(
      (await house.asker.ask({ method: "GET", path: "/api/v1/users", headers: { authorization: bearer(secret) } })).status,
    ).toBe(200);
    await house.tokens.revoke(id, name, atConsole);
    connection.send(body);
    expect((await connection.response()).status).toBe(401);
    connection.socket.destroy();
    const headers = { authorization: basic(house.root) };
    expect((await house.asker.ask({ method: "GET", path: `/api/v1/users/${late}`, headers })).status).toBe(404);
  });

  test.each(["disabled", "deleted", "another password"])("sessions end when their user is %s", async (what) => {
    const user = await newUser();
    const browser = open();
    await browser.signIn(user);
    expect((await who(browser)).name).toBe(user.name);
    if (what === "deleted") await house.members.remove("user", user.name, atConsole);
    else if (what === "disabled") await house.members.update("user", user.name, { disabled: true }, atConsole);
    else {
      const hash = await hashPassword("something else entirely");
      await house.members.setPassword(user.name, { hash, mustChange: true }, atConsole);
    }
    expect((await who(browser)).kind).toBe("anonymous");
    expect((await browser.ask("POST", "/api/v1/tokens", { name: "late" })).status).toBe(401);
  });
});

describe("one's own password", () => {
  const change = (browser: Browser, current: string, password: string) =>
    browser.ask("PUT", "/api/v1/session/password", { current, password });

  test("is changed by who knows it; other sessions end, this browser goes on with a new one", async () => {
    const user = await newUser();
    const [browser, other] = [open(), open()];
    await browser.signIn(user);
    await other.signIn(user);
    const before = browser.cookie;
    for (const [current, password, status] of [
      ["wrong wrong wrong", "correct battery staple", 401],
      [user.secret, "short", 400],
      [user.secret, user.secret, 400],
    ] as const) {
      expect((await change(browser, current, password)).status, password).toBe(status);
    }
    const changed = await change(browser, user.secret, "correct battery staple");
    expect(changed.status).toBe(200);
    expect(browser.cookie).not.toBe(before);
    expect((await who(browser)).name).toBe(user.name);
    expect((await who(other)).kind).toBe("anonymous");
    const basicWith = (secret: string) =>
      house.asker.ask({ method: "GET", path: "/api/v1/tokens", headers: { authorization: basic({ name: user.name, secret }) } });
    expect((await basicWith(user.secret)).status).toBe(401);
    expect((await basicWith("correct battery staple")).status).toBe(200);
  });

  test("that somebody else has set must be changed before anything else", async () => {
    const { name } = await newUser();
    const root = open();
    await root.signIn(house.root);
    const initial = "initial secret of ann";
    expect((await root.ask("PATCH", `/api/v1/users/${name}`, { password: initial })).status).toBe(200);
    const browser = open();
    expect(await browser.signIn({ name, secret: initial })).toMatchObject({ mustChange: true });
    const refused = await browser.ask("GET", "/api/v1/repositories");
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining("password of your own")]);
    const authorization = basic({ name, secret: initial });
    const json = { authorization, "content-type": "application/json" };
    const byBasic = (method: string, path: string, body?: unknown) =>
      house.asker.ask({
        method,
        path: `/api/v1/${path}`,
        headers: json,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    expect((await byBasic("GET", "repositories")).status).toBe(403);
    expect((await byBasic("POST", "tokens", { name: "to stay" })).status).toBe(403);
    expect((await byBasic("GET", "session")).status).toBe(200);
    expect((await change(browser, initial, "a secret of my own")).status).toBe(200);
    expect((await browser.ask("GET", "/api/v1/repositories")).status).toBe(200);
    await house.members.setPassword(name, { hash: await hashPassword(initial), mustChange: true }, atConsole);
    const own = { current: initial, password: "another of my own" };
    expect((await byBasic("PUT", "session/password", own)).status).toBe(200);
  });
});
