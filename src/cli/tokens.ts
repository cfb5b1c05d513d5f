// Tokens in tables.

import type { z } from "zod";
import { tokensAnswer, type tokenItem } from "../wire/tokens.ts";
import { showAgo, showSpan } from "./human.ts";
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

/** in 89 d, 2 h ago, never */
export function showExpiry(iso: string | null, nowMs: number): string {
  if (iso === null) return "never";
  const ms = Date.parse(iso) - nowMs;
  return ms > 0 ? `in ${showSpan(ms)}` : showAgo(iso, nowMs);
}

/** An account has a bounded number of them. */
export async function readTokens(server: Server, of: string): Promise<readonly TokenItem[]> {
  return (await server.get("/api/v1/tokens", { of, limit: 1000 }, tokensAnswer)).items;
}
