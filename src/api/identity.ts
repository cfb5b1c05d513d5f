// Who sends a request to /api: a password or a token in Authorization, or the cookie of a browser that is signed in; otherwise nobody.
// Registry tokens are for /v2 and mean nothing here.

import type { IncomingMessage } from "node:http";
import type { Audit } from "../access/audit.ts";
import { parseAuthorization } from "../access/basic.ts";
import type { Caller } from "../access/caller.ts";
import type { Directory, Member } from "../access/directory.ts";
import type { Grants } from "../access/grants.ts";
import type { Login } from "../access/login.ts";
import type { Members } from "../access/members.ts";
import type { Oidc } from "../access/oidc.ts";
import { isAdmin, type Principal } from "../access/principal.ts";
import { hashSecret, isSecret } from "../access/secret.ts";
import type { Session, Sessions } from "../access/sessions.ts";
import type { Setup } from "../access/setup.ts";
import type { Tokens } from "../access/tokens.ts";
import type { ClientAddress } from "../http/client-address.ts";
import { countRequests, noRequestLimit, type RequestLimit } from "../http/request-limit.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Author } from "../store/access-changes.ts";
import { readSessionCookie } from "./cookie.ts";
import type { ApiAccess } from "./route.ts";

export interface Identity {
  readonly principal: Principal;
  /** The user or robot; undefined: nobody in particular, or the console of the machine. */
  readonly member?: Member | undefined;
  /** Present when they came with a token. */
  readonly tokenId?: number | undefined;
  /** Present when they came with the cookie. */
  readonly session?: Session | undefined;
  /** Absent: at the console of the machine. */
  readonly caller?: Caller;
}

/** The rooms of access that this door needs. */
export interface AccessHouse {
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly login: Login;
  readonly members: Members;
  readonly tokens: Tokens;
  readonly grants: Grants;
  readonly setup: Setup;
  /** Absent: there is no provider to sign in with. */
  readonly oidc?: Oidc | undefined;
  readonly audit: Pick<Audit, "record">;
  readonly address: ClientAddress;
  /** Absent: any number of requests. */
  readonly requests?: RequestLimit | undefined;
  /** Where browsers reach us; undefined: at the address that they name. */
  readonly externalUrl: URL | undefined;
}

export type Identify = (request: IncomingMessage) => Promise<Identity>;

/** The directory must be fresh. What it returns throws UNAUTHORIZED for credentials that are wrong: those never count as none. */
export function createIdentify(access: AccessHouse): Identify {
  const { directory, sessions, login, requests = noRequestLimit } = access;
  const identify = countRequests(requests, find, ({ principal }) => principal.id);
  return async (request) => identify(request, callerOf(access, request));

  async function find(request: IncomingMessage, caller: Caller): Promise<Identity> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return { ...(await fromAuthorization(authorization, caller)), caller };
    const secret = readSessionCookie(access, request);
    const session = secret === undefined ? undefined : await sessions.find(secret);
    // A cookie that has expired is no attempt to get in: the page that has it must still be able to say so and to sign in again.
    if (session === undefined) return { principal: directory.anonymous(), caller };
    directory.used(session.member);
    return { principal: session.member.principal, member: session.member, session, caller };
  }

  async function fromAuthorization(header: string, caller: Caller): Promise<Identity> {
    const given = parseAuthorization(header);
    if (given === undefined) return { principal: directory.anonymous() };
    if (given === "malformed") {
      throw unauthorized("Authorization must be Basic with a name and its password or token, or Bearer with a token");
    }
    if (given.scheme === "basic") {
      const { member, principal, token } = await login.logIn(given.name, given.secret, caller);
      return { principal, member, tokenId: token?.id };
    }
    const found = isSecret(given.token) ? await directory.token(hashSecret(given.token)) : undefined;
    if (found === undefined || found.member.barred !== undefined) throw unauthorized("the token is not valid here");
    directory.used(found.member, found.id);
    return { principal: found.principal, member: found.member, tokenId: found.id };
  }
}

/** Under whose name a change is recorded. */
export function authorOf({ principal: { id, name }, caller }: Identity): Author {
  return { principal: { id, name }, caller };
}

export function callerOf({ address }: Pick<AccessHouse, "address">, request: IncomingMessage): Caller {
  return { address: address.addressOf(request), userAgent: request.headers["user-agent"] ?? "" };
}

/** What a row of the table asks for. @throws UNAUTHORIZED, DENIED */
export function assertAccess(access: ApiAccess, { principal, member }: Identity): void {
  switch (access) {
    case "none":
      return;
    case "read":
      if (principal.kind === "anonymous" && principal.rights.visible?.length === 0) throw unauthorized();
      return;
    case "self":
      if (member === undefined) throw unauthorized();
      return;
    case "manage":
      if (!administersAny(principal)) refuse(principal, "you may not give rights to anybody");
      return;
    case "admin":
      if (!isAdmin(principal)) refuse(principal, `this is for administrators of the registry, and '${principal.name}' is none`);
  }
}

/** On some pattern at least. */
export function administersAny({ rights, limits }: Principal): boolean {
  if (limits?.may("admin", "*" as RepositoryName) === false) return false;
  return rights.administered?.length !== 0;
}

/** @throws UNAUTHORIZED who has not signed in, DENIED who has */
export function refuse({ kind }: Principal, message: string): never {
  throw kind === "anonymous" ? unauthorized() : new RegistryError("DENIED", { message });
}

/** Bearer, because browsers ask for a password of their own when they are told Basic. */
export function unauthorized(message = "sign in first"): RegistryError {
  return new RegistryError("UNAUTHORIZED", { message, headers: { "www-authenticate": 'Bearer realm="hythe"' } });
}
