// A signed token (JWT, RFC 7519) and its check, for registry and refresh tokens alike. Nothing that a token says about itself is believed:
// the algorithm is ours, the key is found by its name among ours, and a head with anything else in it is refused.

import { jwtVerify, SignJWT, errors, type JWTPayload } from "jose";
import { randomBytes } from "node:crypto";
import type { TokenKeys } from "./token-keys.ts";

/** What tells the two kinds apart, beside their keys. */
export interface TokenKind {
  readonly keys: TokenKeys;
  /** typ of the head. */
  readonly typ: string;
  readonly issuer: string;
  readonly audience: string;
}

const algorithm = "EdDSA";
const headNames = new Set(["alg", "typ", "kid"]);
/** Between the clocks of two processes. */
export const skewSeconds = 10;
/** Strict, because a reader of base64 that forgives would know one token by many texts. An Ed25519 signature is 64 bytes. */
const form = /^[A-Za-z0-9_-]{1,400}\.[A-Za-z0-9_-]{1,7500}\.[A-Za-z0-9_-]{86}$/;

export function signToken(kind: TokenKind, claims: JWTPayload, issuedAt: number, lifeSeconds: number): Promise<string> {
  const { kid, privateKey } = kind.keys.current();
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, typ: kind.typ, kid })
    .setIssuer(kind.issuer)
    .setAudience(kind.audience)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + lifeSeconds)
    .setJti(randomBytes(12).toString("base64url"))
    .sign(privateKey);
}

/** Undefined: not ours, not of this kind, not yet or no longer valid; why is nobody's business. */
export async function verifyToken(kind: TokenKind, text: string, nowMs: number): Promise<JWTPayload | undefined> {
  if (!form.test(text)) return undefined;
  try {
    const { payload } = await jwtVerify(text, (head) => findKey(kind.keys, head), {
      algorithms: [algorithm],
      typ: kind.typ,
      issuer: kind.issuer,
      audience: kind.audience,
      requiredClaims: ["sub", "exp", "nbf", "iat", "jti"],
      currentDate: new Date(nowMs),
      clockTolerance: skewSeconds,
    });
    // Several audiences are a form that we never write.
    return payload.aud === kind.audience ? payload : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function findKey(keys: TokenKeys, head: object): NonNullable<ReturnType<TokenKeys["find"]>> {
  const names = Object.keys(head);
  const key = names.every((name) => headNames.has(name)) ? keys.find((head as { kid?: unknown }).kid) : undefined;
  if (key === undefined) throw new errors.JWKSNoMatchingKey();
  return key;
}
