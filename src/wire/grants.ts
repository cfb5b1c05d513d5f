// /api/v1/grants: who may do what where; /api/v1/rules: tags that nobody moves or deletes

import { z } from "zod";
import { accountName, groupName, roleName } from "./access.ts";
import { cursorParameter, limitParameter, pageOf, time } from "./page.ts";

const pattern = z.string().min(1).max(255).describe("`*` stands for any characters, slashes too");

/** Exactly one of them. */
const subject = z
  .union([
    z.strictObject({ everyone: z.literal(true) }),
    z.strictObject({ account: accountName }),
    z.strictObject({ group: groupName }),
  ])
  .describe("Everyone (also who does not sign in), one user or robot, or a group");

export const grantsQuery = z.strictObject({
  account: accountName.optional().describe("Only those given to this user or robot itself"),
  group: groupName.optional().describe("Only those given to this group"),
  limit: limitParameter,
  cursor: cursorParameter,
});

export const grantItem = z.strictObject({
  id: z.int(),
  to: subject,
  role: roleName,
  pattern: z.string(),
  overwrite: z.boolean().describe("Of role push: also moves tags that exist"),
  createdAt: time,
  createdBy: z.string().nullable(),
});
export const grantsAnswer = pageOf(grantItem);

export const grantBody = z.strictObject({ to: subject, role: roleName, pattern, overwrite: z.boolean().default(true) });

export const rulesQuery = z.strictObject({});
export const ruleItem = z.strictObject({
  id: z.int(),
  repositoryPattern: z.string(),
  tagPattern: z.string(),
  createdAt: time,
  createdBy: z.string().nullable(),
});
/** There is a bounded number of them. */
export const rulesAnswer = z.strictObject({ items: z.array(ruleItem) });
export const ruleBody = z.strictObject({ repositoryPattern: pattern, tagPattern: pattern });
