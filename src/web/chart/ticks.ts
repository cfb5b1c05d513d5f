// Where words stand under the bars, so that they never run into each other: at full hours, days, months or years. Pure.

import type { Interval } from "../../wire/pulls.ts";
import type { Bar } from "./series.ts";
import { monthOf } from "../show/time.ts";
import { clock } from "./words.ts";

export interface Tick {
  /** Of the bar at whose left edge it stands. */
  readonly index: number;
  readonly label: string;
}

/** Pixels that a label needs. */
const room = 64;

/** `width` in pixels. Labels mark changes: of the day among hours, of the month among days, of the year among months. */
export function placeTicks(interval: Interval, bars: readonly Bar[], width: number): Tick[] {
  const most = Math.max(1, Math.floor(width / room));
  for (const step of stepsOf[interval]) {
    const ticks = bars.flatMap(({ startMs }, index) =>
      step.marks(new Date(startMs)) ? [{ index, label: step.label(startMs) }] : [],
    );
    // One at the right edge would stand outside.
    if (ticks.length <= most) return ticks.filter(({ index }) => (index / bars.length) * width <= width - room / 2);
  }
  return [];
}

interface Step {
  readonly marks: (date: Date) => boolean;
  readonly label: (startMs: number) => string;
}

const day = (startMs: number): string => `${new Date(startMs).getUTCDate()} ${monthOf(startMs)}`;
const year = (startMs: number): string => String(new Date(startMs).getUTCFullYear());
const month = (startMs: number): string => (new Date(startMs).getUTCMonth() === 0 ? year(startMs) : monthOf(startMs));
const hour = (startMs: number): string => (new Date(startMs).getUTCHours() === 0 ? day(startMs) : clock(startMs));

const everyHours = (hours: number): Step => ({ marks: (date) => date.getUTCHours() % hours === 0, label: hour });
const everyDays = (days: number): Step => ({
  marks: (date) => date.getUTCHours() === 0 && (days === 1 || (date.getUTCDate() % days === 1 && date.getUTCDate() < 31)),
  label: day,
});
const everyMonths = (months: number): Step => ({
  marks: (date) => date.getUTCDate() === 1 && date.getUTCHours() === 0 && date.getUTCMonth() % months === 0,
  label: month,
});
const everyYears = (years: number): Step => ({
  marks: (date) => date.getUTCMonth() === 0 && date.getUTCDate() === 1 && date.getUTCFullYear() % years === 0,
  label: year,
});

const byMonth = [everyMonths(1), everyMonths(3), everyMonths(6), ...[1, 2, 5, 10, 25].map(everyYears)];
const byDay = [...[1, 2, 5, 10].map(everyDays), ...byMonth];
const stepsOf: Readonly<Record<Interval, readonly Step[]>> = {
  hour: [...[1, 3, 6, 12].map(everyHours), ...byDay],
  day: byDay,
  month: byMonth,
};
