// /api/v1/robots: accounts of programs. They sign in with tokens only.

import { z } from "zod";
import { accountName, expiry, groupName } from "./access.ts";
import { pageOf, time } from "./page.ts";
import { account } from "./users.ts";

export const robotItem = z.strictObject({ ...account, expiresAt: time.nullable() });
export const robotsAnswer = pageOf(robotItem);

const groups = z.array(groupName).max(100);

export const robotBody = z.strictObject({
  name: accountName,
  groups: groups.default([]),
  expiresAt: expiry.default(null),
});

/** What is absent stays as it is. */
export const robotPatch = z
  .strictObject({ groups: groups.optional(), expiresAt: expiry.optional(), disabled: z.boolean().optional() })
  .refine((patch) => Object.keys(patch).length > 0, { message: "give something to change" });
