// What people type to name an image anywhere: [host/]repository[:tag][@digest] (distribution/reference, normalised as Docker does).
// Surprise: without a slash there is no host, so `registry.example.org` alone is an image called registry.example.org on Docker Hub.

import { isIPv4, isIPv6 } from "node:net";
import { parseDigest, type Digest } from "./digest.ts";
import { RegistryError } from "./errors.ts";
import { isRemoteName, maxRemoteNameLength, parseTag, type Reference, type RepositoryName, type Tag } from "./reference.ts";

export interface ImageReference {
  /** host[:port] in lower case, docker.io for Docker Hub. */
  readonly host: string;
  readonly repository: RepositoryName;
  /** With a digest beside it only for people: the digest decides. */
  readonly tag?: Tag;
  readonly digest?: Digest;
}

const dockerHub = "docker.io";
const dockerHubAliases = new Set(["index.docker.io", "registry-1.docker.io"]);
const maxTextLength = 1024;
const maxHostLength = 253;
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const domainPattern = new RegExp(`^${label}(?:\\.${label})*$`);
const schemePattern = /^([a-z][a-z0-9+.-]{0,20}):\/\//i;
/** Docker would take these for an image of Docker Hub with a number as its tag, which nobody ever means. */
const hostAlonePattern = /^(?:localhost:[0-9]+|[0-9]+(?:\.[0-9]+){3}(?::[0-9]+)?|\[.*)$/;

/** Without tag and digest the reference has neither, unless `defaultTag` is given. @throws NAME_INVALID, MANIFEST_INVALID (the tag), DIGEST_INVALID */
export function parseImageReference(text: string, options: { readonly defaultTag?: "latest" } = {}): ImageReference {
  checkText(text, "an image");
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : parseDigest(text.slice(at + 1));
  const named = at === -1 ? text : text.slice(0, at);
  if (!named.includes("/") && hostAlonePattern.test(named)) {
    throw invalid(`'${named}' is a registry without a repository: add one, as in ${named}/team/app`);
  }
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const { host, path } = splitHost(colon === -1 ? named : named.slice(0, colon));
  const repository = parseRemoteName(host === dockerHub && !path.includes("/") ? `library/${path}` : path);
  const tagText = colon === -1 ? (digest === undefined ? options.defaultTag : undefined) : named.slice(colon + 1);
  return { host, repository, ...(tagText !== undefined && { tag: parseTag(tagText) }), ...(digest !== undefined && { digest }) };
}

/** A bare host[:port], in lower case; Docker Hub's other names become docker.io. @throws NAME_INVALID */
export function parseRegistryHost(text: string): string {
  checkText(text, "a registry");
  const lower = text.toLowerCase();
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(lower) ?? [];
  const portFits = port === undefined || (/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535);
  if (!portFits || !isHostName(name)) {
    throw invalid(`'${text}' is not the host of a registry: expected host or host:port, such as registry.example.org:5000`);
  }
  return dockerHubAliases.has(lower) ? dockerHub : lower;
}

/** Whether the first part of a reference names a host: then `HOST/…` is asked for at that host, else on Docker Hub. */
export function isHostPart(part: string): boolean {
  return /[.:A-Z]/.test(part) || part === "localhost";
}

/** Whole and unambiguous: always with its host. */
export function formatImageReference(reference: ImageReference): string {
  const { host, repository, tag, digest } = reference;
  // A host of one word is known by its capitals (isHostPart).
  const shown = isHostPart(host) ? host : host.toUpperCase();
  return `${shown}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** What to ask the registry for: the digest when there is one. @throws MANIFEST_INVALID when there is neither tag nor digest */
export function toReference(image: ImageReference): Reference {
  const { repository, tag, digest } = image;
  if (digest !== undefined) return { repository, digest };
  if (tag !== undefined) return { repository, tag };
  throw new RegistryError("MANIFEST_INVALID", { message: `'${formatImageReference(image)}' names neither a tag nor a digest` });
}

function splitHost(text: string): { host: string; path: string } {
  const slash = text.indexOf("/");
  const first = slash === -1 ? "" : text.slice(0, slash);
  if (!isHostPart(first)) return { host: dockerHub, path: text };
  return { host: parseRegistryHost(first), path: text.slice(slash + 1) };
}

function parseRemoteName(text: string): RepositoryName {
  if (isRemoteName(text)) return text;
  const lower = text.toLowerCase();
  if (text !== lower && isRemoteName(lower)) {
    throw invalid(`'${text}' has upper-case letters, which the names of repositories cannot have: try '${lower}'`);
  }
  throw invalid(
    `'${text.slice(0, maxRemoteNameLength)}' is not a repository name: lower-case letters, digits and single . _ __ - between them, ` +
      `parts separated by /, at most ${maxRemoteNameLength} characters`,
  );
}

function isHostName(name: string): boolean {
  if (name.startsWith("[")) return name.endsWith("]") && isIPv6(name.slice(1, -1)) && !name.includes("%");
  return name.length <= maxHostLength && (isIPv4(name) || domainPattern.test(name));
}

/** What no reference can be, with words for the mistakes that people make. Says nothing of the text itself: an address may hold a password. */
function checkText(text: string, what: string): void {
  const scheme = schemePattern.exec(text)?.[1];
  if (scheme !== undefined) throw invalid(`leave out '${scheme}://' in front: ${what} is named without it`);
  if (text === "") throw invalid(`the name of ${what} is empty`);
  if (text.length > maxTextLength) throw invalid(`the name of ${what} is longer than ${maxTextLength} characters`);
}

function invalid(message: string): RegistryError {
  return new RegistryError("NAME_INVALID", { message });
}
