// Registry and refresh tokens under attack: forged in every way that libraries once fell for, used elsewhere, later, or for more.

import { createHmac, createPrivateKey, generateKeyPairSync, hkdfSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadRootKey } from "../../src/access/root-key.ts";
import { createDailyKeys, createRefreshKey } from "../../src/access/token-keys.ts";
import { image } from "../image.ts";
import { basic, bearer, atConsole, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Reply } from "../asker.ts";

type Json = Record<string, unknown>;
const encode = (value: Json | string): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const decode = (text: string): Json => JSON.parse(Buffer.from(text, "base64url").toString()) as Json;

let house: House;
let ann: Credentials;
let token: string;
let header: Json;
let claims: Json;
/** That of all keys, as somebody has it who stole the file: what they still must not get past is what a token says of itself. */
let secret: Uint8Array;
let ours: ReturnType<ReturnType<typeof createDailyKeys>["current"]>;

beforeAll(async () => {
  house = await openHouse();
  ann = await house.user("ann", ["push team/*"]);
  await house.user("eve");
  await house.grant({ kind: "everyone" }, "pull open/*");
  for (const name of ["team/app", "other/app", "open/app"]) await house.push(name, image(), "v1");
  token = await house.registryToken(ann, "repository:team/app:pull,push");
  [header, claims] = token.split(".").slice(0, 2).map(decode) as [Json, Json];
  secret = await loadRootKey(house.folder, undefined);
  ours = createDailyKeys(secret, Date.now).current();
});
afterAll(() => house[Symbol.asyncDispose]());

