// /api/v1/tokens: secrets that stand for their owner where a password is asked for

import { z } from "zod";
import { accountName, expiry, roleName } from "./access.ts";
import { cursorParameter, limitParameter, optionalFlag, pageOf, time } from "./page.ts";

export const tokensQuery = z.strictObject({
  of: accountName.optional().describe("Whose; by default your own. Those of others are for administrators"),
  all: optionalFlag.describe("true: those of everybody; for administrators"),
  limit: limitParameter,
  cursor: cursorParameter,
  total: optionalFlag.describe("true: also count all"),
});

export const tokenItem = z.strictObject({
  id: z.int(),
  of: z.string(),
  name: z.string(),
  role: roleName.nullable().describe("What it is good for at most; null: all that its owner may"),
  createdAt: time,
  createdBy: z.string().nullable(),
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable().describe("To the minute; null: never"),
});
/** Without those that were revoked, in the order in which they were made. */
export const tokensAnswer = pageOf(tokenItem);
export type TokensAnswer = z.infer<typeof tokensAnswer>;

export const tokenBody = z.strictObject({
  of: accountName.optional().describe("Whose; by default your own"),
  name: z.string().min(1).max(100).describe("What it is for"),
  role: roleName.nullable().default(null),
  expiresAt: expiry.default(null),
  replace: z.boolean().default(false).describe("true: all others of its owner are void in the same instant"),
});

export const tokenAnswer = tokenItem.extend({ secret: z.string().describe("Shown this once and never again") });
export type TokenAnswer = z.infer<typeof tokenAnswer>;
