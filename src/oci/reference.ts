// Repository names, tags, and references (distribution-spec "Pulling manifests": grammar of <name> and <reference>).

import { isDigest, parseDigest, type Digest } from "./digest.ts";
import { RegistryError } from "./errors.ts";

declare const brand: unique symbol;
export type RepositoryName = string & { readonly [brand]: "RepositoryName" };
export type Tag = string & { readonly [brand]: "Tag" };

export interface TagReference {
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly digest?: never;
}
export interface DigestReference {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tag?: never;
}
/** A repository and a tag or a digest. */
export type Reference = TagReference | DigestReference;

/** Longest name here; with any host name of sane length the whole stays under the 255 that clients assume. */
export const maxNameLength = 200;
/** Longest name on another registry, as in distribution/reference. */
export const maxRemoteNameLength = 255;
const maxComponentLength = 128;
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const namePattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

export function isRepositoryName(text: string): text is RepositoryName {
  if (text.length > maxNameLength || !namePattern.test(text)) return false;
  return text.length <= maxComponentLength || text.split("/").every((part) => part.length <= maxComponentLength);
}

/** @throws NAME_INVALID */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text;
  throw new RegistryError("NAME_INVALID", {
    message:
      `'${text.slice(0, maxNameLength)}' is not a repository name: lower-case letters, digits and single . _ __ - between them, ` +
      `parts separated by /, at most ${maxNameLength} characters`,
  });
}

/** Whether another registry may call a repository so: the same grammar, and longer than ours may be. */
export function isRemoteName(text: string): text is RepositoryName {
  return text.length <= maxRemoteNameLength && namePattern.test(text);
}

export function isTag(text: string): text is Tag {
  return tagPattern.test(text);
}

/** @throws MANIFEST_INVALID */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text;
  throw new RegistryError("MANIFEST_INVALID", {
    message: `'${text.slice(0, 128)}' is not a tag: letters, digits, _ . and -, at most 128, not starting with . or -`,
  });
}

/** The last part of a manifest URL: with a colon it is a digest or an error, never a tag. @throws DIGEST_INVALID, MANIFEST_INVALID */
export function parseReference(repository: RepositoryName, text: string): Reference {
  if (isDigest(text)) return { repository, digest: text };
  if (text.includes(":")) return { repository, digest: parseDigest(text) };
  return { repository, tag: parseTag(text) };
}

/** `name:tag` or `name@digest`, for people. */
export function formatReference(reference: Reference): string {
  return reference.tag === undefined ? `${reference.repository}@${reference.digest}` : `${reference.repository}:${reference.tag}`;
}
