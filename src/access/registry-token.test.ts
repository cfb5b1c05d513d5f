// Forged, borrowed and stale tokens (past advisories: keys from the head of a token, confused algorithms).

import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { base64url, exportJWK, SignJWT, UnsecuredJWT } from "jose";
import { beforeEach, describe, expect, it, test } from "vitest";
import { createRefreshTokens } from "./refresh-token.ts";
import { createRegistryTokens, type RegistryTokens } from "./registry-token.ts";
import { createDailyKeys, createRefreshKey } from "./token-keys.ts";

const dayMs = 24 * 3600_000;
const externalUrl = "https://registry.example.com";
const service = "registry.example.com";
const secret = randomBytes(32);
const holder = { principalId: 7, generation: 3, secretHash: undefined };
const access = [{ type: "repository", name: "team/app", actions: ["pull"] }] as const;
let at: number;
let tokens: RegistryTokens;
const options = (more = {}): Parameters<typeof createRegistryTokens>[0] => ({
  secret,
  externalUrl: () => externalUrl,
  now: () => at,
  ...more,
});
beforeEach(() => {
  at = 20_000 * dayMs + dayMs / 2;
  tokens = createRegistryTokens(options());
});

/** Verified by a process that has never seen it. */
const isGood = async (text: string): Promise<boolean> => (await createRegistryTokens(options()).verify(text)) !== undefined;
const issue = async (): Promise<string> => (await tokens.issue(holder, access)).text;
const parts = (text: string): [Record<string, unknown>, Record<string, unknown>] =>
  text.split(".", 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>) as never;
const head = { alg: "EdDSA", typ: "JWT", kid: "registry-20000" };
const ours = (): KeyObject => createDailyKeys(secret, () => at).current().privateKey;
const claims = (): Record<string, unknown> => {
  const now = Math.floor(at / 1000);
  return { iss: externalUrl, aud: service, sub: "7", gen: 3, access, iat: now, nbf: now, exp: now + 300, jti: "x" };
};
const sign = (key: KeyObject | Uint8Array, header: object, payload: object): Promise<string> =>
  new SignJWT(payload as never).setProtectedHeader(header as never).sign(key);

test("a token says who it was given to and what for, to every process with the same secret", async () => {
  const { text, issuedMs, lifeSeconds } = await tokens.issue({ ...holder, secretHash: "ab" }, access);
  expect([issuedMs, lifeSeconds]).toEqual([at, 300]);
  const [header, payload] = parts(text);
  expect(header).toEqual(head);
  expect(payload).toEqual({
    ...claims(),
    via: "ab",
    jti: expect.stringMatching(/^[\w-]{16}$/) as string,
  });
  const verified = await createRegistryTokens(options()).verify(text);
  expect(verified?.holder).toEqual({ ...holder, secretHash: "ab" });
  expect([verified?.limits.may("pull", "team/app" as never), verified?.limits.may("push", "team/app" as never)]).toEqual([
    true,
    false,
  ]);
});

test("what we sign ourselves in a test is accepted, so that what follows is refused for its own reason", async () => {
  expect(await isGood(await sign(ours(), head, claims()))).toBe(true);
});

