// Tokens in tables.

import type { z } from "zod";
import { tokensAnswer, type tokenItem } from "../wire/tokens.ts";
import { showAgo, showCount, showSpan } from "./human.ts";
import type { Server } from "./server.ts";
import type { Column } from "./table.ts";

export type TokenItem = z.infer<typeof tokenItem>;

export function tokenColumns(nowMs: number): Column<TokenItem>[] {
  return [
    { header: "ID", cell: ({ id }) => String(id), align: "right" },
    { header: "TOKEN", cell: ({ name }) => name },
    { header: "OF", cell: ({ of }) => of },
    { header: "LIMIT", cell: ({ role }) => role ?? "-" },
    { header: "EXPIRES", cell: ({ expiresAt }) => showExpiry(expiresAt, nowMs) },
    { header: "LAST USED", cell: ({ lastUsedAt }) => showAgo(lastUsedAt, nowMs) },
    { header: "CREATED", cell: ({ createdAt }) => showAgo(createdAt, nowMs), optional: true },
    { header: "BY", cell: ({ createdBy }) => createdBy ?? "-", optional: true },
  ];
}

/** in 40 h, in 90 d, 2 h ago, never */
export function showExpiry(iso: string | null, nowMs: number): string {
  if (iso === null) return "never";
  const ms = Date.parse(iso) - nowMs;
  if (ms <= 0) return `expired ${showAgo(iso, nowMs)}`;
  return ms < 2 * dayMs ? `in ${showSpan(ms)}` : `in ${showCount(Math.round(ms / dayMs))} d`;
}
const dayMs = 86_400_000;

/** An account has a bounded number of them. */
export async function readTokens(server: Server, of: string): Promise<readonly TokenItem[]> {
  return (await server.get("/api/v1/tokens", { of, limit: 1000 }, tokensAnswer)).items;
}
