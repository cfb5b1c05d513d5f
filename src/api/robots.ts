// /api/v1/robots: accounts of programs

import { createSecret } from "../access/secret.ts";
import { listPrincipals, type PrincipalItem } from "../store/access-lists.ts";
import { accountParams } from "../wire/access.ts";
import { parseSort } from "../wire/page.ts";
import { newRobotAnswer, robotBody, robotItem, robotPatch, robotsAnswer } from "../wire/robots.ts";
import { accountsQuery } from "../wire/users.ts";
import { assertOther, findAccount, parseExpiry, removeAccount, toAccount } from "./accounts.ts";
import { authorOf } from "./identity.ts";
import { defineRoute } from "./route.ts";
import { toPageEnd, toTimeOrNull } from "./show.ts";

const path = "/api/v1/robots";
const onePath = "/api/v1/robots/{name}";

export const robots = defineRoute({
  path,
  access: "admin",
  summary: "The robots",
  query: accountsQuery,
  answer: robotsAnswer,
  async handle({ db, now }, { query }) {
    const list = await listPrincipals(db, { ...query, ...parseSort(query.sort), kind: "robot", nowMs: now() });
    return { items: list.items.map(toRobot), ...toPageEnd(list) };
  },
});

export const robot = defineRoute({
  path: onePath,
  access: "admin",
  summary: "One robot",
  params: accountParams,
  answer: robotItem,
  async handle(house, { params }) {
    return toRobot(await findAccount(house, "robot", params.name));
  },
});

export const addRobot = defineRoute({
  method: "POST",
  path,
  access: "admin",
  summary: "Adds a robot with its rights and its first token",
  body: robotBody,
  answer: newRobotAnswer,
  async handle(house, { body: { name, expiresAt, grants }, identity }) {
    const { text, hash } = createSecret();
    const token = { name: "first", secretHash: hash, role: "", expiresMs: 0 } as const;
    const expiresMs = parseExpiry(expiresAt, house.now());
    await house.access.members.addRobot({ name, expiresMs, grants, token }, authorOf(identity));
    return { ...toRobot(await findAccount(house, "robot", name)), secret: text };
  },
});

export const changeRobot = defineRoute({
  method: "PATCH",
  path: onePath,
  access: "admin",
  summary: "Changes a robot: groups, disabled or not, until when it may come in",
  params: accountParams,
  body: robotPatch,
  answer: robotItem,
  async handle(house, { params: { name }, body: { groups, expiresAt, disabled }, identity }) {
    if (disabled === true) assertOther(identity, name, "disable");
    const change = {
      ...(groups && { groups }),
      ...(disabled !== undefined && { disabled }),
      ...(expiresAt !== undefined && { expiresMs: parseExpiry(expiresAt, house.now()) }),
    };
    await house.access.members.update("robot", name, change, authorOf(identity));
    return toRobot(await findAccount(house, "robot", name));
  },
});

export const removeRobot = defineRoute({
  method: "DELETE",
  path: onePath,
  access: "admin",
  summary: "Deletes a robot with its rights and tokens",
  params: accountParams,
  async handle(house, { params, identity }) {
    await removeAccount(house, "robot", params.name, identity);
  },
});

function toRobot(row: PrincipalItem) {
  return { ...toAccount(row), expiresAt: toTimeOrNull(row.expiresMs) };
}
