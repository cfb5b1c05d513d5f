import { hashSync } from "bcryptjs";
import { expect, test } from "vitest";
import { cpuClock, cpuMsOf } from "../../test/cpu-time.ts";
import { isBcrypt, verifyBcrypt } from "./bcrypt.ts";

/** Two test vectors of crypt_blowfish, and a password beyond ASCII. */
const known = [
  ["U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"],
  ["\u00ff\u00a3", hashSync("\u00ff\u00a3", 4).replace("$2b$", "$2y$")],
] as const;

test("the passwords of known hashes are right, and nothing else is", async () => {
  for (const [password, hash] of known) {
    expect(await verifyBcrypt(password, hash), hash).toBe(true);
    expect(await verifyBcrypt(`${password}x`, hash), hash).toBe(false);
    expect(await verifyBcrypt("", hash), hash).toBe(false);
  }
});

test("the prefixes 2a, 2b and 2y are the same to us; 2x, cut off hashes and costs beyond a second of work are not bcrypt", () => {
  const rest = "$10$abcdefghijklmnopqrstuuDcW8S9Lvm4J2YVKX2z8s0T4zYJ3QxjC";
  for (const prefix of ["$2a", "$2b", "$2y"]) expect(isBcrypt(prefix + rest), prefix).toBe(true);
  for (const hash of [
    "",
    `$2x${rest}`,
    `$2${rest}`,
    `$2b${rest.slice(0, -1)}`,
    `$2b${rest}a`,
    `$2b${rest}\n`,
    `$2b$03${rest.slice(3)}`,
    `$2b$15${rest.slice(3)}`,
    `$2b$31${rest.slice(3)}`,
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA",
  ])
    expect(isBcrypt(hash), hash).toBe(false);
});

test("a check leaves the event loop free", async () => {
  let hash = "";
  const here = cpuMsOf(() => void (hash = hashSync("correct horse", 11)));
  const spent = cpuClock();
  expect(await verifyBcrypt("correct horse", hash)).toBe(true);
  expect(spent()).toBeLessThan(here / 2);
});

test("one more than wait in line is sent away with Retry-After; those in line are answered", async () => {
  const [password, hash] = known[0];
  const line = Array.from({ length: 50 }, () => verifyBcrypt(password, hash));
  await expect(verifyBcrypt(password, hash)).rejects.toMatchObject({
    code: "TOOMANYREQUESTS",
    headers: { "Retry-After": "5" },
  });
  expect(new Set(await Promise.all(line))).toEqual(new Set([true]));
  expect(await verifyBcrypt(password, hash)).toBe(true);
});
