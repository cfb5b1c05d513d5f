// Whether whoever sends a request may have it, and what they are told when not (distribution: docs/spec/auth/token). Decided by names alone:
// what is hidden and what is missing cannot be told apart.

import type { Caller } from "../access/caller.ts";
import { formatChallenge } from "../access/challenge.ts";
import { isAllowed, maySeeCatalog, type Principal } from "../access/principal.ts";
import { RegistryError } from "../oci/errors.ts";
import { isRepositoryName } from "../oci/reference.ts";
import { accessNeeded, routeRepository, type Access, type Route } from "../oci/route.ts";
import { everybody, type V2Access } from "./access.ts";
import type { Exchange } from "./exchange.ts";

/** What a request asks for. */
export interface Wish {
  readonly route: Route;
  readonly needed: Access;
  /** The header that it came with. */
  readonly authorization: string | undefined;
  readonly caller: Caller;
}

/** Who asks. @throws UNAUTHORIZED with the challenge when the credentials are not good, TOOMANYREQUESTS */
export function identify(access: V2Access, wish: Wish): Principal | Promise<Principal> {
  // Tokens are for those who are nobody yet; the token service looks at credentials by itself.
  if (wish.needed === "none") return everybody;
  try {
    const principal = access.identify(wish.authorization, wish.caller);
    if (!(principal instanceof Promise)) return principal;
    return principal.catch((error: unknown) => {
      throw withChallenge(access, error, wish);
    });
  } catch (error) {
    throw withChallenge(access, error, wish);
  }
}

/** @throws UNAUTHORIZED with the challenge where another token or a login may help, DENIED where nothing will */
export function assertMay(access: V2Access, principal: Principal, wish: Wish): void {
  if (!mayHave(access, principal, wish)) throw refusal(access, principal, wish);
}

/** When the body has come, for which its sender takes the time: who asks, if something was changed since `known`. @throws as both */
export async function admitAgain(
  { caller, door, principal, req, route }: Pick<Exchange, "caller" | "door" | "principal" | "req" | "route">,
  known: object,
): Promise<Principal> {
  const { access } = door;
  if ((await access.known()) === known) return principal;
  const needed = accessNeeded(route.kind, req.method ?? "");
  const wish: Wish = { route, needed, authorization: req.headers.authorization, caller };
  const now = await identify(access, wish);
  assertMay(access, now, wish);
  return now;
}

function mayHave(access: V2Access, principal: Principal, { needed, route }: Wish): boolean {
  switch (needed) {
    case "none":
      return true;
    case "login":
      // Clients only ever log in where this answers 401, also if they may pull without. Whoever has limits came with a token.
      return access.isOpen() || principal.kind !== "anonymous" || principal.limits !== undefined;
    case "catalog":
      return maySeeCatalog(principal);
    default:
      return isAllowed(principal, needed, routeRepository(route)!);
  }
}

/** A registry token can be had anew, so it is asked for; whoever signs in with each request has no better way to do it. */
function refusal(access: V2Access, principal: Principal, wish: Wish): RegistryError {
  const { caller, needed, route } = wish;
  const { kind, name, rights } = principal;
  const repository = routeRepository(route);
  const isRight = isAction(needed) ? rights.may(needed, repository!) : kind !== "anonymous";
  if (kind !== "anonymous" && isAction(needed) && !isRight) access.refused?.(principal, needed, repository!, caller);
  const what = needed === "catalog" ? "list the repositories" : `${needed} ${repository}`;
  const who = kind === "anonymous" ? "who has not logged in" : `'${name}'`;
  if (isBearer(wish.authorization)) {
    const message = isRight ? `the token was not made to ${what}` : `${who} may not ${what}`;
    return challenge(access, wish, "insufficient_scope", message);
  }
  if (kind === "anonymous") return challenge(access, wish);
  return new RegistryError("DENIED", { message: `${who} may not ${what}` });
}

function isAction(needed: Access): needed is "pull" | "push" | "delete" {
  return needed === "pull" || needed === "push" || needed === "delete";
}

/** The credentials themselves were not good: the same error, with the challenge. Any other error as it is. */
function withChallenge(access: V2Access, error: unknown, wish: Wish): unknown {
  if (!(error instanceof RegistryError) || error.code !== "UNAUTHORIZED") return error;
  return challenge(access, wish, isBearer(wish.authorization) ? "invalid_token" : undefined, error.message);
}

function challenge(
  access: V2Access,
  { needed, route }: Wish,
  error?: "invalid_token" | "insufficient_scope",
  message?: string,
): RegistryError {
  const value = formatChallenge(access.externalUrl(), { error, scope: scopeOf(needed, route) });
  return new RegistryError("UNAUTHORIZED", { ...(message !== undefined && { message }), headers: { "WWW-Authenticate": value } });
}

function scopeOf(needed: Access, route: Route): string | undefined {
  if (needed === "none" || needed === "login") return undefined;
  if (needed === "catalog") return "registry:catalog:*";
  const repository = routeRepository(route)!;
  const scope = `repository:${repository}:${needed === "push" ? "pull,push" : needed}`;
  const from = route.kind === "uploads" && route.query?.has("mount") ? (route.query.get("from") ?? "") : "";
  // A mount needs pull where the blob is; a client that does not know that takes the scope of the challenge as it is.
  return from !== repository && isRepositoryName(from) ? `${scope} repository:${from}:pull` : scope;
}

function isBearer(authorization: string | undefined): boolean {
  return authorization !== undefined && /^bearer /i.test(authorization);
}