describe("a token is refused", () => {
  it("without a signature", async () => {
    const text = await issue();
    expect(await isGood(text.slice(0, text.lastIndexOf(".") + 1))).toBe(false);
    expect(await isGood(new UnsecuredJWT(claims() as never).encode())).toBe(false);
    for (const alg of ["none", "None", "NONE", ""]) {
      const [header, payload] = [{ ...head, alg }, claims()].map((part) => base64url.encode(JSON.stringify(part)));
      expect(await isGood(`${header}.${payload}.`), alg).toBe(false);
    }
  });

  it("with a signature by the public key as a secret", async () => {
    const key = createPublicKey(ours());
    for (const material of [key.export({ format: "der", type: "spki" }), key.export({ format: "pem", type: "spki" })]) {
      const input = [{ ...head, alg: "HS256" }, claims()].map((part) => base64url.encode(JSON.stringify(part))).join(".");
      const signature = createHmac("sha256", material).update(input).digest("base64url");
      expect(await isGood(`${input}.${signature}`)).toBe(false);
    }
  });

  it("by another key, also when its head brings that key along or says where to find it", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const jwk = await exportJWK(publicKey);
    expect(await isGood(await sign(privateKey, head, claims()))).toBe(false);
    const injected = [
      { jwk },
      { jku: "https://evil.example/keys" },
      { x5u: "https://evil.example/chain" },
      { x5c: [publicKey.export({ format: "der", type: "spki" }).toString("base64")] },
      { x5t: "abc" },
    ];
    for (const more of injected) {
      expect(await isGood(await sign(privateKey, { ...head, ...more }, claims())), JSON.stringify(more)).toBe(false);
      // Nothing of the kind is ever written by us.
      expect(await isGood(await sign(ours(), { ...head, ...more }, claims())), JSON.stringify(more)).toBe(false);
    }
  });

  it("by an algorithm that is not ours, with a key of ours or not", async () => {
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    for (const [alg, key] of [
      ["ES256", ec],
      ["RS256", rsa],
      ["PS256", rsa],
      ["Ed25519", ours()],
    ] as const) {
      expect(await isGood(await sign(key, { ...head, alg }, claims())), alg).toBe(false);
    }
  });

  it.each([
    "registry-19998",
    "registry-20002",
    "registry-020000",
    "registry-20000 ",
    "registry-2e4",
    "refresh-1",
    "../../etc/passwd",
    "__proto__",
    "' or 1=1 --",
    "",
    20_000,
    null,
    ["registry-20000"],
    undefined,
  ])("with the key name %j", async (kid) => {
    expect(await isGood(await sign(ours(), { alg: "EdDSA", typ: "JWT", kid }, claims()))).toBe(false);
  });

  it.each([
    ["another audience", { aud: "other.example.com" }],
    ["several audiences", { aud: [service, "other.example.com"] }],
    ["no audience", { aud: undefined }],
    ["the audience of refresh tokens", { aud: `${service}/refresh` }],
    ["another issuer", { iss: "https://other.example.com" }],
    ["no issuer", { iss: undefined }],
    ["no subject", { sub: undefined }],
    ["the registry itself as subject", { sub: "-1" }],
    ["a subject that is no number", { sub: "root" }],
    ["no generation", { gen: undefined }],
    ["a generation as text", { gen: "3" }],
    ["no access", { access: undefined }],
    ["access of another form", { access: { "team/app": ["pull"] } }],
    ["no expiry", { exp: undefined }],
    ["no beginning", { nbf: undefined }],
    ["no id", { jti: undefined }],
    ["a hash that is none", { via: 7 }],
  ])("with %s", async (_, more) => {
    expect(await isGood(await sign(ours(), head, { ...claims(), ...more }))).toBe(false);
  });

  it.each(["at+jwt", "refresh+jwt", "", undefined])("of the type %j", async (typ) => {
    expect(await isGood(await sign(ours(), { alg: "EdDSA", typ, kid: head.kid }, claims()))).toBe(false);
  });

  it("with unknown critical extensions", async () => {
    const text = await issue();
    const [, payload, signature] = text.split(".");
    const header = base64url.encode(JSON.stringify({ ...head, crit: ["b64"], b64: false }));
    expect(await isGood(`${header}.${payload}.${signature}`)).toBe(false);
  });

  it("with a claim that was changed, or cut, or with something behind it", async () => {
    const text = await issue();
    const [header, , signature] = text.split(".") as [string, string, string];
    const wider = base64url.encode(JSON.stringify({ ...claims(), sub: "1" }));
    for (const changed of [`${header}.${wider}.${signature}`, text.slice(0, -2), `${text}.${signature}`, `${text}==`]) {
      expect(await isGood(changed)).toBe(false);
    }
    for (const nonsense of ["", ".", "..", "...", "x.y.z", "a".repeat(1_000_000), "\u0000.\u0000.\u0000"]) {
      expect(await isGood(nonsense)).toBe(false);
    }
  });

  it("of another registry, by secret, by name or by port", async () => {
    const text = await issue();
    const others = [
      { secret: randomBytes(32) },
      { externalUrl: () => "https://a.example.com" },
      { externalUrl: () => `${externalUrl}:8443` },
    ];
    for (const other of others) expect(await createRegistryTokens(options(other)).verify(text)).toBeUndefined();
    expect(
      await createRegistryTokens(options({ externalUrl: () => "http://registry.example.com" })).verify(text),
    ).toBeUndefined();
  });

  it("that is a refresh token, and the other way round", async () => {
    const refresh = createRefreshTokens(options());
    const text = await refresh.issue(holder);
    expect(await refresh.verify(text)).toEqual(holder);
    expect(await isGood(text)).toBe(false);
    expect(await refresh.verify(await issue())).toBeUndefined();
    const key = createRefreshKey(secret).current().privateKey;
    expect(await isGood(await sign(key, head, claims())), "by the key of refresh tokens").toBe(false);
    expect(await isGood(await sign(key, { ...head, kid: "refresh-1" }, claims())), "and named so").toBe(false);
  });
});

