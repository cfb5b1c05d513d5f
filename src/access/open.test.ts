import { expect, test } from "vitest";
import { anonymous, assertMayListen, decideOpen } from "./open.ts";

test("an open registry listens on loopback only", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    expect(() => assertMayListen(host, true), host).not.toThrow();
  for (const host of [
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "192.168.1.1",
    "example.org",
    "",
    "127.0.0.1.example.org",
    "::ffff:10.0.0.1",
  ]) {
    expect(() => assertMayListen(host, true), host).toThrow(/refusing to listen/);
  }
});

test("a registry in which somebody has been given rights listens anywhere", () => {
  for (const host of ["127.0.0.1", "0.0.0.0", "::"]) expect(() => assertMayListen(host, false), host).not.toThrow();
});

test("an open registry lets everyone do everything", () => {
  expect(decideOpen(anonymous, "delete", undefined)).toBe(true);
});
