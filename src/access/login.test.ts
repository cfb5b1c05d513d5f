import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { hashSync } from "bcryptjs";
import { createTestDirectory, type TestDirectory } from "../../test/access-members.ts";
import { createAttempts } from "./attempts.ts";
import type { Caller } from "./caller.ts";
import { createLogin, type Login } from "./login.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { createSecret } from "./secret.ts";

const caller: Caller = { address: "192.0.2.1", userAgent: "test" };
const password = "correct horse battery";
let passwordHash: string;
let at = 1_000_000;
let directory: TestDirectory;
let login: Login;
const refused = vi.fn<(member: unknown, caller: Caller) => void>();

beforeAll(async () => {
  passwordHash = await hashPassword(password);
});
beforeEach(() => {
  at = 1_000_000;
  refused.mockClear();
  directory = createTestDirectory();
  directory.set({ id: 1, name: "ann", grants: ["push team/*"], passwordHash });
  directory.set({ id: 2, name: "ci", kind: "robot", grants: ["push ci/*"] });
  directory.set({ id: 3, name: "outside", grants: ["pull *"] });
  login = createLogin({ directory, attempts: createAttempts(() => at), now: () => at, refused });
});

const wrong = { code: "UNAUTHORIZED", message: "wrong name, password or token" };

test("a user signs in with their password, and is noted as used", async () => {
  const { member, principal, token } = await login.logIn("ann", password, caller);
  expect([member.principal.name, principal.limits, token]).toEqual(["ann", undefined, undefined]);
  expect(directory.lastUsed.get(1)).toBeUndefined();
  expect(directory.lastUsed.has(1)).toBe(true);
});

test.each([
  ["a wrong password", "ann", "correct horse batterx"],
  ["an empty password", "ann", ""],
  ["a name that does not exist", "bob", password],
  ["a name in another case", "ANN", password],
  ["a robot, with any password", "ci", password],
  ["a user who has no password, with an empty one", "outside", ""],
  ["a name of a megabyte", "a".repeat(1_000_000), password],
  ["a secret of nobody", "ann", createSecret().text],
])("%s is refused with the same words", async (_, name, secret) => {
  await expect(login.logIn(name, secret, caller)).rejects.toMatchObject(wrong);
  expect(refused).toHaveBeenCalledOnce();
});

test("a password that nobody had the time to look at is no wrong one", async () => {
  const crowd = Array.from({ length: 67 }, (_, i) => login.logIn("bob", `guess ${i}`, { ...caller, address: `198.51.100.${i}` }));
  // One too many: the queue is full, and no hash is ready before the event loop turns.
  await crowd.pop()!.catch(() => undefined);
  const told = new Set<string>();
  for (let i = 0; i < 20; i++) {
    await login.logIn("ann", `${password}${i}`, caller).catch((error: unknown) => told.add((error as Error).message));
  }
  await Promise.allSettled(crowd);
  expect([...told]).toEqual(["too many people are signing in, try again in a moment"]);
  expect((await login.logIn("ann", password, caller)).member.principal.name).toBe("ann");
});

test("who is told of a refusal gets the member, and never the text that was given for a name", async () => {
  await expect(login.logIn("ann", "x", caller)).rejects.toThrow();
  await expect(login.logIn(password, "x", caller)).rejects.toThrow();
  const revoked = directory.give(2);
  directory.revoke(revoked);
  await expect(login.logIn("ci", revoked, caller)).rejects.toThrow();
  await expect(login.logIn(password, revoked, caller)).rejects.toThrow();
  expect(refused.mock.calls.map(([member]) => (member as { principal: { name: string } } | undefined)?.principal.name)).toEqual([
    "ann",
    undefined,
    "ci",
    undefined,
  ]);
});

test("a token signs its owner in, with its limit, and nobody else", async () => {
  const secret = directory.give(2, "pull");
  const { principal, token } = await login.logIn("ci", secret, caller);
  expect([principal.name, principal.limits?.may("pull", "x" as never), principal.limits?.may("push", "x" as never)]).toEqual([
    "ci",
    true,
    false,
  ]);
  expect(directory.lastUsed.get(2)).toBe(token?.id);
  await expect(login.logIn("ann", secret, caller)).rejects.toMatchObject(wrong);
  await expect(login.logIn("", secret, caller)).rejects.toMatchObject(wrong);
  directory.revoke(secret);
  await expect(login.logIn("ci", secret, caller)).rejects.toMatchObject(wrong);
});

