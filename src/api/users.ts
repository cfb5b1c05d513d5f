// /api/v1/users: accounts of people; /api/v1/groups: what they are in

import { importHtpasswd } from "../access/htpasswd-import.ts";
import { checkPasswordRules, hashPassword } from "../access/password.ts";
import { listPrincipals, type PrincipalItem } from "../store/access-lists.ts";
import { listGroups } from "../store/access-groups.ts";
import { accountParams } from "../wire/access.ts";
import { parseSort } from "../wire/page.ts";
import {
  accountsQuery,
  groupsAnswer,
  htpasswdAnswer,
  htpasswdBody,
  maxHtpasswdBytes,
  userBody,
  userItem,
  userPatch,
  usersAnswer,
} from "../wire/users.ts";
import { assertOther, findAccount, removeAccount, toAccount } from "./accounts.ts";
import { authorOf } from "./identity.ts";
import { defineRoute } from "./route.ts";
import { toPageEnd } from "./show.ts";

const path = "/api/v1/users";
const onePath = "/api/v1/users/{name}";

export const users = defineRoute({
  path,
  access: "admin",
  summary: "The users",
  query: accountsQuery,
  answer: usersAnswer,
  async handle({ db, now }, { query }) {
    const list = await listPrincipals(db, { ...query, ...parseSort(query.sort), kind: "user", nowMs: now() });
    return { items: list.items.map(toUser), ...toPageEnd(list) };
  },
});

export const user = defineRoute({
  path: onePath,
  access: "admin",
  summary: "One user",
  params: accountParams,
  answer: userItem,
  async handle(house, { params }) {
    return toUser(await findAccount(house, "user", params.name));
  },
});

export const addUser = defineRoute({
  method: "POST",
  path,
  access: "admin",
  summary: "Adds a user; the first one ends that everybody may do everything",
  body: userBody,
  answer: userItem,
  async handle(house, { body: { name, password, mustChange, administrator, groups }, identity }) {
    const passwordHash = password === undefined ? "" : await hashNew(password, name);
    await house.access.members.addUser({ name, passwordHash, mustChange, groups, admin: administrator }, authorOf(identity));
    return toUser(await findAccount(house, "user", name));
  },
});

export const importUsers = defineRoute({
  method: "POST",
  path: "/api/v1/users/import",
  access: "admin",
  summary: "Adds the users of an htpasswd file, who keep their passwords; all of them, or none when a line cannot be taken",
  body: htpasswdBody,
  // Line ends are two characters in JSON.
  maxBodyBytes: 2 * maxHtpasswdBytes,
  answer: htpasswdAnswer,
  async handle({ access }, { body: { htpasswd: text, groups: names }, identity }) {
    const { added, present } = await importHtpasswd(access.members, { text, groups: names }, authorOf(identity));
    return { added: [...added], present: [...present] };
  },
});

export const changeUser = defineRoute({
  method: "PATCH",
  path: onePath,
  access: "admin",
  summary: "Changes a user: groups, disabled or not, another password",
  params: accountParams,
  body: userPatch,
  answer: userItem,
  async handle(house, { params: { name }, body: { password, mustChange, groups, disabled }, identity }) {
    const { members } = house.access;
    if (disabled === true) assertOther(identity, name, "disable");
    const hash = password === undefined ? undefined : await hashNew(password, name);
    const change = { ...(groups && { groups }), ...(disabled !== undefined && { disabled }) };
    if (Object.keys(change).length > 0) await members.update("user", name, change, authorOf(identity));
    if (hash !== undefined) await members.setPassword(name, { hash, mustChange: mustChange ?? true }, authorOf(identity));
    return toUser(await findAccount(house, "user", name));
  },
});

export const removeUser = defineRoute({
  method: "DELETE",
  path: onePath,
  access: "admin",
  summary: "Deletes a user with all rights, tokens and sessions; what they did stays in the audit log",
  params: accountParams,
  async handle(house, { params, identity }) {
    await removeAccount(house, "user", params.name, identity);
  },
});

export const signUserOut = defineRoute({
  method: "DELETE",
  path: "/api/v1/users/{name}/sessions",
  access: "admin",
  summary: "Ends all sessions of a user and everything that was issued for docker and its like",
  params: accountParams,
  async handle(house, { params, identity }) {
    await findAccount(house, "user", params.name);
    await house.access.members.signOutEverywhere(params.name, authorOf(identity));
  },
});

export const groups = defineRoute({
  path: "/api/v1/groups",
  access: "admin",
  summary: "The groups that somebody is in or that have rights; a group is made by putting somebody into it",
  answer: groupsAnswer,
  async handle({ db }) {
    return { items: await listGroups(db) };
  },
});

async function hashNew(password: string, name: string): Promise<string> {
  checkPasswordRules(password, name);
  return hashPassword(password);
}

function toUser(row: PrincipalItem) {
  return { ...toAccount(row), signIn: row.signIn, mustChange: row.mustChange };
}
