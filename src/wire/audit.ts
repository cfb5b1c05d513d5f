// GET /api/v1/audit: who did what to which object from where

import { z } from "zod";
import { accountName } from "./access.ts";
import { cursorParameter, limitParameter, optionalFlag, pageOf, repositoryParameter, time } from "./page.ts";

const point = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

export const auditQuery = z.strictObject({
  principal: accountName.optional(),
  action: z.string().min(1).max(64).optional().describe("Such as user.create"),
  object: z.string().min(1).max(400).optional(),
  repository: repositoryParameter.optional().describe("It, and everything in it"),
  outcome: z.enum(["done", "refused"]).optional(),
  from: point.optional().describe("A date or ISO 8601 time"),
  to: point.optional().describe("Exclusive"),
  format: z.enum(["json", "csv"]).default("json").describe("csv: everything that the filters let through, without pages"),
  limit: limitParameter,
  cursor: cursorParameter,
  total: optionalFlag.describe("true: also count all"),
});

export const auditItem = z.strictObject({
  id: z.int(),
  at: time,
  principal: z.string(),
  action: z.string(),
  objectKind: z.string(),
  object: z.string(),
  outcome: z.enum(["done", "refused"]),
  address: z.string().nullable().describe("null: at the console of the machine"),
  userAgent: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export type AuditItem = z.infer<typeof auditItem>;

/** The latest first. */
export const auditAnswer = pageOf(auditItem);
export type AuditAnswer = z.infer<typeof auditAnswer>;
