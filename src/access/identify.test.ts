import { randomBytes } from "node:crypto";
import { beforeEach, expect, test, vi } from "vitest";
import { createTestDirectory, type TestDirectory } from "../../test/access-members.ts";
import { createAttempts } from "./attempts.ts";
import { parseAuthorization } from "./basic.ts";
import { createIdentify, type Identify } from "./identify.ts";
import { createLogin } from "./login.ts";
import { createRegistryTokens, type RegistryTokens } from "./registry-token.ts";
import { hashSecret } from "./secret.ts";

const caller = { address: "192.0.2.1", userAgent: "test" };
const access = [{ type: "repository", name: "team/app", actions: ["pull"] }] as const;
let directory: TestDirectory;
let identify: Identify;
let registryTokens: RegistryTokens;
const issue = async (principalId: number, generation = 0, secretHash?: string): Promise<string> =>
  `Bearer ${(await registryTokens.issue({ principalId, generation, secretHash }, access)).text}`;

beforeEach(() => {
  directory = createTestDirectory();
  directory.set({ id: 1, name: "ann", grants: ["push team/*"] });
  directory.set({ id: 2, name: "ci", kind: "robot" });
  registryTokens = createRegistryTokens({
    secret: randomBytes(32),
    externalUrl: () => "https://registry.example",
    now: Date.now,
  });
  const login = createLogin({ directory, attempts: createAttempts(Date.now), now: Date.now });
  identify = createIdentify({ directory, login, registryTokens });
});

test("a token that was seen before is answered without a promise, with the same principal until something changes", async () => {
  const token = await issue(1);
  const first = await identify(token, caller);
  expect(first.name).toBe("ann");
  expect(identify(token, caller)).toBe(first);
  expect(identify(token, caller)).toBe(first);
  directory.set({ id: 1, name: "ann", grants: [] });
  const second = identify(token, caller);
  expect(second).not.toBeInstanceOf(Promise);
  expect([first.rights.may("pull", "team/app"), (await second).rights.may("pull", "team/app")]).toEqual([true, false]);
});

test("what changed elsewhere is looked at before anybody is let in", async () => {
  const token = await issue(1);
  await identify(token, caller);
  directory.refresh = async () => directory.bar(1, "disabled");
  await expect(Promise.resolve(identify(token, caller))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("a member who has to be read from the database is waited for", async () => {
  const token = await issue(1);
  await identify(token, caller);
  const known = directory.member(1);
  directory.member = async () => known;
  expect((await identify(token, caller)).name).toBe("ann");
});

test("a token of nobody in particular is good for what everybody may", async () => {
  directory.grant("pull team/app");
  const { kind, limits, rights } = await identify(await issue(0), caller);
  expect([kind, rights.may("pull", "team/app"), limits?.may("pull", "other" as never)]).toEqual(["anonymous", true, false]);
});

test.each([
  ["somebody who does not exist", 99, 0, undefined],
  ["another generation", 1, 1, undefined],
  ["a secret that is nobody's", 1, 0, hashSecret("x")],
] as const)("a token of %s is refused", async (_, id, generation, hash) => {
  const token = await issue(id, generation, hash);
  await expect(Promise.resolve(identify(token, caller))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("a token that came from the secret of one is not good for another", async () => {
  const hash = hashSecret(directory.give(2));
  await expect(Promise.resolve(identify(await issue(1, 0, hash), caller))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("while the registry is open nobody looks at credentials", () => {
  directory.isOpen = () => true;
  const verify = vi.spyOn(registryTokens, "verify");
  for (const header of [undefined, "Bearer x", "Basic x", "nonsense"]) {
    expect(identify(header, caller)).toMatchObject({ kind: "anonymous" });
  }
  expect(verify).not.toHaveBeenCalled();
});

test("Authorization is taken apart, or it is malformed", () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
  for (const none of [undefined, "", basic(":"), "basic Og=="]) expect(parseAuthorization(none)).toBeUndefined();
  expect(parseAuthorization(basic("ann:p:w"))).toEqual({ scheme: "basic", name: "ann", secret: "p:w" });
  expect(parseAuthorization(basic("ann:"))).toEqual({ scheme: "basic", name: "ann", secret: "" });
  expect(parseAuthorization(basic(":secret"))).toEqual({ scheme: "basic", name: "", secret: "secret" });
  expect(parseAuthorization("BEARER   a.b-c_d~e+f/g==")).toEqual({ scheme: "bearer", token: "a.b-c_d~e+f/g==" });
  for (const header of [
    "Basic",
    "Basic ",
    "Basic !!",
    basic("ann"),
    basic("a\0n:x"),
    `Basic ${Buffer.from([0xc3, 0x28, 0x3a]).toString("base64")}`,
    "Bearer",
    "Bearer a b",
    "Bearer a,b",
    "Digest x",
    "x",
    ` ${basic("ann:pw")}`,
    "Bearer \u00e9",
  ]) {
    expect(parseAuthorization(header), JSON.stringify(header)).toBe("malformed");
  }
});
