// What people type for an image in an OCI layout: oci:FOLDER[:TAG][@DIGEST], as skopeo has it. What would surprise: a colon in the folder's
// name is fine as long as a slash follows it, because what is behind the last colon is the tag.

import { parseDigest, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseTag, type Tag } from "../oci/reference.ts";

export interface LayoutReference {
  /** As it was typed; relative to the working folder. */
  readonly folder: string;
  readonly tag?: Tag;
  /** With a tag beside it the digest decides. */
  readonly digest?: Digest;
}

const prefix = "oci:";

export function isLayoutReference(text: string): boolean {
  return text.startsWith(prefix);
}

/** @throws REQUEST_INVALID without a folder, MANIFEST_INVALID (the tag), DIGEST_INVALID */
export function parseLayoutReference(text: string): LayoutReference {
  const [, named = "", digest] = /^oci:(.*?)(?:@(sha\d+:[^/@]*))?$/s.exec(text) ?? [];
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const folder = hasTag ? named.slice(0, colon) : named;
  if (folder === "" || folder.includes("\0")) {
    throw new RegistryError("REQUEST_INVALID", { message: `'${text}' names no folder: give oci:FOLDER:TAG, as in oci:./app:v1` });
  }
  return {
    folder,
    ...(hasTag && { tag: parseTag(named.slice(colon + 1)) }),
    ...(digest !== undefined && { digest: parseDigest(digest) }),
  };
}
