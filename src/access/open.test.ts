import { expect, test } from "vitest";
import { assertMayListen, assertReachable } from "./open.ts";
import { actions, allRights } from "./rights.ts";

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
  for (const action of actions) expect(allRights.may(action, "team/app"), action).toBe(true);
});

test("a registry that listens on every address must be told where clients reach it", () => {
  for (const host of ["0.0.0.0", "::"]) {
    expect(() => assertReachable(host, undefined), host).toThrow(/set externalUrl/);
    expect(() => assertReachable(host, new URL("https://registry.example.org")), host).not.toThrow();
  }
  for (const host of ["127.0.0.1", "10.0.0.1", "registry.example.org"])
    expect(() => assertReachable(host, undefined)).not.toThrow();
});
