// One file of credentials in docker's or podman's format: which entry is a host's, which helper keeps its secret. Errors name the file and
// the place in it, never what stands there.

import { createRegistryError, type RegistryError } from "../oci/errors.ts";
import { toCredential, type Credential } from "./credential.ts";
import { profileOf } from "./host-profiles.ts";
import { findJsonMistake } from "./json-mistake.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface CredentialDocument {
  /** For people. */
  readonly name: string;
  /** The whole file, to be changed and written again. */
  readonly fields: Record<string, unknown>;
  /** Name of the helper for the host. @throws REQUEST_INVALID */
  helper(host: string): string | undefined;
  /** Of all other hosts. @throws REQUEST_INVALID */
  readonly store: string | undefined;
  /** The entry of the longest path that holds the repository. @throws REQUEST_INVALID */
  find(host: string, repository: string | undefined): CredentialEntry | undefined;
  /** Keys of the host itself, without those of paths below it. */
  keys(host: string): string[];
}

export interface CredentialEntry {
  /** As it is written. */
  readonly key: string;
  /** Undefined: empty, as docker leaves it behind when a helper has the secret. */
  readonly credential: Credential | undefined;
}

/** Docker Hub's key, from its first API. */
const dockerHubKey = "https://index.docker.io/v1/";

/** What docker calls the host in its files and to its helpers. */
export function dockerKey(host: string): string {
  return canonicalHost(host) === "docker.io" ? dockerHubKey : host;
}

/** The host that all names of it stand for, in small letters: docker.io is also index.docker.io. */
export function canonicalHost(host: string): string {
  const { apiHost, hosts } = profileOf(host);
  return (apiHost === undefined ? undefined : hosts[0]) ?? host.toLowerCase();
}

/** `name`: the file for people. `old`: see Place. @throws REQUEST_INVALID */
export function parseCredentials(text: string, name: string, old = false): CredentialDocument {
  const read = parseJson(text.replace(/^\uFEFF/, ""), name);
  if (!isFields(read)) throw unusable(name, "must hold an object, { … }");
  const auths = old ? read : section(read, "auths", name);
  const helpers = old ? {} : section(read, "credHelpers", name);
  return {
    name,
    fields: read,
    helper(host) {
      const key = keysOf(Object.keys(helpers), host)[0];
      return key === undefined ? undefined : helperName(helpers[key], name, `credHelpers."${shown(key)}"`);
    },
    get store() {
      return old ? undefined : helperName(read["credsStore"], name, "credsStore");
    },
    find(host, repository) {
      const key = keysOf(Object.keys(auths), host, repository)[0];
      if (key === undefined) return undefined;
      return { key, credential: toEntry(auths[key], name, `${old ? "" : "auths."}"${shown(key)}"`) };
    },
    keys: (host) => keysOf(Object.keys(auths), host),
  };
}

function parseJson(text: string, name: string): unknown {
  try {
    // An empty file is what `touch` makes before the first login.
    return text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    // Its message quotes the file.
    throw unusable(name, `is not JSON from line ${findJsonMistake(text)} on`);
  }
}

function section(fields: Fields, key: string, name: string): Fields {
  const value = fields[key] ?? {};
  if (!isFields(value)) throw unusable(name, `must hold an object in ${key}`);
  return value;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Those of the host or a path that the repository is below. The best one first: the longest path, then what is written like the host. */
export function keysOf(keys: readonly string[], host: string, repository?: string): string[] {
  const wanted = canonicalHost(host);
  const whole = repository === undefined ? wanted : `${wanted}/${repository}`;
  return keys
    .map((key) => ({ key, scope: toScope(key) }))
    .filter(({ scope }) => scope.split("/", 1)[0] === wanted && `${whole}/`.startsWith(`${scope}/`))
    .toSorted((a, b) => b.scope.length - a.scope.length || Number(b.key === host) - Number(a.key === host))
    .map(({ key }) => key);
}

/** `https://host/v1/` means all of the host, as docker reads it; `host/team` podman's way only what is below team. */
function toScope(key: string): string {
  const bare = key.replace(/^https?:\/\//i, "");
  const [host = "", ...path] = bare.replace(/\/+$/, "").split("/");
  const isWhole = bare !== key || /^v[12]$/.test(path.join("/"));
  return [canonicalHost(host), ...(isWhole ? [] : path)].join("/");
}

/** Part of a program's name. */
const helperPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function helperName(value: unknown, name: string, place: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && helperPattern.test(value)) return value;
  throw unusable(name, `must name a helper in ${place}, such as pass for the program docker-credential-pass`);
}

function toEntry(value: unknown, name: string, place: string): Credential | undefined {
  if (!isFields(value)) throw unusable(name, `must hold an object in ${place}`);
  const text = (key: string): string => {
    const field = value[key] ?? "";
    if (typeof field !== "string") throw unusable(name, `must hold text in ${place}.${key}`);
    return field;
  };
  const auth = text("auth").trim();
  const login = auth === "" ? { username: text("username"), password: text("password") } : decodeAuth(auth);
  if (login === undefined) throw unusable(name, `must hold USER:PASSWORD in base64 in ${place}.auth`);
  return toCredential({ ...login, identityToken: text("identitytoken"), registryToken: text("registrytoken") });
}

/** Split at the first colon; docker pads with NUL. Undefined: nonsense. */
function decodeAuth(auth: string): { username: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(auth)) return undefined;
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Of Docker's format: what `auth` holds. */
export function encodeAuth(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}

function shown(key: string): string {
  return key.replace(/\/\/[^/]*@/, "//…@");
}

function unusable(name: string, what: string): RegistryError {
  return createRegistryError("REQUEST_INVALID", { message: `${name} ${what}` });
}
