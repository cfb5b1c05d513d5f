// /api/v1/users and /api/v1/groups

import { z } from "zod";
import { accountName, groupName } from "./access.ts";
import { count, listParameters, pageOf, time } from "./page.ts";
import { password } from "./session.ts";

/** Of users and of robots. */
export const accountsQuery = z.strictObject(listParameters(["name", "createdAt", "lastUsedAt"], "name"));

/** What users and robots have in common. */
export const account = z.strictObject({
  id: z.int(),
  name: z.string(),
  groups: z.array(z.string()),
  tokens: count.describe("That are valid"),
  createdAt: time,
  createdBy: z.string().nullable(),
  lastUsedAt: time.nullable().describe("To the minute; null: never"),
  disabledAt: time.nullable(),
});
export type Account = z.infer<typeof account>;

export const userItem = account.extend({
  signIn: z.enum(["password", "provider", "tokens"]).describe("provider: an OpenID provider; tokens: nothing else"),
  mustChange: z.boolean().describe("Must choose a new password"),
});
export type UserItem = z.infer<typeof userItem>;
export const usersAnswer = pageOf(userItem);
export type UsersAnswer = z.infer<typeof usersAnswer>;

export const groupNames = z.array(groupName).max(200);

export const userBody = z.strictObject({
  name: accountName,
  password: password.optional().describe("Absent: comes in with tokens only"),
  mustChange: z.boolean().default(false).describe("Must choose another password when signing in"),
  administrator: z.boolean().default(false).describe("Also gives admin on all repositories"),
  groups: groupNames.default([]),
});

/** About 10,000 lines. */
export const maxHtpasswdBytes = 1024 * 1024;
export const htpasswdBody = z.strictObject({
  htpasswd: z.string().max(maxHtpasswdBytes).describe("The file: lines of NAME:HASH, all bcrypt"),
  groups: groupNames.default([]).describe("Of all of them"),
});
export const htpasswdAnswer = z.strictObject({
  added: z.array(z.string()),
  present: z.array(z.string()).describe("Names that were taken; nothing about them was changed"),
});

/** What is absent stays as it is. */
export const userPatch = z
  .strictObject({
    password: password.optional(),
    mustChange: z.boolean().optional().describe("Of the password given here; by default true"),
    groups: groupNames.optional(),
    disabled: z.boolean().optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, { message: "give something to change" })
  .refine(({ mustChange, password: given }) => mustChange === undefined || given !== undefined, {
    message: "mustChange goes with a password",
  });

export const groupsAnswer = z.strictObject({
  items: z.array(z.strictObject({ name: z.string(), members: count, grants: count })).describe("At most 1000"),
});
export type GroupsAnswer = z.infer<typeof groupsAnswer>;
