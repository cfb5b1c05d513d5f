// Which proxy stands between us and a host, from HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go and curl read them.

import { BlockList, isIP } from "node:net";
import { createRegistryError } from "../oci/errors.ts";
import { isLoopbackHost } from "./address-guard.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * For TransportOptions. Names in capitals come first, then those in small letters. This machine is never asked through a proxy.
 * @throws REQUEST_INVALID for a proxy that is not an http or https URL
 */
export function proxiesFrom(environment: Environment): (url: URL) => URL | undefined {
  const proxies = { "http:": readProxy(environment, "HTTP_PROXY"), "https:": readProxy(environment, "HTTPS_PROXY") };
  const bypasses = parseNoProxy(read(environment, "NO_PROXY"));
  return (url) => {
    const proxy = proxies[url.protocol as keyof typeof proxies];
    if (proxy === undefined || isLoopbackHost(url.hostname)) return undefined;
    return bypasses.some((bypass) => bypass(url)) ? undefined : proxy;
  };
}

function read(environment: Environment, name: string): string {
  const capitals = environment[name] ?? "";
  return (capitals === "" ? (environment[name.toLowerCase()] ?? "") : capitals).trim();
}

function readProxy(environment: Environment, name: string): URL | undefined {
  const text = read(environment, name);
  if (text === "") return undefined;
  const full = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  // the value may hold a password
  throw createRegistryError("REQUEST_INVALID", {
    message: `${name} in the environment is not an http:// or https:// URL of a proxy`,
  });
}

/** Comma-separated: `*`, a name (and all below it), `.name` or `*.name` (only below it), an address, a range, each with an optional port. */
function parseNoProxy(text: string): ((url: URL) => boolean)[] {
  return text
    .split(/[,\s]+/)
    .filter((entry) => entry !== "")
    .map(parseBypass);
}

function parseBypass(entry: string): (url: URL) => boolean {
  if (entry === "*") return () => true;
  const range = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(entry);
  if (range !== null) return rangeBypass(range[1] ?? "", Number(range[2]));
  const [, name = entry, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  const host = canonicalHost(name);
  return (url) => {
    if (port !== undefined && port !== portOf(url)) return false;
    const own = canonicalHost(url.hostname);
    if (isIP(own) !== 0) return own === host;
    const below = host.replace(/^\*?\./, "");
    return own.endsWith(`.${below}`) || (below === host && own === host);
  };
}

function rangeBypass(address: string, bits: number): (url: URL) => boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (isIP(address) === 0 || bits > (family === "ipv6" ? 128 : 32)) return () => false;
  const list = new BlockList();
  list.addSubnet(address, bits, family);
  return (url) => {
    const own = canonicalHost(url.hostname);
    return isIP(own) !== 0 && list.check(own, isIP(own) === 6 ? "ipv6" : "ipv4");
  };
}

/** Small letters, without brackets and final dot. */
function canonicalHost(host: string): string {
  const plain = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (isIP(plain) === 6) return new URL(`http://[${plain}]`).hostname.slice(1, -1);
  return plain.replace(/\.$/, "");
}

function portOf({ port, protocol }: URL): string {
  if (port !== "") return port;
  return protocol === "https:" ? "443" : "80";
}
