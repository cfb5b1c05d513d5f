import fc from "fast-check";
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { guardLookup, isLoopbackHost, isPrivateAddress } from "./address-guard.ts";

describe("private addresses (1.6)", () => {
  it.each(
    (
      "0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.0.1 " +
      "192.0.0.8 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 fc00::1 fdab::1 fe80::1 fe80::1%eth0 ff02::1 ::ffff:127.0.0.1 " +
      "::ffff:10.0.0.1 ::ffff:7f00:1 64:ff9b::10.0.0.1 2002:7f00:1:: ::127.0.0.1 64:ff9b:1::1 ::ffff:0:127.0.0.1 nonsense"
    ).split(" "),
  )("%s belongs to this machine or its networks", (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each([
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
  ])("%s is on the Internet", (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it("an IPv4 address inside of IPv6 is what it is by itself", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPrivateAddress(`::ffff:${address}`)).toBe(isPrivateAddress(address));
        expect(isPrivateAddress(`64:ff9b::${address}`)).toBe(isPrivateAddress(address));
      }),
    );
  });
});

it.each([
  ["localhost", true],
  ["a.localhost", true],
  ["localhost.", true],
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["[::1]", true],
  ["notlocalhost", false],
  ["localhost.example", false],
  ["127.example.org", false],
  ["128.0.0.1", false],
  ["10.0.0.1", false],
])("%s is this machine: %s", (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});

describe("a guarded look-up", () => {
  const both: LookupAddress[] = [
    { address: "10.0.0.1", family: 4 },
    { address: "203.0.113.9", family: 4 },
  ];
  const guarded = (found: LookupAddress[]): LookupFunction =>
    guardLookup({ isPrivate: isPrivateAddress, lookup: (_name, _options, callback) => callback(null, found) });

  it("hides the private addresses of a name that has both", async () => {
    const all = await new Promise((resolve) => guarded(both)("x.example", { all: true }, (_error, found) => resolve(found)));
    expect(all).toEqual([both[1]]);
    const one = await new Promise((resolve) => guarded(both)("x.example", {}, (...result) => resolve(result)));
    expect(one).toEqual([null, "203.0.113.9", 4]);
  });

  it("fails for a name that has only private addresses, and names it", async () => {
    const error = await new Promise((resolve) => guarded([{ address: "::1", family: 6 }])("x.example", { all: true }, resolve));
    expect(error).toMatchObject({ code: "PROTOCOL_VIOLATED", message: expect.stringContaining("x.example") as string });
  });
});
