// /api/v1/grants: who may do what where; /api/v1/rules: tags that nobody moves or deletes

import { z } from "zod";
import { accountName, groupName, roleName } from "./access.ts";
import { cursorParameter, limitParameter, optionalFlag, pageOf, time } from "./page.ts";

const pattern = z.string().min(1).max(255).describe("`*` stands for any characters, slashes too");

/** Exactly one of them. */
const subject = z
  .union([
    z.strictObject({ everyone: z.literal(true) }),
    z.strictObject({ account: accountName }),
    z.strictObject({ group: groupName }),
  ])
  .describe("Everyone (also who does not sign in), one user or robot, or a group");
export type GrantSubject = z.infer<typeof subject>;

const pageParameters = {
  limit: limitParameter,
  cursor: cursorParameter,
  total: optionalFlag.describe("true: also count all"),
};

/** A role where: without to whom. */
export const givenRole = z.strictObject({
  role: roleName,
  pattern,
  overwrite: z.boolean().default(true).describe("false, with role push: may create tags and not move those that exist"),
});
export type GivenRole = z.infer<typeof givenRole>;

export const grantsQuery = z.strictObject({
  account: accountName.optional().describe("Only those given to this user or robot itself"),
  group: groupName.optional().describe("Only those given to this group"),
  ...pageParameters,
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
export type GrantsAnswer = z.infer<typeof grantsAnswer>;

export const grantBody = givenRole.extend({ to: subject });

export const rulesQuery = z.strictObject(pageParameters);
export const ruleItem = z.strictObject({
  id: z.int(),
  repositoryPattern: z.string(),
  tagPattern: z.string(),
  createdAt: time,
  createdBy: z.string().nullable(),
});
export const rulesAnswer = pageOf(ruleItem);
export type RulesAnswer = z.infer<typeof rulesAnswer>;
export const ruleBody = z.strictObject({ repositoryPattern: pattern, tagPattern: pattern });
