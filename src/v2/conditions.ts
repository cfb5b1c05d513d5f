// If-Match and If-None-Match (RFC 9110 section 13). The entity tag of content is its digest in quotes; a list without quotes is
// understood too, because clients send it.

import { isDigest, type Digest } from "../oci/digest.ts";

export function etagOf(digest: Digest): string {
  return `"${digest}"`;
}

/** Whether a GET or HEAD that sent this If-None-Match already has `digest`. */
export function hasAlready(ifNoneMatch: string | undefined, digest: Digest): boolean {
  if (ifNoneMatch === undefined) return false;
  return isAny(ifNoneMatch) || parseEtags(ifNoneMatch).includes(digest);
}

export function isAny(header: string): boolean {
  return header.trim() === "*";
}

/** The digests of a list of entity tags; what is no digest can match nothing here and is left out. */
export function parseEtags(header: string): Digest[] {
  return header.split(",").flatMap((item) => {
    const text = item
      .trim()
      .replace(/^W\//, "")
      .replace(/^"(.*)"$/, "$1");
    return isDigest(text) ? [text] : [];
  });
}