test("a session cannot begin with a token", async () => {
  const secret = directory.give(1);
  await expect(login.byPassword("ann", secret, caller)).rejects.toMatchObject(wrong);
  expect((await login.byPassword("ann", password, caller)).principal.name).toBe("ann");
});

test.each(["disabled", "expired"] as const)(
  "whoever is %s is refused with password and token, remembered or not",
  async (why) => {
    const secret = directory.give(1);
    await login.logIn("ann", password, caller);
    directory.bar(1, why);
    await expect(login.logIn("ann", password, caller)).rejects.toMatchObject(wrong);
    await expect(login.logIn("ann", secret, caller)).rejects.toMatchObject(wrong);
  },
);

test("a verified password is remembered for a minute and until the generation changes", async () => {
  const lookedAt = vi.spyOn(directory, "memberByName");
  await login.logIn("ann", password, caller);
  directory.set({ id: 1, name: "ann", passwordHash: "not asked" });
  at += 59_999;
  expect((await login.logIn("ann", password, caller)).member).toBe(await directory.memberByName("ann"));
  at += 1;
  await expect(login.logIn("ann", password, caller)).rejects.toMatchObject(wrong);
  directory.set({ id: 1, name: "ann", passwordHash });
  await login.logIn("ann", password, caller);
  directory.set({ id: 1, name: "ann", passwordHash: "changed" });
  directory.nextGeneration(1);
  await expect(login.logIn("ann", password, caller)).rejects.toMatchObject(wrong);
  expect(lookedAt).toHaveBeenCalled();
});

test("a password is not remembered for another name that makes the same text", async () => {
  directory.set({ id: 4, name: "an", passwordHash });
  await login.logIn("ann", password, caller);
  await expect(login.logIn("an", `n${password}`, caller)).rejects.toMatchObject(wrong);
});

test("who is disabled while their password is computed does not come in", async () => {
  const attempt = login.logIn("ann", password, caller);
  directory.bar(1, "disabled");
  await expect(attempt).rejects.toMatchObject(wrong);
});

test("many requests at once with one right password are one attempt", async () => {
  const results = await Promise.all(Array.from({ length: 50 }, () => login.logIn("ann", password, caller)));
  expect(results.every(({ principal }) => principal.name === "ann")).toBe(true);
});

test("guessing is slowed down, also for names that do not exist; tokens and remembered passwords still work", async () => {
  const secret = directory.give(1);
  await login.logIn("ann", password, caller);
  for (const name of ["ann", "nobody"]) {
    const guesses = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => login.logIn(name, `guess ${i}`, caller)));
    const codes = guesses.map((result) => (result.status === "rejected" ? result.reason.code : "none"));
    expect(
      codes.filter((code) => code === "UNAUTHORIZED"),
      name,
    ).toHaveLength(10);
    expect(
      codes.filter((code) => code === "TOOMANYREQUESTS"),
      name,
    ).toHaveLength(2);
  }
  expect((await login.logIn("ann", secret, caller)).principal.name).toBe("ann");
  expect((await login.logIn("ann", password, caller)).principal.name).toBe("ann");
  at += 60_000;
  await expect(login.logIn("ann", "again", caller)).rejects.toMatchObject(wrong);
});

test("a password from an htpasswd file is hashed anew when it was right, and only then", async () => {
  const stored: string[] = [];
  const rehash = async (_: unknown, hash: string): Promise<void> => void stored.push(hash);
  directory.set({ id: 1, name: "ann", passwordHash: hashSync(password, 4) });
  login = createLogin({ directory, attempts: createAttempts(() => at), now: () => at, rehash });
  await expect(login.logIn("ann", "wrong", caller)).rejects.toMatchObject(wrong);
  expect(stored).toEqual([]);
  await login.logIn("ann", password, caller);
  expect(stored).toHaveLength(1);
  expect(await verifyPassword(password, stored[0]!)).toBe(true);
});

test("a hash that cannot be stored stops nobody", async () => {
  directory.set({ id: 1, name: "ann", passwordHash: hashSync(password, 4) });
  const rehash = (): Promise<void> => Promise.reject(new Error("disk full"));
  login = createLogin({ directory, attempts: createAttempts(() => at), now: () => at, rehash });
  expect((await login.logIn("ann", password, caller)).principal.name).toBe("ann");
});
