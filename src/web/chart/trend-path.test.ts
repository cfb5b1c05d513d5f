import { expect, test } from "vitest";
import { drawTrend, sayTrend, trendHeight } from "./trend-path.ts";

test("the highest day fills the height, the others stand in proportion, days without pulls draw nothing", () => {
  expect(drawTrend([0, 50, 100])).toBe(`M3 ${trendHeight}v-10h2v10zM6 ${trendHeight}v-20h2v20z`);
  expect(drawTrend([0, 0])).toBe("");
  expect(drawTrend([])).toBe("");
});

test("one pull beside thousands is still drawn", () => {
  expect(drawTrend([1, 9000])).toContain("v-1.5h2v1.5z");
});

test("a trend is said in words, with its sum and its highest day", () => {
  expect(sayTrend([0, 20, 9100])).toBe("9,120 pulls in 3 d, at most 9,100 a day");
  expect(sayTrend([1, 0])).toBe("1 pull in 2 d, at most 1 a day");
  expect(sayTrend(Array.from({ length: 30 }, () => 0))).toBe("no pulls in 30 d");
});
