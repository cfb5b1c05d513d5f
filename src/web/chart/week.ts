// Hours as a week: Monday to Sunday, midnight to midnight UTC. A cell is the mean of its hours that were counted whole. Pure.

import type { PullsAnswer } from "../../wire/pulls.ts";
import { formatExact } from "../show/count.ts";

export interface WeekCell {
  /** 0 to 23, UTC. */
  readonly hour: number;
  /** Pulls of such an hour on average; undefined: none was counted whole. */
  readonly mean: number | undefined;
  readonly hours: number;
}

export const weekdays = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] as const;
export const weekdayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
/** How many shades there are, beside that of nothing. */
export const shades = 5;

/** Seven rows of 24. `buckets` are of hours. */
export function toWeek(buckets: PullsAnswer["buckets"]): WeekCell[][] {
  const sums = weekdays.map(() => Array.from({ length: 24 }, () => ({ pulls: 0, hours: 0 })));
  for (const { start, pulls, state } of buckets) {
    if (state !== "complete") continue;
    const date = new Date(start);
    const cell = sums[(date.getUTCDay() + 6) % 7]![date.getUTCHours()]!;
    cell.pulls += pulls;
    cell.hours += 1;
  }
  return sums.map((row) => row.map(({ pulls, hours }, hour) => ({ hour, mean: hours === 0 ? undefined : pulls / hours, hours })));
}

/** 0 for nothing, else 1 to `shades` in proportion to the fullest hour. */
export function shadeOf(mean: number, most: number): number {
  return mean === 0 ? 0 : Math.max(1, Math.ceil((mean / most) * shades));
}

/** `Most on Tuesdays from 14:00 to 15:00 UTC: 812 an hour`; undefined: nothing was pulled, or nothing is known. */
export function sayWeek(week: readonly (readonly WeekCell[])[]): string | undefined {
  let best: { day: number; hour: number; mean: number } | undefined;
  for (const [day, row] of week.entries()) {
    for (const { hour, mean } of row) if (mean !== undefined && mean > (best?.mean ?? 0)) best = { day, hour, mean };
  }
  if (best === undefined) return undefined;
  return `Most on ${weekdayNames[best.day]}s from ${twoDigits(best.hour)}:00 to ${twoDigits((best.hour + 1) % 24)}:00 UTC: ${sayMean(best.mean)}`;
}

/** `812 an hour` */
export function sayMean(mean: number): string {
  return `${mean >= 10 || Number.isInteger(mean) ? formatExact(Math.round(mean)) : mean.toFixed(1)} an hour`;
}

export function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
