import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { createClientAddress, networkOf, parseNetwork } from "./client-address.ts";

const request = (remoteAddress: string | undefined, headers: Record<string, string> = {}, encrypted = false): IncomingMessage =>
  ({ socket: { remoteAddress, encrypted }, headers }) as unknown as IncomingMessage;
const forwarded = (peer: string, hops: string): IncomingMessage => request(peer, { "x-forwarded-for": hops });

describe("without trusted proxies", () => {
  const { addressOf, isSecure } = createClientAddress([]);

  test("nobody's headers are believed", () => {
    expect(addressOf(forwarded("127.0.0.1", "10.1.1.1"))).toBe("127.0.0.1");
    expect(isSecure(request("127.0.0.1", { "x-forwarded-proto": "https" }))).toBe(false);
    expect(isSecure(request("127.0.0.1", {}, true))).toBe(true);
  });

  test("IPv4 on a socket for both kinds is IPv4, zones are left out, a lost connection is nobody", () => {
    expect(addressOf(request("::ffff:10.0.0.1"))).toBe("10.0.0.1");
    expect(addressOf(request("fe80::1%eth0"))).toBe("fe80::1");
    expect(addressOf(request(undefined))).toBe("");
  });
});

describe("with trusted proxies", () => {
  const { addressOf, isSecure } = createClientAddress(["10.0.0.0/8", "192.0.2.7", "fd00::/8"]);

  test.each([
    ["the client behind one proxy", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["the client behind three, of both kinds", "10.0.0.1", "203.0.113.9, 192.0.2.7, fd00::5", "203.0.113.9"],
    ["a proxy on a socket for both kinds", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["a client that invents what is left of it", "10.0.0.1", "1.1.1.1, 10.0.0.9, 203.0.113.9", "203.0.113.9"],
    ["a client that comes without a proxy", "203.0.113.9", "1.1.1.1", "203.0.113.9"],
    ["a neighbour of the trusted address", "192.0.2.8", "1.1.1.1", "192.0.2.8"],
    ["a proxy that says nothing", "10.0.0.1", "", "10.0.0.1"],
    ["a proxy that hides its client", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
    ["a word where an address belongs", "10.0.0.1", "203.0.113.9, <script>, 10.0.0.2", "10.0.0.2"],
    ["addresses with ports", "10.0.0.1", "203.0.113.9:4711, [fd00::5]:80", "203.0.113.9"],
    ["an IPv6 client", "10.0.0.1", "[2001:db8::1]", "2001:db8::1"],
    ["nothing but proxies", "10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"],
    ["leading zeros, which some read as octal", "10.0.0.1", "010.0.0.1", "10.0.0.1"],
  ])("%s", (_, peer, hops, address) => {
    expect(addressOf(forwarded(peer, hops))).toBe(address);
  });

  test("https is the word of the trusted proxy that we talk to, not of what is behind it", () => {
    expect(isSecure(request("10.0.0.1", { "x-forwarded-proto": "https" }))).toBe(true);
    expect(isSecure(request("10.0.0.1", { "x-forwarded-proto": "http, HTTPS" }))).toBe(true);
    expect(isSecure(request("10.0.0.1", { "x-forwarded-proto": "https, http" }))).toBe(false);
    expect(isSecure(request("203.0.113.9", { "x-forwarded-proto": "https" }))).toBe(false);
    expect(isSecure(request("10.0.0.1"))).toBe(false);
  });
});

test.each([
  "",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "fd00::/129",
  "proxy.example",
  "10.0.0",
  "fe80::1%eth0",
  "10.0.0.0/-1",
])("'%s' is no network", (text) => {
  expect(() => parseNetwork(text)).toThrow("is neither an address nor a network");
});

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8::1", "2001:db8:0:0::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4::/64"],
  ["::ffff:0:1.2.3.4", "0:0:0:0::/64"],
  ["", ""],
])("limits count %s as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