const now = (): number => Math.floor(Date.now() / 1000);
const signed = (head: Json, payload: Json, key: KeyObject = ours.privateKey): string => {
  const text = `${encode(head)}.${encode(payload)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
};
const hmac = (head: Json, payload: Json, key: string | Uint8Array): string => {
  const text = `${encode(head)}.${encode(payload)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
};
const ask = (path: string, authorization: string, method = "GET"): Promise<Reply> =>
  house.asker.ask({ method, path, headers: { authorization } });

async function expectVoid(text: string): Promise<void> {
  const reply = await ask("/v2/team/app/tags/list", bearer(text));
  expect([reply.status, reply.header("www-authenticate")]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
  expect(reply.body).not.toContain("team/app");
}

test("the tests that follow can forge: with the right key, head and claims a token is taken", async () => {
  expect((await ask("/v2/team/app/tags/list", bearer(token))).status).toBe(200);
  expect((await ask("/v2/team/app/tags/list", bearer(signed(header, { ...claims, jti: "forged" })))).status).toBe(200);
});

describe("the algorithm", () => {
  test.each(["none", "None", "NONE", "nOnE", ""])("cannot be '%s', with any signature or without one", async (alg) => {
    const text = `${encode({ ...header, alg })}.${encode(claims)}`;
    for (const signature of ["", token.split(".")[2]!, "AA"]) await expectVoid(`${text}.${signature}`);
    await expectVoid(text);
  });

  test("cannot be one of a shared secret, with any form of the public key as that secret", async () => {
    const publicKey = createDailyKeys(secret, Date.now).find(ours.kid)!;
    const jwk = publicKey.export({ format: "jwk" });
    const forms = [
      publicKey.export({ type: "spki", format: "pem" }),
      publicKey.export({ type: "spki", format: "pem" }).trim(),
      publicKey.export({ type: "spki", format: "der" }),
      Buffer.from(jwk.x!, "base64url"),
      jwk.x!,
      JSON.stringify(jwk),
      "",
    ];
    for (const form of forms)
      for (const alg of ["HS256", "HS384", "EdDSA"]) await expectVoid(hmac({ ...header, alg }, claims, form));
  });

  test.each(["RS256", "PS256", "ES256", "ES256K", "Ed448", "HS512", "dir"])("cannot be %s with our own key", async (alg) => {
    await expectVoid(signed({ ...header, alg }, claims));
  });

  test("has one name: what another program calls it is another algorithm", async () => {
    for (const alg of [["EdDSA"], { toString: "EdDSA" }, "eddsa", "EdDSA ", null])
      await expectVoid(signed({ ...header, alg }, claims));
  });
});

describe("the key", () => {
  const own = generateKeyPairSync("ed25519");
  const jwk = { ...own.publicKey.export({ format: "jwk" }), alg: "EdDSA", use: "sig" };

  test.each<[string, Json]>([
    ["jwk", { jwk: { ...jwk } }],
    ["jwk under our kid", { jwk: { ...jwk, kid: "registry-1" } }],
    ["jku", { jku: "http://127.0.0.1:9/keys" }],
    ["x5c", { x5c: ["MIIB"] }],
    ["x5u", { x5u: "http://127.0.0.1:9/keys" }],
    ["crit", { crit: ["exp"] }],
    ["b64", { b64: false, crit: ["b64"] }],
    ["zip", { zip: "DEF" }],
    ["cty", { cty: "JWT" }],
  ])("cannot be brought along in the head by %s, not even beside a right signature", async (_name, more) => {
    await expectVoid(signed({ ...header, ...more }, claims, own.privateKey));
    await expectVoid(signed({ ...header, ...more }, claims));
  });

  test("is found by its own name only", async () => {
    const day = Number(ours.kid.split("-")[1]);
    const names = [
      undefined,
      null,
      "",
      "registry-0",
      `registry-${day - 2}`,
      `registry-${day + 2}`,
      `registry-0${day}`,
      `registry-${day}.0`,
    ];
    const strange = [
      "refresh-1",
      "../access.key",
      "/dev/null",
      "__proto__",
      "constructor",
      day,
      [ours.kid],
      { toString: ours.kid },
    ];
    for (const kid of [...names, ...strange]) await expectVoid(signed({ ...header, kid }, claims));
    await expectVoid(signed(header, claims, own.privateKey));
    // A key that is ours, but of another day than it says.
    const other = createDailyKeys(secret, () => Date.now() - 24 * 3600_000).current();
    await expectVoid(signed(header, claims, other.privateKey));
    expect(
      (await ask("/v2/team/app/tags/list", bearer(signed({ ...header, kid: other.kid }, claims, other.privateKey)))).status,
    ).toBe(200);
  });

  test("of another registry is another key", async () => {
    const elsewhere = createDailyKeys(randomBytes(32), Date.now).current();
    await expectVoid(signed({ ...header, kid: elsewhere.kid }, claims, elsewhere.privateKey));
    // Derived as ours, of what somebody may guess.
    for (const guess of [Buffer.alloc(32), Buffer.from("hythe")]) {
      const seed = Buffer.from(hkdfSync("sha256", guess, "hythe tokens", ours.kid, 32));
      const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
      await expectVoid(signed(header, claims, createPrivateKey({ key: der, format: "der", type: "pkcs8" })));
    }
  });
});

describe("the claims", () => {
  const hour = 3600;
  test.each<[string, () => Json]>([
    ["another issuer", () => ({ iss: "https://registry.example" })],
    ["no issuer", () => ({ iss: undefined })],
    ["another audience", () => ({ aud: "registry.example" })],
    ["several audiences, ours among them", () => ({ aud: [claims["aud"], "registry.example"] })],
    ["the audience of refresh tokens", () => ({ aud: `${String(claims["aud"])}/refresh` })],
    ["no audience", () => ({ aud: undefined })],
    ["no end", () => ({ exp: undefined })],
    ["an end that is over", () => ({ exp: now() - 60, nbf: now() - hour, iat: now() - hour })],
    ["an end that is no number", () => ({ exp: String(now() + hour) })],
    ["a beginning that is to come", () => ({ nbf: now() + hour })],
    ["no subject", () => ({ sub: undefined })],
    ["the subject that is the registry itself", () => ({ sub: "-1" })],
    ["a subject that is a number", () => ({ sub: 1 })],
    ["a subject that nobody is", () => ({ sub: "999999" })],
    ["another subject of another generation", () => ({ sub: "1", gen: 99 })],
    ["another generation", () => ({ gen: Number(claims["gen"]) + 1 })],
    ["no generation", () => ({ gen: undefined })],
    ["a generation that is a text", () => ({ gen: String(claims["gen"]) })],
    ["no access", () => ({ access: undefined })],
    ["an access that is no list", () => ({ access: "repository:team/app:pull" })],
    ["a secret that it never came from", () => ({ via: "0".repeat(64) })],
  ])("of %s are refused although the signature is right", async (_what, change) => {
    await expectVoid(signed(header, { ...claims, ...change() }));
  });

  test.each<[string, unknown]>([
    ["null", [null]],
    ["no actions", [{ type: "repository", name: "team/app" }]],
    ["actions that are a text", [{ type: "repository", name: "team/app", actions: "pull" }]],
    ["numbers", [1, 2]],
    ["a name that is an object", [{ type: "repository", name: {}, actions: ["pull"] }]],
  ])("with an access of %s open nothing and break nothing", async (_what, access) => {
    const reply = await ask("/v2/team/app/tags/list", bearer(signed(header, { ...claims, access })));
    expect(reply.status).toBe(401);
  });

  test("cannot be changed under the signature", async () => {
    const [head, body, signature] = token.split(".") as [string, string, string];
    await expectVoid(`${head}.${encode({ ...claims, sub: "1" })}.${signature}`);
    await expectVoid(`${encode({ ...header, kid: ours.kid, x: 1 })}.${body}.${signature}`);
    for (const text of [
      "",
      ".",
      "..",
      `${head}.${body}`,
      `${head}.${body}.`,
      `${token}.`,
      `.${token}`,
      "x".repeat(9000),
      `${token}A`,
    ])
      expect((await ask("/v2/team/app/tags/list", bearer(text))).status).toBe(401);
  });

  test("with the anonymous subject open what everybody may do, and no more", async () => {
    const anyone = signed(header, {
      ...claims,
      sub: "0",
      gen: 0,
      access: [{ type: "repository", name: "team/app", actions: ["pull", "push", "delete"] }],
    });
    expect((await ask("/v2/team/app/tags/list", bearer(anyone))).status).toBe(401);
  });
});

describe("a token used elsewhere", () => {
  test("a registry token is nothing to /api, and a token of /api is nothing to /v2 as Bearer", async () => {
    for (const path of ["/api/v1/repositories", "/api/v1/users", "/api/v1/session", "/metrics"]) {
      expect([path, (await ask(path, bearer(token))).status]).toEqual([path, 401]);
    }
    const personal = await house.token("ann");
    await expectVoid(personal.secret);
    expect((await ask("/v2/team/app/tags/list", basic(personal))).status).toBe(200);
  });

  test("a refresh token opens nothing by itself, and a registry token buys no other", async () => {
    const refresh = await login(ann);
    await expectVoid(refresh);
    expect((await ask("/api/v1/session", bearer(refresh))).status).toBe(401);
    expect((await buy(token, "repository:team/app:pull")).status).toBe(401);
    const secretKey = createRefreshKey(secret).current();
    await expectVoid(signed({ ...header, kid: secretKey.kid }, claims, secretKey.privateKey));
    expect((await buy(signed({ ...header, typ: "refresh+jwt" }, claims), "")).status).toBe(401);
    expect(
      (await buy(signed({ ...decode(refresh.split(".")[0]!), kid: ours.kid }, decode(refresh.split(".")[1]!)), "")).status,
    ).toBe(401);
  });

  test("a personal token stands for its owner under no other name", async () => {
    const personal = await house.token("ann");
    for (const name of ["eve", "root", "Ann", "ann ", "", "ann\0"]) {
      expect([name, (await ask("/v2/", basic({ name, secret: personal.secret }))).status]).toEqual([name, 401]);
    }
  });
});

const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
const post = (fields: Record<string, string>): Promise<Reply> =>
  house.asker.ask({ method: "POST", path: "/v2/token", headers: form, body: new URLSearchParams(fields).toString() });
async function login({ name, secret: password }: Credentials): Promise<string> {
  const reply = await post({
    grant_type: "password",
    service: "x",
    client_id: "test",
    access_type: "offline",
    username: name,
    password,
  });
  return (JSON.parse(reply.body) as { refresh_token: string }).refresh_token;
}
const buy = (refreshToken: string, scope: string): Promise<Reply> =>
  post({ grant_type: "refresh_token", service: "x", client_id: "test", scope, refresh_token: refreshToken });
const accessOf = (reply: Reply): unknown => decode((JSON.parse(reply.body) as { token: string }).token.split(".")[1]!)["access"];

describe("a token for more", () => {
  test.each([
    "repository:other/app:pull",
    "repository:*:pull,push,delete",
    "repository:team/*:pull",
    "repository:team:pull",
    "repository:team/app/../../other/app:pull",
    "repository:team/app,other/app:pull",
    "repository:TEAM/APP:pull",
    "repository:team/app:delete,admin,overwrite",
    "repository(plugin)(x):team/app:pull",
    "registry:*:*",
    "registry:users:*",
    "token:root:pull",
    "repository::pull",
    ":::",
    "%00",
  ])("is not given for %s", async (scope) => {
    const query = new URLSearchParams({ service: "x", scope }).toString();
    const reply = await house.asker.ask({ method: "GET", path: `/v2/token?${query}`, headers: { authorization: basic(ann) } });
    expect([reply.status, reply.status === 200 ? accessOf(reply) : []]).toEqual([reply.status === 400 ? 400 : 200, []]);
  });

  test("is cut to what its holder may do, however often and in whichever order it is asked for", async () => {
    const granted = await house.registryToken(
      ann,
      "repository:team/app:push,delete,pull,*",
      "repository:other/app:* repository:team/app:admin",
    );
    expect(decode(granted.split(".")[1]!)["access"]).toEqual([
      { type: "repository", name: "team/app", actions: ["pull", "push"] },
    ]);
  });

  test("does not grow with the rights of its holder, and shrinks with them at once", async () => {
    await house.user("ivy", ["pull team/app"]);
    const ivy = { name: "ivy", secret: "correct horse of ivy" };
    const pull = await house.registryToken(ivy, "repository:team/app:pull,push");
    const id = await house.grant({ kind: "principal", name: "ivy" }, "push team/app");
    expect((await ask("/v2/team/app/blobs/uploads/", bearer(pull), "POST")).status).toBe(401);
    const push = await house.registryToken(ivy, "repository:team/app:pull,push");
    expect((await ask("/v2/team/app/blobs/uploads/", bearer(push), "POST")).status).toBe(202);
    await house.grants.remove(id, atConsole);
    expect((await ask("/v2/team/app/blobs/uploads/", bearer(push), "POST")).status).toBe(401);
    expect((await ask("/v2/team/app/tags/list", bearer(push))).status).toBe(200);
  });

  test("cannot be bought with a refresh token of a token that is limited", async () => {
    const limited = await house.token("ann", "pull");
    const refresh = await login(limited);
    expect(accessOf(await buy(refresh, "repository:team/app:pull,push,delete"))).toEqual([
      { type: "repository", name: "team/app", actions: ["pull"] },
    ]);
    const direct = await house.registryToken(limited, "repository:team/app:pull,push,delete");
    expect((await ask("/v2/team/app/blobs/uploads/", bearer(direct), "POST")).status).toBe(401);
    // What it was cut to is not only said in the token.
    const forged = signed(header, { ...decode(direct.split(".")[1]!), access: claims["access"] });
    expect((await ask("/v2/team/app/blobs/uploads/", bearer(forged), "POST")).status).toBe(401);
    expect((await ask("/v2/team/app/blobs/uploads/", basic(limited), "POST")).status).toBe(403);
  });

  test("ends with the secret, the password or the login that it came from, at once", async () => {
    await house.user("joe", ["push team/app"]);
    const joe = { name: "joe", secret: "correct horse of joe" };
    const personal = await house.token("joe");
    const [bySecret, byPassword] = [await login(personal), await login(joe)];
    const direct = await house.registryToken(personal, "repository:team/app:pull");
    await house.tokens.revoke(personal.id, undefined, atConsole);
    expect((await buy(bySecret, "repository:team/app:pull")).status).toBe(401);
    await expectVoid(direct);
    expect((await buy(byPassword, "repository:team/app:pull")).status).toBe(200);
    await house.members.signOutEverywhere("joe", atConsole);
    expect((await buy(byPassword, "repository:team/app:pull")).status).toBe(401);
    const again = await login(joe);
    await house.members.update("user", "joe", { disabled: true }, atConsole);
    expect((await buy(again, "")).status).toBe(401);
    await house.members.update("user", "joe", { disabled: false }, atConsole);
    expect((await buy(again, "")).status).toBe(401);
  });

  test("of a name is not that of who bears the name later", async () => {
    await house.user("kai", ["push team/app"]);
    const kai = { name: "kai", secret: "correct horse of kai" };
    const [old, refresh, personal] = [
      await house.registryToken(kai, "repository:team/app:pull"),
      await login(kai),
      await house.token("kai"),
    ];
    await house.members.remove("user", "kai", atConsole);
    await house.user("kai", ["push team/app"]);
    await expectVoid(old);
    expect((await buy(refresh, "")).status).toBe(401);
    expect((await ask("/v2/", basic(personal))).status).toBe(401);
  });
});

describe("the token service", () => {
  test("never answers wrong credentials with an anonymous token", async () => {
    const wrong = { name: "ann", secret: "wrong horse of ann" };
    expect((await ask("/v2/token?service=x&scope=repository:open/app:pull", basic(wrong))).status).toBe(401);
    for (const fields of [
      { grant_type: "password", username: "ann", password: "wrong horse of ann" },
      { grant_type: "password", username: "", password: "x" },
      { grant_type: "refresh_token", refresh_token: "x" },
      { grant_type: "refresh_token" },
    ] as Record<string, string>[]) {
      expect([fields, (await post(fields)).status]).toEqual([
        fields,
        expect.toSatisfy((status) => status === 400 || status === 401),
      ]);
    }
  });

  test("believes the password, not what is said beside it", async () => {
    const query = "service=x&account=root&client_id=root&sub=1&scope=repository:other/app:pull";
    const reply = await ask(`/v2/token?${query}`, basic(ann));
    expect(accessOf(reply)).toEqual([]);
    expect(decode((JSON.parse(reply.body) as { token: string }).token.split(".")[1]!)["sub"]).toBe(claims["sub"]);
  });

  test("gives anonymous tokens for what everybody may do, which buy nothing later", async () => {
    const reply = await house.asker.ask({
      method: "GET",
      path: "/v2/token?offline_token=true&scope=repository:open/app:pull,push",
    });
    expect(accessOf(reply)).toEqual([{ type: "repository", name: "open/app", actions: ["pull"] }]);
    expect(JSON.parse(reply.body)).not.toHaveProperty("refresh_token");
  });

  test("is not remembered by proxies and browsers", async () => {
    const reply = await ask("/v2/token?service=x", basic(ann));
    expect(reply.header("cache-control")).toContain("no-store");
  });

  test("keeps tokens small, whatever is asked for", async () => {
    const scopes = Array.from({ length: 400 }, (_, i) => `repository:team/${"x".repeat(20)}-${i}:pull,push`);
    const big = await house.registryToken(ann, ...scopes.slice(0, 150));
    expect(big.length).toBeLessThan(4500);
    expect((await ask("/v2/", bearer(big))).status).toBe(200);
  });

  test("reads no body without end", async () => {
    const body = `grant_type=password&username=ann&password=${"x".repeat(2_000_000)}`;
    expect((await house.asker.ask({ method: "POST", path: "/v2/token", headers: form, body })).status).toBe(413);
  });
});
