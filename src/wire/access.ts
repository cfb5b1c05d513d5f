// Words of access that many answers share, and GET /api/v1/may: may somebody do something, and why.

import { z } from "zod";
import { repositoryParameter } from "./page.ts";

export const actionNames = ["pull", "push", "overwrite", "delete", "admin"] as const;
export const roleNames = ["pull", "push", "delete", "admin"] as const;

export const roleName = z.enum(roleNames);
export type RoleName = z.infer<typeof roleName>;

/** What the caller may do with what is shown; others see the same thing with another `may`. */
export const may = z
  .strictObject({
    pull: z.boolean(),
    push: z.boolean().describe("Creating tags"),
    overwrite: z.boolean().describe("Moving tags that exist"),
    delete: z.boolean(),
    admin: z.boolean().describe("Giving rights on it to others"),
  })
  .describe("What you may do here");
export type May = z.infer<typeof may>;

/** Whether it is a good name is for whoever makes one to say; here only that it is bounded. */
const anyName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\0]*$/);
export const accountName = anyName.describe("Of a user or robot");
export const groupName = anyName.describe("Of a group");
export const accountParams = z.strictObject({ name: accountName });
export const idParams = z.strictObject({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/** A moment in the future at which something ends. */
export const expiry = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: "give a date or an ISO 8601 time" })
  .nullable()
  .describe("A date (its beginning, UTC) or ISO 8601 time; null: never");

/** Of what was just made. */
export const createdAnswer = z.strictObject({ id: z.int() });

export const mayQuery = z.strictObject({
  who: accountName.optional().describe("A user or robot, or `anonymous`; by default yourself"),
  action: z.enum(actionNames),
  repository: repositoryParameter,
  tag: z.string().min(1).max(128).optional().describe("For overwrite and delete: rules may keep it where it is"),
});

export const mayAnswer = z.strictObject({
  who: z.string(),
  action: z.enum(actionNames),
  repository: z.string(),
  tag: z.string().nullable(),
  allowed: z.boolean(),
  reason: z.string().describe("One sentence: the grant that allows it and to whom it was given, or why not"),
  grant: z
    .strictObject({ id: z.int(), role: roleName, pattern: z.string(), overwrite: z.boolean(), to: z.string() })
    .nullable()
    .describe("The widest one that allows it; null when none does, or when the registry is open"),
});
export type MayAnswer = z.infer<typeof mayAnswer>;
