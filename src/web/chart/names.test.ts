import { expect, test } from "vitest";
import { placeNames } from "./names.ts";
import type { Bar, BarState, Gap, Series } from "./series.ts";

const dayMs = 86_400_000;

function seriesOf(states: readonly BarState[], isOpen = false): Series {
  const bars = states.map((state, day): Bar => {
    const last = day === states.length - 1;
    return {
      startMs: day * dayMs,
      endMs: (day + 1) * dayMs,
      pulls: 1,
      checks: 0,
      state,
      isOpen: isOpen && last,
      before: undefined,
    };
  });
  const gaps = bars
    .filter(({ state }) => state === "gap")
    .map(({ startMs }): Gap => ({ kind: "pulls", fromMs: startMs, toMs: startMs + 3_600_000, reason: "", isOpen: false }));
  return { interval: "day", bars, gaps, gapMs: 0, pulls: 0, checks: 0, trackedSinceMs: undefined, compared: undefined };
}

test("a gap has its length above its middle, the open bar its words at the right edge", () => {
  expect(placeNames(seriesOf(["complete", "gap", "complete", "open"], true), 400)).toEqual([
    { text: "1 h", x: 150 },
    { text: "so far", x: 380.5 },
  ]);
});

test("words of the open bar and of its gap are one", () => {
  expect(placeNames(seriesOf(["complete", "gap"], true), 200).map(({ text }) => text)).toEqual(["1 h, so far"]);
});

test("names stay inside the chart, and what has no room is left out", () => {
  const [name] = placeNames(seriesOf(["untracked", "complete", "complete", "complete"]), 200);
  expect(name).toEqual({ text: "not tracked", x: 35.75 });
  expect(placeNames(seriesOf(["gap", "complete", "gap", "complete", "gap"]), 60).length).toBeLessThan(3);
  expect(placeNames(seriesOf([]), 60)).toEqual([]);
});
