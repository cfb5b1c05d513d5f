import { expect, test } from "vitest";
import type { Interval } from "../../wire/pulls.ts";
import { endOf } from "./range.ts";
import type { Bar } from "./series.ts";
import { placeTicks } from "./ticks.ts";

function barsOf(interval: Interval, startMs: number, count: number): Bar[] {
  let atMs = startMs;
  return Array.from({ length: count }, () => {
    const bar: Bar = {
      startMs: atMs,
      endMs: endOf(interval, atMs),
      pulls: 0,
      checks: 0,
      state: "complete",
      isOpen: false,
      before: undefined,
    };
    atMs = bar.endMs;
    return bar;
  });
}
const labels = (interval: Interval, startMs: number, count: number, width = 1000): string[] =>
  placeTicks(interval, barsOf(interval, startMs, count), width).map(({ label }) => label);

test("a week of hours is marked by its days, a day of hours by hours", () => {
  expect(labels("hour", Date.UTC(2026, 10, 11, 15), 168)).toContain("14 Nov");
  expect(labels("hour", Date.UTC(2026, 10, 11, 23), 24)).toEqual([
    "12 Nov",
    "03:00",
    "06:00",
    "09:00",
    "12:00",
    "15:00",
    "18:00",
    "21:00",
  ]);
});

test("a month of days has no label on the 31st beside the first", () => {
  expect(labels("day", Date.UTC(2026, 9, 20), 30, 400)).toEqual(["21 Oct", "26 Oct", "1 Nov", "6 Nov", "11 Nov", "16 Nov"]);
});

test("a year of months names the year where it begins", () => {
  expect(labels("month", Date.UTC(2025, 11, 1), 12)).toEqual([
    "Dec",
    "2026",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
  ]);
});

test("ten years of months are marked by years, and fit a phone", () => {
  expect(labels("month", Date.UTC(2016, 11, 1), 120)).toEqual([
    "2017",
    "2018",
    "2019",
    "2020",
    "2021",
    "2022",
    "2023",
    "2024",
    "2025",
    "2026",
  ]);
  expect(labels("month", Date.UTC(2016, 11, 1), 120, 300).length).toBeLessThanOrEqual(4);
});