describe("a token in time", () => {
  it("is good for five minutes and the difference between two clocks, remembered or not", async () => {
    const text = await issue();
    for (const [seconds, good] of [
      [0, true],
      [309, true],
      [310, false],
      [311, false],
    ] as const) {
      at += seconds * 1000;
      expect([seconds, await isGood(text), (await tokens.verify(text)) !== undefined]).toEqual([seconds, good, good]);
      at -= seconds * 1000;
    }
  });

  it("is refused before it begins", async () => {
    const text = await issue();
    at -= 11_000;
    expect(await isGood(text)).toBe(false);
    at += 2000;
    expect(await isGood(text)).toBe(true);
  });

  it("outlives midnight, when keys change", async () => {
    at = 20_001 * dayMs - 1000;
    const text = await issue();
    expect(parts(text)[0]["kid"]).toBe("registry-20000");
    at += 2000;
    expect(await isGood(text)).toBe(true);
    expect(parts(await issue())[0]["kid"]).toBe("registry-20001");
    // Signed by a process whose clock is ahead.
    at = 20_001 * dayMs - 5000;
    const ahead = createRegistryTokens(options({ now: () => at + 9000 }));
    expect(await isGood((await ahead.issue(holder, access)).text)).toBe(true);
  });

  it("of yesterday's key is refused when that day is over by one more", async () => {
    const key = createDailyKeys(secret, () => at - 2 * dayMs).current();
    expect(await isGood(await sign(key.privateKey, { ...head, kid: key.kid }, claims()))).toBe(false);
  });
});

test("a token that was verified is known at once, until it is forgotten", async () => {
  const text = await issue();
  const first = tokens.verify(text);
  expect(first).toBeInstanceOf(Promise);
  expect(tokens.verify(text)).toBeInstanceOf(Promise);
  await first;
  expect(tokens.verify(text)).not.toBeInstanceOf(Promise);
  expect(tokens.verify(`${text}x`)).toBeInstanceOf(Promise);
});

test("what is remembered is bounded", async () => {
  tokens = createRegistryTokens(options(), 10);
  const texts = await Promise.all(Array.from({ length: 11 }, issue));
  for (const text of texts) await tokens.verify(text);
  expect(tokens.verify(texts[0]!)).toBeInstanceOf(Promise);
  expect(tokens.verify(texts.at(-1)!)).not.toBeInstanceOf(Promise);
});
