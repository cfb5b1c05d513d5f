// /api/v1/users and /api/v1/groups

import { z } from "zod";
import { accountName, groupName } from "./access.ts";
import { count, cursorParameter, limitParameter, optionalFlag, pageOf, time } from "./page.ts";
import { password } from "./session.ts";

/** Of lists of names: users, robots. */
export const accountsQuery = z.strictObject({
  search: z
    .string()
    .max(200)
    .regex(/^[^\0]*$/)
    .optional()
    .describe("Only names that contain this"),
  limit: limitParameter,
  cursor: cursorParameter,
  total: optionalFlag.describe("true: also count all"),
});
export const accountQuery = z.strictObject({});

/** What users and robots have in common. */
export const account = {
  id: z.int(),
  name: z.string(),
  groups: z.array(z.string()),
  administrator: z.boolean().describe("admin on all repositories, by whichever grant"),
  createdAt: time,
  createdBy: z.string().nullable(),
  lastUsedAt: time.nullable().describe("To the minute; null: never"),
  disabledAt: time.nullable(),
};

export const userItem = z.strictObject({
  ...account,
  hasPassword: z.boolean(),
  mustChange: z.boolean().describe("Must choose a new password"),
  external: z.boolean().describe("Signs in through an OpenID provider"),
});
export const usersAnswer = pageOf(userItem);

const groups = z.array(groupName).max(100);

export const userBody = z.strictObject({
  name: accountName,
  password: password.optional().describe("Absent: signs in through an OpenID provider, or not at all"),
  administrator: z.boolean().default(false),
  groups: groups.default([]),
});

/** What is absent stays as it is. */
export const userPatch = z
  .strictObject({
    password: password.optional().describe("Whoever gets it must choose another one when signing in"),
    groups: groups.optional(),
    disabled: z.boolean().optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, { message: "give something to change" });

export const groupsAnswer = z.strictObject({
  items: z.array(z.strictObject({ name: z.string(), members: count, grants: count })),
});
