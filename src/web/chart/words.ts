// What a chart says in words: its heading, each of its bars, each of its gaps. Pure; all times UTC.

import type { Interval } from "../../wire/pulls.ts";
import { formatCount, formatExact, formatPulls } from "../show/count.ts";
import { upperFirst } from "../show/sentence.ts";
import { formatDay, monthOf } from "../show/time.ts";
import type { ChosenRange } from "./range.ts";
import { gapsWithin, lengthOf, type Bar, type Gap, type Series } from "./series.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `48,210 pulls in 7 days, 6 % more than in the 7 days before`; with a gap "At least …" or "No pull counted …", and how much of the time is not counted. */
export function sayPulls(series: Series, range: Pick<ChosenRange, "preset" | "fromMs" | "toMs">): string {
  const { pulls, gapMs, compared, trackedSinceMs } = series;
  const words = [
    `${upperFirst(formatPulls(pulls, gapMs > 0))} ${trackedSinceMs === undefined ? sayRange(range) : `since counting began on ${formatDay(trackedSinceMs)}`}`,
  ];
  if (gapMs > 0) words.push(`${sayLength(gapMs)} not counted`);
  else if (compared !== undefined) words.push(sayChange(compared));
  return words.join(", ");
}

/** `6 % more than before` */
export function sayChange({ now, before }: { now: number; before: number }): string {
  if (now === before) return "as many as before";
  if (before === 0) return "none before";
  const percent = Math.abs(now - before) / before;
  const word = now > before ? "more" : "fewer";
  if (now >= before * 10) return `${formatCount(Math.round(now / before))} times as many as before`;
  return `${percent < 0.01 ? "less than 1" : Math.round(percent * 100)} % ${word} than before`;
}

/** `in 7 days`, `from 3 Nov to 9 Nov 2026` (both included) */
export function sayRange({ preset, fromMs, toMs }: Pick<ChosenRange, "preset" | "fromMs" | "toMs">): string {
  if (preset === "7d") return "in 7 days";
  if (preset === "30d") return "in 30 days";
  if (preset === "1y") return "in a year";
  if (preset === "all") return `since ${formatDay(fromMs)}`;
  if (toMs - fromMs < 2 * dayMs) return `from ${sayMinute(fromMs)} to ${sayMinute(toMs)} UTC`;
  return `from ${formatDay(fromMs)} to ${formatDay(toMs - 1)}`;
}

/** `17 Nov 2026, 14:00 to 15:00`, `17 Nov 2026`, `Nov 2026` */
export function sayBucket(interval: Interval, { startMs, endMs }: Pick<Bar, "startMs" | "endMs">): string {
  if (interval === "month") return `${monthOf(startMs)} ${new Date(startMs).getUTCFullYear()}`;
  if (interval === "day") return formatDay(startMs);
  return `${formatDay(startMs)}, ${clock(startMs)} to ${clock(endMs)} UTC`;
}

/** What the line over the bars is: `Grey line: the 7 days before`; undefined: there is none. */
export function sayBefore({ bars }: Pick<Series, "bars">): string | undefined {
  if (bars.every(({ before }) => before === undefined)) return undefined;
  const days = Math.round((bars.at(-1)!.endMs - bars[0]!.startMs) / dayMs);
  return `Grey line: the ${days > 1 ? `${days} days` : "same time"} before`;
}

/** What stands when one is at a bar, and is spoken. */
export function sayBar({ interval, gaps, bars }: Series, i: number): string {
  const bar = bars[i]!;
  const when = sayBucket(interval, bar);
  if (bar.state === "untracked") return `${when}: not tracked`;
  const missing = bar.state === "gap" ? gapsWithin(gaps, bars, { first: i, last: i }) : [];
  const hasGap = missing.length > 0;
  const parts = [bar.pulls === 0 ? formatPulls(0, hasGap) : `${hasGap ? "at least " : ""}${exactOf(bar.pulls)}`];
  if (bar.isOpen) parts[0] += " so far";
  if (missing.length > 0) parts.push(`${sayGapLength(missing)} not counted: ${missing[0]!.reason}`);
  if (bar.before !== undefined) parts.push(`${formatExact(bar.before)} before`);
  if (bar.checks > 0) parts.push(`${formatExact(bar.checks)} ${bar.checks === 1 ? "check" : "checks"}`);
  return `${when}: ${parts.join(", ")}`;
}

/** `3 h 12 min not counted, 19 Nov 2026 10:04 to 13:16 UTC: counting was switched off` */
export function sayGap(gap: Gap): string {
  const what = gap.kind === "pulls" ? "not counted" : "counted, but perhaps not for their tag";
  const end = gap.isOpen ? "until now" : `to ${sameDay(gap.fromMs, gap.toMs) ? clock(gap.toMs) : sayMinute(gap.toMs)} UTC`;
  return `${sayGapLength([gap])} ${what}, ${sayMinute(gap.fromMs)} ${end}: ${gap.reason}`;
}

export function sayGapLength(gaps: readonly Gap[]): string {
  return sayLength(lengthOf(gaps));
}

/** `3 h 12 min`: two units at most, and never nothing. */
export function sayLength(ms: number): string {
  if (ms < minuteMs) return `${Math.max(1, Math.round(ms / 1000))} s`;
  const minutes = Math.round(ms / minuteMs);
  if (minutes < 60) return `${minutes} min`;
  if (ms < 2 * dayMs) return twoUnits(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(ms / hourMs);
  return twoUnits(Math.floor(hours / 24), "d", hours % 24, "h");
}

export function clock(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 16);
}

function sayMinute(timeMs: number): string {
  return `${formatDay(timeMs)} ${clock(timeMs)}`;
}

function sameDay(a: number, b: number): boolean {
  return Math.floor(a / dayMs) === Math.floor(b / dayMs);
}

function exactOf(pulls: number): string {
  return `${formatExact(pulls)} ${pulls === 1 ? "pull" : "pulls"}`;
}

function twoUnits(many: number, unit: string, few: number, smaller: string): string {
  return few === 0 ? `${many} ${unit}` : `${many} ${unit} ${few} ${smaller}`;
}
