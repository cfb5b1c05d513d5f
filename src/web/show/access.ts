// The words for accounts, tokens and rights. Pure.

import type { GivenRole, GrantSubject } from "../../wire/grants.ts";
import type { Account } from "../../wire/users.ts";
import { formatAge } from "./time.ts";

const day = 24 * 3_600_000;
const soonMs = 14 * day;
const unusedMs = 90 * day;

export interface Expiry {
  /** `never`, `in 12 d`, `3 d ago` */
  readonly text: string;
  readonly state: "never" | "far" | "soon" | "passed";
}

export function expiryOf(expiresAt: string | null, nowMs: number): Expiry {
  if (expiresAt === null) return { text: "never", state: "never" };
  const left = Date.parse(expiresAt) - nowMs;
  if (left <= 0) return { text: `${formatAge(-left) ?? "a moment"} ago`, state: "passed" };
  return { text: `in ${formatAge(left) ?? "a moment"}`, state: left < soonMs ? "soon" : "far" };
}

/** `94 d` when nobody came in with it for ninety days; undefined: in use, disabled anyway, or too new to say. */
export function unusedFor(
  { createdAt, lastUsedAt, disabledAt }: Pick<Account, "createdAt" | "lastUsedAt" | "disabledAt">,
  nowMs: number,
): string | undefined {
  const since = nowMs - Date.parse(lastUsedAt ?? createdAt);
  return disabledAt === null && since >= unusedMs ? formatAge(since) : undefined;
}

/** `everyone`, `group dev`, `ci` */
export function formatSubject(to: GrantSubject): string {
  if ("everyone" in to) return "everyone";
  return "group" in to ? `group ${to.group}` : to.account;
}

export function formatRole({ role, overwrite }: Pick<GivenRole, "role" | "overwrite">): string {
  return role === "push" && !overwrite ? "push, new tags only" : role;
}

/** One line of what a row of the audit log tells beyond who, what and when. */
export function formatDetail(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
