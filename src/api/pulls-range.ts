// The time that a question about pulls is about, and the intervals that it falls into. Times in milliseconds.

import { RegistryError } from "../oci/errors.ts";
import { startOf } from "../pulls/housekeeping.ts";
import { maxBuckets, type Interval } from "../wire/pulls.ts";

export interface AskedRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly all?: boolean | undefined;
  readonly interval: Interval | "auto";
}
export interface Range {
  readonly interval: Interval;
  /** Start of an interval. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}
export interface RangeFacts {
  readonly nowMs: number;
  /** Undefined: pulls are not counted. */
  readonly counted: { readonly trackedSinceMs: number; keptBy(timeMs: number): Interval } | undefined;
}

const dayMs = 86_400_000;
/** How far back an answer goes when nobody says. */
const spans: Record<Interval | "auto", number> = { hour: 2 * dayMs, day: 30 * dayMs, auto: 30 * dayMs, month: 365 * dayMs };
const shortest: Record<Interval, number> = { hour: dayMs / 24, day: dayMs, month: 28 * dayMs };
const finest: readonly Interval[] = ["hour", "day", "month"];
const longestByHour = 14 * dayMs;
const longestByDay = 2 * 366 * dayMs;

/** @throws REQUEST_INVALID */
export function toRange(asked: AskedRange, { nowMs, counted }: RangeFacts): Range {
  const toMs = asked.to === undefined ? nowMs : Date.parse(asked.to);
  const fromMs = firstMoment(asked, toMs, counted);
  if (fromMs >= toMs) throw new RegistryError("REQUEST_INVALID", { message: "`from` must lie before `to`" });
  const interval = asked.interval === "auto" ? fitting(toMs - fromMs, counted?.keptBy(fromMs)) : asked.interval;
  const buckets = Math.ceil((toMs - fromMs) / shortest[interval]);
  if (buckets >= maxBuckets) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `that would be about ${buckets} buckets, and an answer has at most ${maxBuckets}: ask for a shorter time or a longer interval`,
    });
  }
  return { interval, fromMs: startOf(interval, fromMs), toMs };
}

function firstMoment({ from, all, interval }: AskedRange, toMs: number, counted: RangeFacts["counted"]): number {
  if (from !== undefined) return Math.max(0, Date.parse(from));
  // Asked in the millisecond in which counting began, there is a first interval all the same.
  if (all === true && counted !== undefined) return Math.min(counted.trackedSinceMs, Math.max(0, toMs - 1));
  return Math.max(0, toMs - spans[interval]);
}

/** `kept`: finer than it there are no numbers, only sums that stand at the start of a day or month as if all had happened then. */
function fitting(lengthMs: number, kept: Interval = "hour"): Interval {
  const byLength = lengthMs <= longestByHour ? "hour" : lengthMs <= longestByDay ? "day" : "month";
  return finest[Math.max(finest.indexOf(byLength), finest.indexOf(kept))]!;
}

export function startsBetween({ interval, fromMs, toMs }: Range): number[] {
  const starts: number[] = [];
  for (let at = fromMs; at < toMs; at = nextStart(interval, at)) starts.push(at);
  return starts;
}

export function nextStart(interval: Interval, startMs: number): number {
  if (interval !== "month") return startMs + shortest[interval];
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
