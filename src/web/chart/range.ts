// Which time a chart is about and in what steps it is asked for. Times in milliseconds, steps in UTC. Pure.

import type { Interval } from "../../wire/pulls.ts";

export const presets = ["7d", "30d", "1y", "all"] as const;
export type Preset = (typeof presets)[number];

/** What the URL says: one of the presets, or two dates or times. */
export interface AskedRange {
  readonly range?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly interval?: string | undefined;
}

export interface Span {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

export interface ChosenRange extends Span {
  /** Undefined: two times. */
  readonly preset: Preset | undefined;
  readonly interval: Interval;
  /** Those that fit, the finest first. */
  readonly intervals: readonly Interval[];
}

interface RangeFacts {
  readonly nowMs: number;
  /** Undefined: not known, or not counted. */
  readonly trackedSinceMs: number | undefined;
  /** Of the drawing, in pixels. */
  readonly width: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const intervals: readonly Interval[] = ["hour", "day", "month"];
const days: Readonly<Record<Exclude<Preset, "all">, number>> = { "7d": 7, "30d": 30, "1y": 365 };
const shortest: Readonly<Record<Interval, number>> = { hour: hourMs, day: dayMs, month: 28 * dayMs };
/** Finer ones the server does not give: as `interval=auto` of /pulls. */
const longestByHour = 14 * dayMs;
const longestByDay = 2 * 366 * dayMs;
const fewMonths = 60 * dayMs;
/** A bar that the eye takes in, and one that can still be told from its neighbour. */
const goodWidth = 4;
const leastWidth = 2;

/** Nonsense in the URL is as if nothing stood there. */
export function chooseRange(asked: AskedRange, facts: RangeFacts): ChosenRange {
  const own = readSpan(asked, facts.nowMs);
  const preset = own !== undefined ? undefined : (presets.find((name) => name === asked.range) ?? "7d");
  const rough = own ?? spanOf(preset!, facts);
  const fitting = intervals.filter((interval) => fits(interval, rough, facts.width, leastWidth));
  const wanted = fitting.find((interval) => interval === asked.interval);
  const interval = wanted ?? fitting.find((one) => fits(one, rough, facts.width, goodWidth))!;
  // Whole steps, the one that is not over yet being the last: by day seven days are seven bars, not eight.
  const exact = preset === undefined || preset === "all" ? rough : lastSteps(rough, interval);
  return { ...exact, preset, interval, intervals: fitting };
}

/** The time just before, of the same length; undefined when counting began later. */
export function spanBefore({ fromMs, toMs, interval }: ChosenRange, trackedSinceMs: number | undefined): Span | undefined {
  const before =
    interval === "month"
      ? { fromMs: addMonths(fromMs, -monthsBetween(fromMs, toMs)), toMs: fromMs }
      : { fromMs: fromMs - Math.ceil((toMs - fromMs) / shortest[interval]) * shortest[interval], toMs: fromMs };
  return trackedSinceMs === undefined || before.toMs <= trackedSinceMs || before.fromMs < 0 ? undefined : before;
}

/** For the question: what is finest is left to the server, which knows how finely numbers of that age are kept. */
export function intervalToAsk({ interval, fromMs, toMs }: Pick<ChosenRange, "interval" | "fromMs" | "toMs">): Interval | "auto" {
  return interval === finestOf(toMs - fromMs) ? "auto" : interval;
}

export function startOf(interval: Interval, timeMs: number): number {
  const date = new Date(timeMs);
  if (interval === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return Math.floor(timeMs / shortest[interval]) * shortest[interval];
}

export function endOf(interval: Interval, startMs: number): number {
  return interval === "month" ? addMonths(startMs, 1) : startMs + shortest[interval];
}

/** Undefined: not two times in order. */
function readSpan({ from, to }: AskedRange, nowMs: number): Span | undefined {
  if (from === undefined) return undefined;
  const fromMs = Date.parse(from);
  const toMs = to === undefined ? nowMs : Math.min(nowMs, Date.parse(to));
  return fromMs >= 0 && fromMs < toMs ? { fromMs, toMs } : undefined;
}

function spanOf(preset: Preset, { nowMs, trackedSinceMs }: RangeFacts): Span {
  if (preset !== "all") return { fromMs: nowMs - days[preset] * dayMs, toMs: nowMs };
  return { fromMs: Math.min(trackedSinceMs ?? nowMs - dayMs, nowMs - hourMs), toMs: nowMs };
}

function lastSteps({ fromMs, toMs }: Span, interval: Interval): Span {
  if (interval === "month")
    return { fromMs: addMonths(startOf("month", toMs), 1 - Math.round((toMs - fromMs) / (30.4 * dayMs))), toMs };
  const first = startOf(interval, fromMs);
  // As /overview counts a week: its whole hours, and the one that is not over.
  return { fromMs: interval === "hour" || first === fromMs ? first : first + shortest[interval], toMs };
}

function finestOf(lengthMs: number): Interval {
  return lengthMs <= longestByHour ? "hour" : lengthMs <= longestByDay ? "day" : "month";
}

function fits(interval: Interval, { fromMs, toMs }: Span, width: number, barWidth: number): boolean {
  if (intervals.indexOf(interval) < intervals.indexOf(finestOf(toMs - fromMs))) return false;
  // However narrow it is: weeks are not seen in months.
  if (interval === (toMs - fromMs < fewMonths ? "day" : "month")) return true;
  return toMs - fromMs >= (interval === "month" ? fewMonths : 0) && (toMs - fromMs) / shortest[interval] <= width / barWidth;
}

function addMonths(startMs: number, months: number): number {
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months);
}

function monthsBetween(fromMs: number, toMs: number): number {
  const [from, to] = [new Date(fromMs), new Date(toMs - 1)];
  return (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth() + 1;
}
