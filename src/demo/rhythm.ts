// How often the demo's repositories are pulled from: growth over two years, weeks with weekends, days with nights, holidays, and days on
// which something happened.

import { between, createRandom } from "./random.ts";
import type { Use } from "./repositories.ts";

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Pulls a day in the end, least and most. */
const daily: Readonly<Record<Use, readonly [least: number, most: number]>> = {
  hot: [400, 4000],
  busy: [30, 150],
  steady: [3, 20],
  quiet: [0.2, 2],
  idle: [2, 8],
  never: [0, 0],
  unknown: [0, 0],
  new: [0, 0],
};
const growthMs = 730 * dayMs;
const rampMs = 60 * dayMs;
/** For so long after its last push an idle repository is still pulled from. */
const fadeMs = 45 * dayMs;

export interface Rhythm {
  /** Pulls expected on the day that starts at `dayMs`. */
  onDay(dayStartMs: number): number;
  /** How much busier an hour of the day is than the average one. */
  inHour(hour: number): number;
}

export interface RhythmOptions {
  readonly name: string;
  readonly seed: string;
  readonly use: Use;
  readonly firstPushMs: number;
  readonly lastPushMs: number;
  readonly untilMs: number;
}

export function createRhythm({ name, seed, use, firstPushMs, lastPushMs, untilMs }: RhythmOptions): Rhythm {
  const random = createRandom(`${seed} ${name} rhythm`);
  const [least, most] = daily[use];
  const full = least + random() * (most - least);
  const grownFrom = 0.1 + random() * 0.5;
  const weekend = 0.15 + random() * 0.7;
  const peakHour = random() < 0.15 ? 2 : between(random, 9, 15);
  const hours = Array.from({ length: 24 }, (_, hour) => 0.35 + Math.exp(-((hoursApart(hour, peakHour) / 4) ** 2)));
  const average = hours.reduce((sum, share) => sum + share) / hours.length;
  return {
    onDay(dayStartMs) {
      if (dayStartMs + dayMs <= firstPushMs || (use === "idle" && dayStartMs > lastPushMs + fadeMs)) return 0;
      const day = new Date(dayStartMs);
      const grown = grownFrom + (1 - grownFrom) * Math.max(0, 1 - (untilMs - dayStartMs) / growthMs);
      const ramp = Math.min(1, 0.05 + Math.max(0, dayStartMs - firstPushMs) / rampMs);
      const week = day.getUTCDay() % 6 === 0 ? weekend : 1;
      return full * grown * ramp * week * (isHoliday(day) ? 0.4 : 1) * chanceOf(`${seed} ${name} ${dayStartMs}`);
    },
    inHour: (hour) => hours[hour]! / average,
  };
}

/** Nobody's days are alike, and on some everything restarts. */
function chanceOf(day: string): number {
  const random = createRandom(day);
  const usual = 0.75 + random() * 0.5;
  return random() < 0.015 ? usual * (2 + random() * 2) : usual;
}

function isHoliday(day: Date): boolean {
  const [month, date] = [day.getUTCMonth(), day.getUTCDate()];
  return (month === 11 && date >= 23) || (month === 0 && date <= 2);
}

function hoursApart(a: number, b: number): number {
  const apart = Math.abs(a - b);
  return Math.min(apart, 24 - apart);
}
