// The token service of the registry (distribution: docs/spec/auth/token, docs/spec/auth/oauth; RFC 6749): credentials and wishes in, a
// registry token out, good for what was asked for as far as it is allowed. Too few rights are no error here: the registry says so.

import { countRequests, noRequestLimit, type RequestLimit } from "../http/request-limit.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Caller } from "./caller.ts";
import type { Directory } from "./directory.ts";
import { findHolder } from "./holder.ts";
import type { Login } from "./login.ts";
import type { Principal } from "./principal.ts";
import type { RefreshTokens } from "./refresh-token.ts";
import type { Holder, RegistryTokens } from "./registry-token.ts";
import { formatScopes, grantScopes } from "./token-scope.ts";

export interface TokenQuestion {
  /** Each one scope, or several with spaces between. */
  readonly scopes: readonly string[];
  /** A refresh token, too. */
  readonly offline: boolean;
  /** Undefined: anonymous. */
  readonly credential: { readonly name: string; readonly secret: string } | { readonly refreshToken: string } | undefined;
}

/** As it is sent. */
export interface TokenAnswer {
  readonly token: string;
  /** The same, by its name in OAuth. */
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in: number;
  /** RFC 3339. */
  readonly issued_at: string;
  /** What was given of what was asked for. */
  readonly scope: string;
  readonly refresh_token?: string;
}

export interface TokenService {
  /** @throws UNAUTHORIZED for credentials that are wrong or void, never an anonymous token instead; TOOMANYREQUESTS */
  issue(question: TokenQuestion, caller: Caller): Promise<TokenAnswer>;
}

export interface TokenServiceOptions {
  readonly directory: Pick<Directory, "refresh" | "anonymous" | "isOpen" | "member" | "token" | "used">;
  readonly login: Login;
  readonly registryTokens: RegistryTokens;
  readonly refreshTokens: RefreshTokens;
  readonly requests?: RequestLimit | undefined;
}

interface Asker {
  readonly principal: Principal;
  readonly holder: Holder;
  /** What they came with, if that was one. */
  readonly refreshToken?: string;
}

export function createTokenService(options: TokenServiceOptions): TokenService {
  const { directory, login, registryTokens, refreshTokens, requests = noRequestLimit } = options;
  const identify = countRequests(requests, findAsker, ({ principal }) => principal.id);

  async function findAsker(credential: TokenQuestion["credential"], caller: Caller): Promise<Asker> {
    // While the registry is open nobody has credentials, and whatever is sent is as good as nothing.
    if (credential === undefined || directory.isOpen()) {
      return { principal: directory.anonymous(), holder: { principalId: 0, generation: 0 } };
    }
    if ("refreshToken" in credential) return byRefreshToken(credential.refreshToken);
    const { member, principal, token } = await login.logIn(credential.name, credential.secret, caller);
    return { principal, holder: { principalId: principal.id, generation: member.generation, secretHash: token?.hash } };
  }

  async function byRefreshToken(refreshToken: string): Promise<Asker> {
    const holder = await refreshTokens.verify(refreshToken);
    const principal = holder && (await findHolder(directory, holder));
    if (principal === undefined) throw new RegistryError("UNAUTHORIZED", { message: "log in again: the login is over" });
    return { principal, holder: holder!, refreshToken };
  }

  return {
    async issue({ scopes, offline, credential }, caller) {
      await directory.refresh();
      const { principal, holder, refreshToken } = await identify(credential, caller);
      const access = grantScopes(scopes, principal);
      const { text, issuedMs, lifeSeconds } = await registryTokens.issue(holder, access);
      // One that was shown comes back as it is: a stolen one must not be able to live for ever.
      const refresh = offline && holder.principalId !== 0 ? (refreshToken ?? (await refreshTokens.issue(holder))) : undefined;
      return {
        token: text,
        access_token: text,
        expires_in: lifeSeconds,
        issued_at: new Date(issuedMs).toISOString(),
        scope: formatScopes(access),
        ...(refresh !== undefined && { refresh_token: refresh }),
      };
    },
  };
}
