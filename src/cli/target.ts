// What a verb is asked about: REPO, REPO:TAG or REPO@DIGEST on the server that --server names. A host in front of it, as docker writes
// it, would mean another registry; a verb may take it for the address of the server.

import { parseDigest, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from "../oci/reference.ts";

export interface Target {
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/** @throws UNSUPPORTED when it names a host; NAME_INVALID, DIGEST_INVALID, MANIFEST_INVALID, REQUEST_INVALID */
export function parseTarget(text: string): Target {
  assertNoHost(text);
  const at = text.indexOf("@");
  const [named, digest] = at === -1 ? [text, undefined] : [text.slice(0, at), parseDigest(text.slice(at + 1))];
  const colon = named.indexOf(":");
  const [name, tag] = colon === -1 ? [named, undefined] : [named.slice(0, colon), parseTag(named.slice(colon + 1))];
  const repository = parseRepositoryName(name);
  if (digest !== undefined && tag !== undefined) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `'${text}' names a tag and a digest, and they can differ: ask for ${repository}:${tag} or for ${repository}@${digest}`,
    });
  }
  if (digest !== undefined) return { repository, digest };
  return tag === undefined ? { repository } : { repository, tag };
}

/** @throws like parseTarget, and REQUEST_INVALID for more than a repository */
export function parseRepositoryTarget(text: string): RepositoryName {
  const { repository, tag, digest } = parseTarget(text);
  if (tag === undefined && digest === undefined) return repository;
  throw new RegistryError("REQUEST_INVALID", {
    message: `'${text}' is more than a repository: \`hythe tags ${repository}\` lists its tags, \`hythe pulls ${text}\` shows the numbers of this one`,
  });
}

interface SplitText {
  /** With the scheme before it, where one was typed. */
  readonly address: string;
  readonly host: string;
  /** What is asked for there; "": nothing. */
  readonly rest: string;
}

/** The first part is a host when it could not be part of a name, the way docker decides it; undefined: it is none. */
export function splitHost(text: string): SplitText | undefined {
  const [scheme = ""] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  const bare = text.slice(scheme.length);
  const slash = bare.indexOf("/");
  const first = slash === -1 ? "" : bare.slice(0, slash);
  const isHost = /[.:[]/.test(first) || first === "localhost";
  if (!isHost && scheme === "") return undefined;
  const host = first === "" ? bare : first;
  return { address: `${scheme}${host}`, host, rest: slash === -1 ? "" : bare.slice(slash + 1) };
}

function assertNoHost(text: string): void {
  const split = splitHost(text);
  if (split === undefined) return;
  const { host, rest } = split;
  throw new RegistryError("UNSUPPORTED", {
    message:
      `'${text}' names the registry ${host}, and this is asked of a Hythe server: ` +
      `for one there, give its address apart: ${rest || "REPO"} --server http://${host}`,
  });
}
