// What a client shows the distribution API with each request: who it is, and what the token is good for at most, for five minutes. What
// would surprise: it gives no rights. Those are looked up with every request; a token only narrows them.

import type { JWTPayload } from "jose";
import { signToken, skewSeconds, verifyToken, type TokenKind } from "./signed-token.ts";
import { createDailyKeys } from "./token-keys.ts";
import { limitsOf, parseAccess, type ScopeAccess } from "./token-scope.ts";
import type { Limits } from "./principal.ts";

/** Whom something was issued to. */
export interface Holder {
  /** 0: anonymous. */
  readonly principalId: number;
  /** Of the member then; it is void when that has changed. */
  readonly generation: number;
  /** Hash of the secret that it was issued for, if it was one: it is void when that is. */
  readonly secretHash?: string | undefined;
}

export interface RegistryClaims {
  readonly holder: Holder;
  readonly limits: Limits;
}

export interface RegistryTokens {
  issue(holder: Holder, access: readonly ScopeAccess[]): Promise<IssuedToken>;
  /** Of a token that was verified before and has not expired. */
  recall(text: string): RegistryClaims | undefined;
  /** Undefined: forged, for somebody else, not yet or no longer valid. At once for a token that was verified before. */
  verify(text: string): RegistryClaims | undefined | Promise<RegistryClaims | undefined>;
}

export interface IssuedToken {
  readonly text: string;
  readonly issuedMs: number;
  readonly lifeSeconds: number;
}

export interface TokenOptions {
  /** At least 32 random bytes; all processes of one registry share it. */
  readonly secret: Uint8Array;
  /** Where the registry is reached, an origin. Asked for each time, because a free port is known late. */
  readonly externalUrl: () => string;
  readonly now: () => number;
}

const lifeSeconds = 300;

/** The name of the registry as a service, in challenges and tokens. */
export function serviceOf(externalUrl: string): string {
  return new URL(externalUrl).host;
}

/** `most`: verified tokens that are remembered. */
export function createRegistryTokens({ secret, externalUrl, now }: TokenOptions, most = 10_000): RegistryTokens {
  const keys = createDailyKeys(secret, now);
  const verified = new Map<string, { readonly claims: RegistryClaims; readonly untilMs: number }>();
  const kind = (): TokenKind => {
    const issuer = externalUrl();
    return { keys, typ: "JWT", issuer, audience: serviceOf(issuer) };
  };

  async function verifyNew(text: string): Promise<RegistryClaims | undefined> {
    const payload = await verifyToken(kind(), text, now());
    const holder = payload && parseHolder(payload);
    const access = parseAccess(payload?.["access"]);
    if (holder === undefined || access === undefined) return undefined;
    const claims = { holder, limits: limitsOf(access) };
    // Oldest first, which is also the order in which they end.
    if (verified.size >= most) verified.delete(verified.keys().next().value!);
    verified.set(text, { claims, untilMs: (payload!.exp! + skewSeconds) * 1000 });
    return claims;
  }

  function recall(text: string): RegistryClaims | undefined {
    const known = verified.get(text);
    if (known === undefined || known.untilMs > now()) return known?.claims;
    verified.delete(text);
    return undefined;
  }

  return {
    async issue(holder, access) {
      const issuedMs = now();
      const claims = { ...toClaims(holder), access };
      return { text: await signToken(kind(), claims, Math.floor(issuedMs / 1000), lifeSeconds), issuedMs, lifeSeconds };
    },
    recall,
    verify: (text) => recall(text) ?? verifyNew(text),
  };
}

export function toClaims({ principalId, generation, secretHash }: Holder): JWTPayload {
  return { sub: String(principalId), gen: generation, ...(secretHash !== undefined && { via: secretHash }) };
}

export function parseHolder({ sub, gen, via }: JWTPayload): Holder | undefined {
  if (typeof sub !== "string" || !/^\d{1,15}$/.test(sub) || typeof gen !== "number") return undefined;
  if (via !== undefined && typeof via !== "string") return undefined;
  return { principalId: Number(sub), generation: gen, secretHash: via };
}
