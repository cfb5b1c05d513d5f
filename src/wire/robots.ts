// /api/v1/robots: accounts of programs. They come in with tokens only.

import { z } from "zod";
import { accountName, expiry } from "./access.ts";
import { givenRole } from "./grants.ts";
import { pageOf, time } from "./page.ts";
import { account, groupNames } from "./users.ts";

export const robotItem = account.extend({ expiresAt: time.nullable() });
export type RobotItem = z.infer<typeof robotItem>;
export const robotsAnswer = pageOf(robotItem);
export type RobotsAnswer = z.infer<typeof robotsAnswer>;

export const robotBody = z.strictObject({
  name: accountName,
  expiresAt: expiry.default(null).describe("When it may not come in any more, whatever its tokens say"),
  grants: z.array(givenRole).max(50).default([]),
});
export const newRobotAnswer = robotItem.extend({
  secret: z.string().describe("Its first token: shown this once and never again"),
});
export type NewRobotAnswer = z.infer<typeof newRobotAnswer>;

/** What is absent stays as it is. */
export const robotPatch = z
  .strictObject({ groups: groupNames.optional(), expiresAt: expiry.optional(), disabled: z.boolean().optional() })
  .refine((patch) => Object.keys(patch).length > 0, { message: "give something to change" });
