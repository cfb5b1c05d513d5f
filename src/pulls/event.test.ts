import fc from "fast-check";
import { expect, test } from "vitest";
import { clientHash } from "./event.ts";

test("a client hash is a whole number of at most 53 bits", () => {
  fc.assert(
    fc.property(fc.nat(), fc.string(), fc.string(), (principal, address, agent) => {
      const hash = clientHash(principal, address, agent);
      expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
      expect(clientHash(principal, address, agent)).toBe(hash);
    }),
  );
});

test("clients that differ in principal, address or user agent have different hashes", () => {
  const hashes = new Set<number>();
  for (let principal = 0; principal < 20; principal++) {
    for (let address = 0; address < 50; address++) {
      for (let agent = 0; agent < 20; agent++) hashes.add(clientHash(principal, `10.0.0.${address}`, `docker/${agent}.1`));
    }
  }
  expect(hashes.size).toBe(20 * 50 * 20);
  expect(clientHash(0, "ab", "c")).not.toBe(clientHash(0, "a", "bc"));
});
