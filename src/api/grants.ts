// /api/v1/grants and /api/v1/rules. What would surprise: who has admin on team/* sees and changes what lies within team/*, and what does
// not is not there for them. A pattern lies within another one when that matches it as if it were a name: its stars take what it has.

import { isAllowed, type Principal } from "../access/principal.ts";
import type { Subject } from "../access/grants.ts";
import { parseRepositoryPattern } from "../access/pattern.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { findGrant, listGrants, listRules, patternOfRule, type GrantItem, type RuleItem } from "../store/access-lists.ts";
import { createdAnswer, idParams } from "../wire/access.ts";
import { grantBody, grantsAnswer, grantsQuery, ruleBody, rulesAnswer, rulesQuery, type GrantSubject } from "../wire/grants.ts";
import { assertOther } from "./accounts.ts";
import { authorOf, refuse } from "./identity.ts";
import { defineRoute } from "./route.ts";
import { toPageEnd, toTextOrNull, toTime } from "./show.ts";

export const grants = defineRoute({
  path: "/api/v1/grants",
  access: "manage",
  summary: "Who was given which role on what, in the order in which it was given",
  query: grantsQuery,
  answer: grantsAnswer,
  async handle({ db }, { query: { account, ...query }, identity }) {
    const within = identity.principal.rights.administered;
    const list = await listGrants(db, { ...query, principal: account, within, descending: false });
    return { items: list.items.map(toGrant), ...toPageEnd(list) };
  },
});

export const addGrant = defineRoute({
  method: "POST",
  path: "/api/v1/grants",
  access: "manage",
  summary: "Gives a role on the repositories of a pattern; it counts at once",
  body: grantBody,
  answer: createdAnswer,
  async handle({ access }, { body: { to, ...given }, identity }) {
    assertAdministers(identity.principal, given.pattern);
    return { id: await access.grants.add({ ...given, subject: toSubject(to) }, authorOf(identity)) };
  },
});

export const removeGrant = defineRoute({
  method: "DELETE",
  path: "/api/v1/grants/{id}",
  access: "manage",
  summary: "Takes a right back; it counts at once",
  params: idParams,
  async handle({ access, db }, { params: { id }, identity }) {
    const found = await findGrant(db, id);
    assertSees(identity.principal, found?.pattern, `there is no grant ${id}`);
    if (found?.role === "admin" && found.pattern === "*" && found.principalId === identity.member?.principal.id) {
      assertOther(identity, identity.principal.name, "take administration from");
    }
    await access.grants.remove(id, authorOf(identity));
  },
});

export const rules = defineRoute({
  path: "/api/v1/rules",
  access: "manage",
  summary: "The rules that keep tags where they are",
  query: rulesQuery,
  answer: rulesAnswer,
  async handle({ db }, { query, identity }) {
    const list = await listRules(db, { ...query, within: identity.principal.rights.administered, descending: false });
    return { items: list.items.map(toRule), ...toPageEnd(list) };
  },
});

export const addRule = defineRoute({
  method: "POST",
  path: "/api/v1/rules",
  access: "manage",
  summary: "From now on nobody moves or deletes the tags that match, administrators neither",
  body: ruleBody,
  answer: createdAnswer,
  async handle({ access }, { body, identity }) {
    assertAdministers(identity.principal, body.repositoryPattern);
    return { id: await access.grants.addRule(body, authorOf(identity)) };
  },
});

export const removeRule = defineRoute({
  method: "DELETE",
  path: "/api/v1/rules/{id}",
  access: "manage",
  summary: "Removes a rule",
  params: idParams,
  async handle({ access, db }, { params: { id }, identity }) {
    assertSees(identity.principal, await patternOfRule(db, id), `there is no rule ${id}`);
    await access.grants.removeRule(id, authorOf(identity));
  },
});

function administers(principal: Principal, pattern: string): boolean {
  return isAllowed(principal, "admin", pattern as RepositoryName);
}

/** @throws REQUEST_INVALID, UNAUTHORIZED, DENIED */
function assertAdministers(principal: Principal, pattern: string): void {
  const parsed = parseRepositoryPattern(pattern);
  if (!administers(principal, parsed)) refuse(principal, `you may not give rights on '${parsed}'`);
}

/** Ids are never used again, so what one stands for cannot change before it is removed. @throws NOT_FOUND */
function assertSees(principal: Principal, pattern: string | undefined, message: string): void {
  if (pattern === undefined || !administers(principal, pattern)) throw new RegistryError("NOT_FOUND", { message });
}

function toSubject(to: GrantSubject): Subject {
  if ("everyone" in to) return { kind: "everyone" };
  return "group" in to ? { kind: "group", name: to.group } : { kind: "principal", name: to.account };
}

function toGrant({ id, subjectKind, subject, role, pattern, overwrite, createdMs, createdBy }: GrantItem) {
  const subjects = { everyone: { everyone: true }, group: { group: subject }, principal: { account: subject } } as const;
  const made = { createdAt: toTime(createdMs), createdBy: toTextOrNull(createdBy) };
  return { id, to: subjects[subjectKind], role, pattern, overwrite, ...made };
}

function toRule({ id, repositoryPattern, tagPattern, createdMs, createdBy }: RuleItem) {
  return { id, repositoryPattern, tagPattern, createdAt: toTime(createdMs), createdBy: toTextOrNull(createdBy) };
}
