// Who sends a request to the distribution API. On the way of every pull: for a token that was verified before it is some look-ups in maps
// and no promise. Cookies are never read here.

import { RegistryError } from "../oci/errors.ts";
import { parseAuthorization } from "./basic.ts";
import type { Caller } from "./caller.ts";
import type { Directory } from "./directory.ts";
import { findHolder, narrow } from "./holder.ts";
import type { Login } from "./login.ts";
import type { Principal } from "./principal.ts";
import type { RegistryClaims, RegistryTokens } from "./registry-token.ts";

/** `authorization`: the header. @throws UNAUTHORIZED when what it holds is not good for anybody, TOOMANYREQUESTS */
export type Identify = (authorization: string | undefined, caller: Caller) => Principal | Promise<Principal>;

export interface IdentifyOptions {
  readonly directory: Pick<Directory, "refresh" | "anonymous" | "isOpen" | "member" | "token" | "used">;
  readonly login: Login;
  readonly registryTokens: RegistryTokens;
}

const bearer = "Bearer ";

export function createIdentify({ directory, login, registryTokens }: IdentifyOptions): Identify {
  /** The last principal that was narrowed by these claims: mostly it is the same one again. */
  const narrowed = new WeakMap<RegistryClaims, { readonly from: Principal; readonly to: Principal }>();

  function within(principal: Principal | undefined, claims: RegistryClaims): Principal {
    if (principal === undefined) throw refusal();
    const known = narrowed.get(claims);
    if (known?.from === principal) return known.to;
    const to = narrow(principal, claims.limits);
    narrowed.set(claims, { from: principal, to });
    return to;
  }

  function byClaims(claims: RegistryClaims | undefined): Principal | Promise<Principal> {
    if (claims === undefined) throw refusal();
    const principal = findHolder(directory, claims.holder);
    return principal instanceof Promise ? principal.then((found) => within(found, claims)) : within(principal, claims);
  }

  const identify: Identify = (header, caller) => {
    // While the registry is open nobody has credentials, and whatever is sent is as good as nothing.
    if (directory.isOpen()) return directory.anonymous();
    // On the way of every pull: the form of a token that was verified before needs no look at each of its characters.
    const known = header?.startsWith(bearer) ? registryTokens.recall(header.slice(bearer.length)) : undefined;
    if (known !== undefined) return byClaims(known);
    const authorization = parseAuthorization(header);
    if (authorization === undefined) return directory.anonymous();
    if (authorization === "malformed") throw refusal();
    if (authorization.scheme === "basic") {
      return login.logIn(authorization.name, authorization.secret, caller).then(({ principal }) => principal);
    }
    const claims = registryTokens.verify(authorization.token);
    return claims instanceof Promise ? claims.then(byClaims) : byClaims(claims);
  };

  return (header, caller) => {
    const refreshed = directory.refresh();
    return refreshed === undefined ? identify(header, caller) : refreshed.then(() => identify(header, caller));
  };
}

function refusal(): RegistryError {
  return new RegistryError("UNAUTHORIZED", { message: "the credentials are not valid, or no longer" });
}
