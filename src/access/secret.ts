// Secrets that stand in for a password: `hythe_`, 32 random bytes, and a checksum. What would surprise: the checksum protects nothing, it
// lets a typing mistake be told from a revoked token, and programs that look for leaked secrets be sure that they found one.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

const form = /^hythe_[A-Za-z0-9_-]{49}$/;
const bodyLength = "hythe_".length + 43;

/** `text` is shown to its owner once, `hash` is what we keep. */
export function createSecret(): { readonly text: string; readonly hash: string } {
  const body = `hythe_${randomBytes(32).toString("base64url")}`;
  const text = body + checksum(body);
  return { text, hash: hashSecret(text) };
}

/** Hexadecimal sha256: nobody can guess what is random, so a slow hash would protect nothing more. */
export function hashSecret(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** In the same time for every wrong one, whatever its length. */
export function isSameSecret(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(left!, right!);
}

/** Whether a text has the form of a secret; whose it is, if anybody's, the directory knows. */
export function isSecret(text: string): boolean {
  return form.test(text) && checksum(text.slice(0, bodyLength)) === text.slice(bodyLength);
}

function checksum(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString("base64url");
}
