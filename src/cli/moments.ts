// The times that flags take: a day, a moment, or how long ago; and for an end, how long from now.

import { RegistryError } from "../oci/errors.ts";

const spans: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_557_600_000 };
const moment = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** `2026-11-17`, `2026-11-17T09:30`, with a zone or in UTC, or `36h`, `7d`: so long before now. Milliseconds. @throws REQUEST_INVALID */
export function parseMoment(flag: string, text: string, nowMs: number): number {
  const span = parseSpan(text);
  if (span !== undefined) return Math.max(0, nowMs - span);
  const ms = parseDate(text);
  if (ms !== undefined) return ms;
  throw new RegistryError("REQUEST_INVALID", {
    message: `${flag} ${text} is not a time: give a day (2026-11-17), a moment (2026-11-17T09:30Z) or how long ago (36h, 7d, 4w, 1y)`,
  });
}

/** When something is to end, `90d`, a day or a moment, as ISO 8601; `never`: null. @throws REQUEST_INVALID */
export function parseExpiry(text: string, nowMs: number): string | null {
  if (text === "never") return null;
  const span = parseSpan(text);
  const ms = span === undefined ? parseDate(text) : nowMs + span;
  if (ms !== undefined && ms > nowMs && ms < latestMs) return new Date(ms).toISOString();
  const problem = ms === undefined ? "not a time" : ms > nowMs ? "too far away" : "in the past";
  throw new RegistryError("REQUEST_INVALID", {
    message: `--expires ${text} is ${problem}: give how long (36h, 90d, 1y), a day (2027-06-30) or never`,
  });
}
const latestMs = Date.UTC(9999, 0);

function parseSpan(text: string): number | undefined {
  const span = /^(\d{1,6})([mhdwy])$/.exec(text);
  return span === null ? undefined : Number(span[1]) * spans[span[2]!]!;
}

function parseDate(text: string): number | undefined {
  const parts = moment.exec(text);
  if (parts === null || !isDay(parts[1]!)) return undefined;
  const ms = Date.parse(text.includes("T") && parts[2] === undefined ? `${text}Z` : text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Date.parse takes 2026-02-30 for a day in March. */
function isDay(day: string): boolean {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}
