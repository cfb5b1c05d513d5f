import { beforeEach, expect, test } from "vitest";
import type { RegistryError } from "../oci/errors.ts";
import { createAttempts, type Attempts } from "./attempts.ts";

let at = 1_000_000;
let attempts: Attempts;
beforeEach(() => {
  attempts = createAttempts(() => at, { pair: 3, address: 5, name: 8, refillMs: 1000, knownMs: 60_000, remembered: 100 });
});

/** Seconds to wait; 0: it was let through. */
function guess(name: string, address: string): number {
  try {
    attempts.begin(name, address);
    return 0;
  } catch (error) {
    expect(error).toMatchObject({ code: "TOOMANYREQUESTS", status: 429 });
    return Number((error as RegistryError).headers!["Retry-After"]);
  }
}

test("after some wrong passwords for a name at an address one has to wait, and then has one more", () => {
  expect([1, 2, 3].map(() => guess("ann", "192.0.2.1"))).toEqual([0, 0, 0]);
  expect(guess("ann", "192.0.2.1")).toBe(1);
  expect(guess("bob", "192.0.2.1"), "another name").toBe(0);
  expect(guess("ann", "192.0.2.2"), "another address").toBe(0);
  at += 999;
  expect(guess("ann", "192.0.2.1")).toBe(1);
  at += 1;
  expect(guess("ann", "192.0.2.1")).toBe(0);
  expect(guess("ann", "192.0.2.1")).toBe(1);
});

test("an attempt that has to wait costs nothing", () => {
  for (let i = 0; i < 100; i++) guess("ann", "192.0.2.1");
  at += 1000;
  expect(guess("ann", "192.0.2.1")).toBe(0);
});

test("an address has to wait after wrong passwords for any names", () => {
  expect(["a", "b", "c", "d", "e"].map((name) => guess(name, "192.0.2.1"))).toEqual([0, 0, 0, 0, 0]);
  expect(guess("f", "192.0.2.1")).toBe(1);
});

test("a name has to wait after wrong passwords from anywhere, except where it signed in lately", () => {
  attempts.begin("ann", "198.51.100.7").succeeded();
  for (let i = 1; i <= 8; i++) expect(guess("ann", `192.0.2.${i}`)).toBe(0);
  expect(guess("ann", "192.0.2.9")).toBe(1);
  expect(guess("ann", "198.51.100.7")).toBe(0);
  at += 60_001;
  for (let i = 1; i <= 8; i++) guess("ann", `192.0.2.${i}`);
  expect(guess("ann", "198.51.100.7"), "too long ago").toBeGreaterThan(0);
});

test("who signs in from an address does not wait for the mistakes of others there", () => {
  attempts.begin("ann", "192.0.2.1").succeeded();
  for (const name of ["a", "b", "c", "d", "e"]) guess(name, "192.0.2.1");
  expect(guess("f", "192.0.2.1")).toBe(1);
  expect([1, 2, 3].map(() => guess("ann", "192.0.2.1"))).toEqual([0, 0, 0]);
  expect(guess("ann", "192.0.2.1"), "their own mistakes count").toBe(1);
});

test("a right password takes back what it counted, and the mistakes before it", () => {
  for (let i = 0; i < 50; i++) {
    expect(guess("ann", "192.0.2.1")).toBe(0);
    attempts.begin("ann", "192.0.2.1").succeeded();
    at += 1000; // the mistake still counts for the address
  }
});

test("all addresses of one IPv6 network are one", () => {
  for (const [index, address] of ["2001:db8::1", "2001:db8:0:0:1::", "2001:db8:0:0:ffff:ffff:ffff:ffff"].entries()) {
    expect(guess("ann", address), `${index}`).toBe(0);
  }
  expect(guess("ann", "2001:db8::2")).toBe(1);
  expect(guess("ann", "2001:db8:0:1::1")).toBe(0);
});

test("what is remembered is bounded", () => {
  for (let i = 0; i < 3; i++) guess("ann", "192.0.2.1");
  for (let i = 0; i < 99; i++) guess("eve", `198.51.100.${i}`);
  expect(guess("ann", "192.0.2.1"), "still remembered").toBe(1);
});

test("nobody's name is as long as a header: what is remembered of it is short", () => {
  const long = "x".repeat(10_000);
  expect([1, 2, 3].map((end) => guess(`${long}${end}`, "192.0.2.1"))).toEqual([0, 0, 0]);
  expect(guess(`${long}4`, "192.0.2.1")).toBe(1);
});

test("many attempts at once are all counted before any is decided", () => {
  const results = Array.from({ length: 10 }, () => guess("ann", "192.0.2.1"));
  expect(results.filter((wait) => wait === 0)).toHaveLength(3);
});
