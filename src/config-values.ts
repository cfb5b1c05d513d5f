// Texts to values of settings. Each parser says what it expected; the loader adds where the text came from.

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[::1]:port` or `:port` (every address). */
export function parseAddress(text: string): Address {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) throw new Error("expected host:port, for example 127.0.0.1:5000");
  const host = match[1]!.replaceAll(/[[\]]/g, "");
  return { host: host === "" ? "0.0.0.0" : host, port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The origin of a URL: a registry cannot answer below a path, because clients always ask for /v2/ at the root. */
export function parseOrigin(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("expected https://host[:port] or http://host[:port]");
  if (url.username !== "" || url.password !== "") throw new Error("expected an address without a user");
  if (url.pathname !== "/" || /[?#]/.test(text))
    throw new Error("expected an address without a path: clients ask for /v2/ at the root of a host");
  return url;
}

/** Of an OpenID provider: what it signs says where it comes from, so nobody on the way may change that. */
export function parseIssuer(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("expected https://host, with a path if it has one");
  if (url.username !== "" || url.password !== "") throw new Error("expected an address without a user");
  if (/[?#]/.test(text)) throw new Error("expected an address without a query or fragment");
  const isLocal = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(url.hostname);
  if (url.protocol === "http:" && !isLocal) throw new Error("expected https: plain http is for this machine alone");
  return url;
}

export function parseFlag(text: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  throw new Error("expected true or false");
}

function toSafeInteger(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

export function parseCount(text: string): number {
  const value = toSafeInteger(text);
  if (value === undefined) throw new Error("expected a whole number that is not negative");
  return value;
}

const milliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const bytesOf: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

function parseWithUnit(text: string, units: Record<string, number>): number | undefined {
  const match = /^(\d{1,12})([A-Za-z]{1,3})$/.exec(text);
  const unit = match === null ? undefined : Object.hasOwn(units, match[2]!) ? units[match[2]!] : undefined;
  const value = unit === undefined ? Number.NaN : Number(match![1]) * unit;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Milliseconds. */
export function parseDuration(text: string): number {
  const value = parseWithUnit(text, milliseconds);
  if (value === undefined) throw new Error("expected a number and a unit: 500ms, 10s, 5m, 12h or 14d");
  return value;
}

/** Bytes. */
export function parseBytes(text: string): number {
  const value = parseWithUnit(text, bytesOf);
  if (value === undefined) throw new Error("expected a number and a unit: 512KiB, 64MiB or 2GiB");
  return value;
}
