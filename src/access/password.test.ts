import { describe, expect, it, test } from "vitest";
import { threadShare } from "../../test/cpu-time.ts";
import { checkPasswordRules, hashPassword, needsRehash, nobodysHash, verifyPassword } from "./password.ts";
import { createSecret } from "./secret.ts";

test("a password is verified against its own hash only, and two hashes of it differ", async () => {
  const [first, second] = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(first).not.toBe(second);
  expect(await verifyPassword("correct horse", first)).toBe(true);
  expect(await verifyPassword("correct horse", second)).toBe(true);
  for (const wrong of ["correct horse ", "Correct horse", ""]) expect(await verifyPassword(wrong, first)).toBe(false);
});

test("a hash of the reference implementation is understood, and is to be stored anew", async () => {
  // phc-winner-argon2, src/test.c
  const stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  expect(await verifyPassword("password", stored)).toBe(true);
  expect(await verifyPassword("wrong", stored)).toBe(false);
  expect(needsRehash(stored)).toBe(true);
  expect(needsRehash(await hashPassword("correct horse"))).toBe(false);
});

test("letters composed in different ways are the same password", async () => {
  expect(await verifyPassword("Zu\u0308rich sch\u00f6n", await hashPassword("Z\u00fcrich scho\u0308n"))).toBe(true);
});

test("what is no hash verifies nothing, and nobody's hash belongs to nobody", async () => {
  for (const stored of ["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2i$v=19$m=16,t=1,p=1$c29tZXNhbHQ$AAAA"]) {
    expect(await verifyPassword("", stored), stored).toBe(false);
    expect(await verifyPassword("plain", stored), stored).toBe(false);
  }
  expect(await verifyPassword("", nobodysHash)).toBe(false);
});

test("the event loop goes on while passwords are computed, and who would wait too long is told to come again", async () => {
  const onLoop = threadShare();
  const results = await Promise.allSettled(Array.from({ length: 70 }, () => verifyPassword("x", nobodysHash)));
  expect(onLoop()).toBeLessThan(0.5);
  const refused = results.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(4);
  expect(refused[0]).toMatchObject({ reason: { code: "TOOMANYREQUESTS", headers: { "Retry-After": "2" } } });
  expect(await verifyPassword("x", nobodysHash)).toBe(false);
});

describe("the rules refuse", () => {
  it.each([
    ["short one", "at least 10 characters"],
    ["x".repeat(257), "at most 256 characters"],
    ["with a\u0000 NUL in it", "control characters"],
    ["aaaaaaabbbbbb", "different characters"],
    ["Margarethe", "must not be the name"],
    ["margarethemargarethe", "must not be the name"],
    ["Password123", "guessed first"],
    [createSecret().text, "is a token"],
  ])("%j", (password, sentence) => {
    expect(() => checkPasswordRules(password, "margarethe")).toThrow(sentence);
  });
});

test("the rules let other passwords pass, of any script", () => {
  for (const password of ["correct horse battery", "пароль-надёжный", "長い長い秘密の合言葉です"])
    checkPasswordRules(password, "ann");
  expect(() => checkPasswordRules("😀😁😂😃", "ann")).toThrow("at least 10");
});
