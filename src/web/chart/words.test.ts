import { expect, test } from "vitest";
import type { Bar, Gap, Series } from "./series.ts";
import { sayBar, sayBefore, sayBucket, sayChange, sayGap, sayLength, sayPulls, sayRange } from "./words.ts";

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 10, 17, 14);
const week = { preset: "7d", fromMs: startMs - 168 * hourMs, toMs: startMs } as const;
const gap: Gap = { kind: "pulls", fromMs: startMs, toMs: startMs + 3.2 * hourMs, reason: "disk full", isOpen: false };

function seriesOf(more: Partial<Series> = {}): Series {
  return {
    interval: "hour",
    bars: [],
    gaps: [],
    gapMs: 0,
    pulls: 48_210,
    checks: 0,
    trackedSinceMs: undefined,
    compared: undefined,
    ...more,
  };
}
function barOf(more: Partial<Bar> = {}): Bar {
  return {
    startMs,
    endMs: startMs + hourMs,
    pulls: 812,
    checks: 0,
    state: "complete",
    isOpen: false,
    before: undefined,
    ...more,
  };
}

test("the heading answers: how many, in which time, and how that compares", () => {
  expect(sayPulls(seriesOf({ compared: { now: 106, before: 100 } }), week)).toBe("48,210 pulls in 7 days, 6 % more than before");
  expect(sayPulls(seriesOf({ pulls: 1 }), week)).toBe("1 pull in 7 days");
  expect(sayPulls(seriesOf({ pulls: 0 }), week)).toBe("No pulls in 7 days");
});

test("with a gap the heading says at least, how much is missing, and compares nothing", () => {
  const words = sayPulls(seriesOf({ gapMs: 3.2 * hourMs, compared: { now: 2, before: 1 } }), week);
  expect(words).toBe("At least 48,210 pulls in 7 days, 3 h 12 min not counted");
  expect(sayPulls(seriesOf({ pulls: 0, gapMs: hourMs }), week)).toBe("No pull counted in 7 days, 1 h not counted");
});

test("when counting began within the range, the heading is about what was counted", () => {
  expect(sayPulls(seriesOf({ trackedSinceMs: Date.UTC(2026, 10, 15, 3) }), week)).toBe(
    "48,210 pulls since counting began on 15 Nov 2026",
  );
});

test.each([
  [{ now: 106, before: 100 }, "6 % more than before"],
  [{ now: 60, before: 100 }, "40 % fewer than before"],
  [{ now: 0, before: 100 }, "100 % fewer than before"],
  [{ now: 5, before: 5 }, "as many as before"],
  [{ now: 5, before: 0 }, "none before"],
  [{ now: 1001, before: 1000 }, "less than 1 % more than before"],
  [{ now: 4000, before: 100 }, "40 times as many as before"],
])("%j is said as %s", (change, words) => {
  expect(sayChange(change)).toBe(words);
});

test("a range of two times is said with its days, a short one with its hours", () => {
  const own = { preset: undefined, fromMs: Date.UTC(2026, 10, 3), toMs: Date.UTC(2026, 10, 10) };
  expect(sayRange(own)).toBe("from 3 Nov 2026 to 9 Nov 2026");
  expect(sayRange({ ...own, toMs: Date.UTC(2026, 10, 3, 5) })).toBe("from 3 Nov 2026 00:00 to 3 Nov 2026 05:00 UTC");
  expect(sayRange({ ...own, preset: "all" })).toBe("since 3 Nov 2026");
});

test("a bucket is named by its hour, day or month", () => {
  expect(sayBucket("hour", barOf())).toBe("17 Nov 2026, 14:00 to 15:00 UTC");
  expect(sayBucket("day", barOf())).toBe("17 Nov 2026");
  expect(sayBucket("month", barOf())).toBe("Nov 2026");
});

test("a bar is spoken with what is known of it", () => {
  const say = (more: Partial<Bar>, gaps: Gap[] = []): string =>
    sayBar(seriesOf({ bars: [barOf(more)], gaps }), 0).replace(/^.*UTC: /, "");
  expect(say({ before: 790, checks: 3 })).toBe("812 pulls, 790 before, 3 checks");
  expect(say({ pulls: 1, checks: 1 })).toBe("1 pull, 1 check");
  expect(say({ pulls: 0 })).toBe("no pulls");
  expect(say({ isOpen: true, state: "open" })).toBe("812 pulls so far");
  expect(say({ state: "untracked", pulls: 0 })).toBe("not tracked");
  expect(say({ state: "gap", pulls: 0 }, [gap])).toBe("no pull counted, 3 h 12 min not counted: disk full");
});

test("the line of the time before is named, where there is one", () => {
  const ofDays = (days: number, before?: number): string | undefined =>
    sayBefore({ bars: [barOf({ before }), barOf({ before, endMs: startMs + days * 24 * hourMs })] });
  expect(ofDays(7, 3)).toBe("Grey line: the 7 days before");
  expect(ofDays(1, 0)).toBe("Grey line: the same time before");
  expect(ofDays(7)).toBeUndefined();
});

test("a gap is named with length, time and cause", () => {
  expect(sayGap(gap)).toBe("3 h 12 min not counted, 17 Nov 2026 14:00 to 17:12 UTC: disk full");
  expect(sayGap({ ...gap, toMs: startMs + 20 * hourMs })).toContain("17 Nov 2026 14:00 to 18 Nov 2026 10:00 UTC");
  expect(sayGap({ ...gap, isOpen: true })).toContain("14:00 until now: disk full");
  expect(sayGap({ ...gap, kind: "attribution" })).toContain("counted, but perhaps not for their tag");
});

test.each([
  [500, "1 s"],
  [59_000, "59 s"],
  [90_000, "2 min"],
  [hourMs, "1 h"],
  [47.5 * hourMs, "47 h 30 min"],
  [76 * hourMs, "3 d 4 h"],
  [96 * hourMs, "4 d"],
])("%i ms are %s", (ms, words) => {
  expect(sayLength(ms)).toBe(words);
});
