// Which addresses belong to this machine or its networks, and a name look-up that refuses them: a registry on the Internet must not be able
// to send us there. The check is made on what the connection really uses, so a name that resolves differently the second time does not help.

import { lookup as systemLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { createRegistryError } from "../oci/errors.ts";

/** How names become addresses and which of those are ours; tests pass their own. */
export interface Network {
  readonly lookup: LookupFunction;
  readonly isPrivate: (address: string) => boolean;
}

const ranges = [
  // this network, private, carrier-grade NAT, loopback, link-local, protocol assignments, benchmarking, multicast, reserved
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
  // unspecified, loopback and IPv4-compatible; IPv4-translated; local NAT64; discard; Teredo; 6to4; unique local; link-local; site-local; multicast
  ["::", 96, "ipv6"],
  ["::ffff:0:0:0", 96, "ipv6"],
  ["64:ff9b:1::", 48, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["fec0::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
] as const;

const blocked = new BlockList();
for (const [address, bits, family] of ranges) blocked.addSubnet(address, bits, family);

/** Whether an IPv4 or IPv6 address is not one of the public Internet. IPv4 inside of IPv6 (mapped, NAT64) counts as what it contains. */
export function isPrivateAddress(address: string): boolean {
  const [plain = ""] = address.split("%");
  const version = isIP(plain);
  if (version === 0) return true; // what is not understood is not trusted
  if (version === 4) return blocked.check(plain, "ipv4");
  const embedded = embeddedIpv4(plain);
  return embedded === undefined ? blocked.check(plain, "ipv6") : blocked.check(embedded, "ipv4");
}

/** The IPv4 address in ::ffff:0:0/96 (mapped) and 64:ff9b::/96 (NAT64). */
function embeddedIpv4(address: string): string | undefined {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const match = /^(?:::ffff:|64:ff9b::)(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(canonical);
  if (match === null) return undefined;
  const [high, low] = [Number.parseInt(match[1] ?? "0", 16), Number.parseInt(match[2] ?? "0", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** localhost, *.localhost, 127/8 and ::1: reached without leaving the machine. `hostname` as in URL. */
export function isLoopbackHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  if (name === "localhost" || name.endsWith(".localhost") || name === "[::1]") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

/** The address that a URL names without any look-up. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(host) === 0 ? undefined : host;
}

/** Says so before anything is connected: the look-up of a literal address never happens. */
export function refusesLiteral(url: URL, network: Network): boolean {
  const address = literalAddress(url);
  return address === undefined ? isLoopbackHost(url.hostname) : network.isPrivate(address);
}

export function privateAddressError(host: string): Error {
  return createRegistryError("PROTOCOL_VIOLATED", {
    message: `${host} is an address of a private network, and a registry on the Internet must not send anyone there`,
  });
}

/** Fails when a name has no public address, and hides the private ones when it has both. */
export function guardLookup(network: Network): LookupFunction {
  return (hostname, options, callback) => {
    network.lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = (Array.isArray(found) ? found : []).filter(({ address }) => !network.isPrivate(address));
      const [first] = addresses;
      if (first === undefined) return callback(privateAddressError(hostname), []);
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

export const systemNetwork: Network = { lookup: systemLookup, isPrivate: isPrivateAddress };
