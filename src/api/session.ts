// /api/v1/session: who am I, signing in and out with a browser, one's own password; /api/v1/setup: the first user

import type { IncomingMessage } from "node:http";
import { checkPasswordRules, hashPassword } from "../access/password.ts";
import type { Member } from "../access/directory.ts";
import { RegistryError } from "../oci/errors.ts";
import { passwordBody, sessionAnswer, setupAnswer, setupBody, signInBody, type SessionAnswer } from "../wire/session.ts";
import { clearSessionCookie, formatSessionCookie, readSessionCookie } from "./cookie.ts";
import { administersAny, authorOf, callerOf, unauthorized, type AccessHouse, type Identity } from "./identity.ts";
import { mayOf } from "./may.ts";
import { defineRoute, type Ask } from "./route.ts";
import { toTime } from "./show.ts";

export const passwordPath = "/api/v1/session/password";

export const session = defineRoute({
  path: "/api/v1/session",
  access: "none",
  summary: "Who you are here and what you may do, also when you have not signed in",
  answer: sessionAnswer,
  async handle({ access }, { identity }) {
    return describe(access, identity);
  },
});

export const signIn = defineRoute({
  method: "POST",
  path: "/api/v1/session",
  access: "none",
  summary: "Signs in with a password; the answer sets a cookie",
  body: signInBody,
  answer: sessionAnswer,
  async handle({ access }, { body, request, header }) {
    const caller = callerOf(access, request);
    const { member } = await access.login.byPassword(body.name, body.password, caller);
    await endOld(access, request);
    return begin(access, member, { request, header });
  },
});

export const signOut = defineRoute({
  method: "DELETE",
  path: "/api/v1/session",
  access: "none",
  summary: "Signs this browser out",
  async handle({ access }, { identity, request, header }) {
    header("set-cookie", clearSessionCookie(access, request));
    if (identity.session === undefined) return;
    await endOld(access, request);
    await access.audit.record({
      ...authorOf(identity),
      action: "session.end",
      objectKind: "session",
      object: identity.principal.name,
    });
  },
});

export const signOutEverywhere = defineRoute({
  method: "DELETE",
  path: "/api/v1/sessions",
  access: "self",
  summary: "Ends all of your sessions and everything that was issued for docker and its like; tokens that you made stay",
  async handle({ access }, { identity, request, header }) {
    if (identity.principal.limits !== undefined) {
      throw new RegistryError("DENIED", { message: "a token for one role cannot sign its owner out" });
    }
    await access.members.signOutEverywhere(identity.principal.name, authorOf(identity));
    if (identity.session !== undefined) header("set-cookie", clearSessionCookie(access, request));
  },
});

export const changePassword = defineRoute({
  method: "PUT",
  path: passwordPath,
  access: "self",
  summary: "Changes your password: everything issued under the old one ends, and a browser gets a new cookie",
  body: passwordBody,
  answer: sessionAnswer,
  async handle({ access }, { body, identity, request, header }) {
    const { name, id } = identity.principal;
    await access.login.byPassword(name, body.current, callerOf(access, request));
    if (body.password === body.current) {
      throw new RegistryError("REQUEST_INVALID", { message: "that is the password that you have" });
    }
    checkPasswordRules(body.password, name);
    const hash = await hashPassword(body.password);
    await access.members.setPassword(name, { hash, mustChange: false }, authorOf(identity));
    await access.directory.refresh();
    const member = await access.directory.member(id);
    if (member === undefined || member.barred !== undefined) throw unauthorized();
    return identity.session === undefined
      ? describe(access, { ...identity, member })
      : begin(access, member, { request, header });
  },
});

export const setUp = defineRoute({
  method: "POST",
  path: "/api/v1/setup",
  access: "none",
  summary:
    "Makes the first user, an administrator, with the token that was printed at start; afterwards nothing is open any more",
  body: setupBody,
  answer: setupAnswer,
  async handle({ access }, { body: { token, name, password }, identity }) {
    await access.setup.use(token, { name, password }, identity.caller);
    return { name };
  },
});

/** What the browser came with is never what it goes on with. */
export async function endOld(access: AccessHouse, request: IncomingMessage): Promise<void> {
  const secret = readSessionCookie(access, request);
  if (secret !== undefined) await access.sessions.end(secret);
}

/** A session for whoever has just shown who they are; sets its cookie. */
export async function begin(
  access: AccessHouse,
  member: Member,
  { request, header }: Pick<Ask, "request" | "header">,
): Promise<SessionAnswer> {
  const { secret, ...begun } = await access.sessions.begin(member);
  header("set-cookie", formatSessionCookie(access, request, secret, begun.maxAgeSeconds));
  const { principal } = member;
  const caller = callerOf(access, request);
  await access.audit.record({ principal, caller, action: "session.create", objectKind: "session", object: principal.name });
  return describe(access, { principal, member, session: begun, caller });
}

function describe({ directory, oidc }: AccessHouse, { principal, member, session: begun }: Identity): SessionAnswer {
  return {
    name: principal.name,
    kind: principal.kind,
    groups: [...(member?.groups ?? [])],
    may: mayOf(principal, directory, "*", undefined),
    manages: administersAny(principal),
    visible: principal.rights.visible === undefined ? null : [...principal.rights.visible],
    open: directory.isOpen(),
    provider: oidc !== undefined,
    mustChange: member?.mustChange ?? false,
    hasPassword: (member?.passwordHash ?? "") !== "",
    csrf: begun?.csrf ?? null,
    expiresAt: begun === undefined ? null : toTime(begun.expiresMs),
  };
}
