// Where a request really comes from. Behind proxies that are trusted, X-Forwarded-For says it, read from the right: each of them added
// the address that it saw, and what stands left of the first one that nobody trusts was written by the client and may be a lie.

import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { TLSSocket } from "node:tls";

export interface ClientAddress {
  /** Of the client, IPv4 in its short form; "" when the connection is gone already. */
  addressOf(req: IncomingMessage): string;
  /** Whether the client spoke TLS: with us, or with a trusted proxy that says so in X-Forwarded-Proto. */
  isSecure(req: IncomingMessage): boolean;
}

/** `trusted`: addresses and networks as `parseNetwork` takes them. Empty: no header is believed. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  if (trusted.length === 0) return { addressOf: peerOf, isSecure: isEncrypted };
  const list = new BlockList();
  for (const { address, prefix, family } of trusted.map(parseNetwork)) list.addSubnet(address, prefix, family);
  const isTrusted = (address: string): boolean => address !== "" && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return {
    addressOf(req) {
      let address = peerOf(req);
      const hops = headerOf(req, "x-forwarded-for").split(",");
      while (hops.length > 0 && isTrusted(address)) {
        const hop = parseHop(hops.pop()!);
        // A proxy that does not say whom it saw stands for its clients itself.
        if (hop === undefined) break;
        address = hop;
      }
      return address;
    },
    isSecure(req) {
      if (isEncrypted(req)) return true;
      // The last one is the word of the proxy that we talk to.
      const scheme = headerOf(req, "x-forwarded-proto").split(",").at(-1)!.trim().toLowerCase();
      return scheme === "https" && isTrusted(peerOf(req));
    },
  };
}

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. @throws Error: what was expected, one clause */
export function parseNetwork(text: string): Network {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (version === 0 || address.includes("%") || rest.length > 0 || !(length <= bits)) {
    throw new Error(`'${text}' is neither an address nor a network, such as 10.0.0.0/8 or fd00::/8`);
  }
  return { address, prefix: length, family: version === 6 ? "ipv6" : "ipv4" };
}

/** What limits count as one client: an IPv4 address, or the /64 of an IPv6 address, which is what one customer gets. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = withoutZone(address).toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  // Groups that `::` leaves out; an IPv4 tail stands for two.
  const shown = left.length + right.length + (address.includes(".") ? 1 : 0);
  const groups = [...left, ...Array.from({ length: tail === undefined ? 0 : 8 - shown }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

function peerOf(req: IncomingMessage): string {
  return plain(req.socket.remoteAddress ?? "");
}

function isEncrypted(req: IncomingMessage): boolean {
  return (req.socket as Partial<TLSSocket>).encrypted === true;
}

function headerOf(req: IncomingMessage, name: string): string {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

/** An address, with or without a port; undefined: something else. */
function parseHop(text: string): string | undefined {
  const hop = text.trim();
  const address = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
  return isIP(address) === 0 ? undefined : plain(address);
}

/** ::ffff:10.0.0.1, as a socket that listens on both kinds calls it, is 10.0.0.1; a zone means nothing to others. */
function plain(address: string): string {
  return withoutZone(address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address);
}

function withoutZone(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}
