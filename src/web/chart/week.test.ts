import { expect, test } from "vitest";
import type { PullsAnswer } from "../../wire/pulls.ts";
import { sayWeek, shadeOf, toWeek } from "./week.ts";

const hour = (
  start: string,
  pulls: number,
  state: PullsAnswer["buckets"][number]["state"] = "complete",
): PullsAnswer["buckets"][number] => ({
  start,
  pulls,
  checks: 0,
  state,
});

test("a cell is the mean of its hours, and only of those that were counted whole", () => {
  const week = toWeek([
    hour("2026-11-17T14:00:00Z", 10),
    hour("2026-11-10T14:00:00Z", 5),
    hour("2026-11-03T14:00:00Z", 99, "gap"),
    hour("2026-11-16T00:00:00Z", 0),
    hour("2026-11-22T23:00:00Z", 4, "open"),
  ]);
  expect(week[1]![14]).toEqual({ hour: 14, mean: 7.5, hours: 2 });
  expect(week[0]![0]).toEqual({ hour: 0, mean: 0, hours: 1 });
  expect(week[6]![23]).toEqual({ hour: 23, mean: undefined, hours: 0 });
  expect(sayWeek(week)).toBe("Most on Tuesdays from 14:00 to 15:00 UTC: 7.5 an hour");
});

test("nothing pulled has no most", () => {
  expect(sayWeek(toWeek([hour("2026-11-17T14:00:00Z", 0)]))).toBeUndefined();
});

test("a little is never the shade of nothing", () => {
  expect([0, 0.01, 20, 99, 100].map((mean) => shadeOf(mean, 100))).toEqual([0, 1, 1, 5, 5]);
});
