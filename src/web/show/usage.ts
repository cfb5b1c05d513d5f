// The words for usage. The states themselves come from the server.

import type { Usage, UsageState } from "../../wire/usage.ts";
import { formatAge, formatDay, formatRelative } from "./time.ts";

export const usageOrder: readonly UsageState[] = ["used", "idle", "never", "new", "unknown"];

export const usageNames: Readonly<Record<UsageState, string>> = {
  used: "used",
  idle: "idle",
  never: "never pulled",
  new: "new",
  unknown: "unknown",
};

/** A clause for a row: `2 h ago`, `idle 94 d`, else the word of the state. */
export function formatUsage({ state, lastUsedAt, knownSince }: Usage, nowMs: number): string {
  switch (state) {
    case "used":
      return lastUsedAt === null ? "used" : formatRelative(lastUsedAt, nowMs);
    case "idle":
      return lastUsedAt === null ? "idle" : `idle ${formatAge(nowMs - Date.parse(lastUsedAt)) ?? "a moment"}`;
    case "never":
    case "new":
      return usageNames[state];
    case "unknown":
      return knownSince === null ? "unknown" : `unknown before ${formatDay(knownSince)}`;
  }
}
