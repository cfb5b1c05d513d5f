import { expect, test } from "vitest";
import { anonymous, assertMayListenOpen, decideOpen } from "./open.ts";

test("an open registry listens on loopback only", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) expect(() => assertMayListenOpen(host), host).not.toThrow();
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
    expect(() => assertMayListenOpen(host), host).toThrow(/refusing to listen/);
  }
});

test("an open registry lets everyone do everything", () => {
  expect(decideOpen(anonymous, "delete", undefined)).toBe(true);
});
