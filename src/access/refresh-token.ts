// What `docker login` keeps instead of the password: it buys registry tokens, and nothing else. Bound to the generation of its user and, when
// they came with a token, to that one. It has a key, a type and an audience of its own, so that neither kind passes for the other.

import { parseHolder, serviceOf, toClaims, type Holder, type TokenOptions } from "./registry-token.ts";
import { signToken, verifyToken, type TokenKind } from "./signed-token.ts";
import { createRefreshKey } from "./token-keys.ts";

export interface RefreshTokens {
  issue(holder: Holder): Promise<string>;
  /** Undefined: forged, for another registry, or its time is over. Whether it was revoked, the directory knows. */
  verify(text: string): Promise<Holder | undefined>;
}

const lifeSeconds = 90 * 24 * 3600;

export function createRefreshTokens({ secret, externalUrl, now }: TokenOptions): RefreshTokens {
  const keys = createRefreshKey(secret);
  const kind = (): TokenKind => {
    const issuer = externalUrl();
    return { keys, typ: "refresh+jwt", issuer, audience: `${serviceOf(issuer)}/refresh` };
  };
  return {
    issue: (holder) => signToken(kind(), toClaims(holder), Math.floor(now() / 1000), lifeSeconds),
    async verify(text) {
      const payload = await verifyToken(kind(), text, now());
      return payload && parseHolder(payload);
    },
  };
}
