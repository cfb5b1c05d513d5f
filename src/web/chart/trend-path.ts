// Bars of a row as one path: a row of a list of thousands has one element for thirty days. Pure.

import { formatCount, formatOf } from "../show/count.ts";

export const trendWidth = 89;
export const trendHeight = 20;
const barWidth = 2;
const step = 3;
/** A day with one pull among days with thousands is still seen. */
const shortest = 1.5;

/** "" when there was nothing. The highest day fills the height: a trend compares days of one row, not rows. */
export function drawTrend(days: readonly number[]): string {
  const most = Math.max(...days, 0);
  if (most === 0) return "";
  return days
    .map((pulls, i) => {
      if (pulls === 0) return "";
      const height = round(Math.max(shortest, (pulls / most) * trendHeight));
      return `M${i * step} ${trendHeight}v-${height}h${barWidth}v${height}z`;
    })
    .join("");
}

export function sumTrend(days: readonly number[]): number {
  return days.reduce((total, pulls) => total + pulls, 0);
}

/** `9,120 pulls in 30 d, at most 812 a day` */
export function sayTrend(days: readonly number[]): string {
  const sum = sumTrend(days);
  if (sum === 0) return `no pulls in ${days.length} d`;
  return `${formatOf(sum, "pull")} in ${days.length} d, at most ${formatCount(Math.max(...days))} a day`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
