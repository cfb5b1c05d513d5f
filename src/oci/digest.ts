// Digests: `algorithm:hex`, checked against a whitelist before anything else sees them (image-spec, "Digests").

import { createHash, type Hash } from "node:crypto";
import { RegistryError } from "./errors.ts";

declare const brand: unique symbol;
export type Digest = string & { readonly [brand]: "Digest" };
export type DigestAlgorithm = "sha256" | "sha512";

const hexLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };
const pattern = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** @throws DIGEST_INVALID when malformed, upper case or of an algorithm that is not supported. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RegistryError("DIGEST_INVALID", {
    message: `'${text.slice(0, 160)}' is not a digest: expected sha256: and 64, or sha512: and 128 lower-case hex characters`,
  });
}

export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(hexLength, text);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, 6) as DigestAlgorithm;
}

export function digestHex(digest: Digest): string {
  return digest.slice(7);
}

/** The digest of what was fed to `hash`; ends the hash. */
export function toDigest(algorithm: DigestAlgorithm, hash: Hash): Digest {
  return `${algorithm}:${hash.digest("hex")}` as Digest;
}

export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = "sha256"): Digest {
  return toDigest(algorithm, createHash(algorithm).update(bytes));
}
