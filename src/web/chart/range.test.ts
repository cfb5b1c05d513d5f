import { expect, test } from "vitest";
import { chooseRange, endOf, intervalToAsk, spanBefore, startOf } from "./range.ts";

const nowMs = Date.UTC(2026, 10, 18, 14, 20);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const facts = { nowMs, trackedSinceMs: Date.UTC(2016, 10, 20), width: 1000 };
const iso = (timeMs: number): string => new Date(timeMs).toISOString();

test("seven days are their 168 hours where they fit, and the one that is not over", () => {
  const range = chooseRange({}, facts);
  expect(range).toMatchObject({ preset: "7d", interval: "hour", intervals: ["hour", "day"], toMs: nowMs });
  expect(iso(range.fromMs)).toBe("2026-11-11T14:00:00.000Z");
  expect((startOf("hour", nowMs) - range.fromMs) / 3_600_000).toBe(168);
});

test("on a narrow screen seven days are seven days, today being the last", () => {
  const range = chooseRange({ range: "7d" }, { ...facts, width: 300 });
  expect(range).toMatchObject({ interval: "day", intervals: ["day"] });
  expect(iso(range.fromMs)).toBe("2026-11-12T00:00:00.000Z");
});

test("weeks are not seen in months, however narrow it is, nor years in days", () => {
  for (const range of ["7d", "30d"])
    expect(chooseRange({ range, interval: "month" }, { ...facts, width: 1 }).interval).toBe("day");
  expect(chooseRange({ range: "1y" }, { ...facts, width: 1 }).interval).toBe("month");
});

test("a bar has four pixels unless somebody asks for narrower ones, and never fewer than two", () => {
  expect(chooseRange({ range: "1y" }, facts)).toMatchObject({ interval: "month", intervals: ["day", "month"] });
  expect(chooseRange({ range: "1y", interval: "day" }, facts).interval).toBe("day");
  expect(chooseRange({ range: "1y" }, { ...facts, width: 1600 }).interval).toBe("day");
  expect(chooseRange({ range: "1y", interval: "day" }, { ...facts, width: 700 }).interval).toBe("month");
  expect(chooseRange({ range: "30d", interval: "hour" }, { ...facts, width: 4000 }).interval).toBe("day");
});

test("a year by month is twelve months, the present one included", () => {
  const range = chooseRange({ range: "1y" }, facts);
  expect(iso(range.fromMs)).toBe("2025-12-01T00:00:00.000Z");
});

test("everything begins where counting began; ten years are months", () => {
  const range = chooseRange({ range: "all" }, facts);
  expect(range).toMatchObject({ interval: "month", intervals: ["month"], fromMs: facts.trackedSinceMs });
});

test("two times stand as they are, up to now; what is no range is the last seven days", () => {
  const own = chooseRange({ from: "2026-11-01", to: "2026-11-04" }, facts);
  expect(own).toMatchObject({ preset: undefined, fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 10, 4), interval: "hour" });
  expect(chooseRange({ from: "2026-11-01", to: "2030-01-01" }, facts).toMs).toBe(nowMs);
  for (const wrong of [
    { from: "yesterday" },
    { from: "2026-11-04", to: "2026-11-01" },
    { range: "2y" },
    { from: "2030-01-01" },
  ]) {
    expect(chooseRange(wrong, facts).preset).toBe("7d");
  }
});

test("the time before is as long and has as many steps; there is none before counting began", () => {
  const hours = chooseRange({}, facts);
  expect(spanBefore(hours, facts.trackedSinceMs)).toEqual({ fromMs: hours.fromMs - 7 * dayMs - hourMs, toMs: hours.fromMs });
  const months = chooseRange({ range: "1y" }, facts);
  expect(iso(spanBefore(months, facts.trackedSinceMs)!.fromMs)).toBe("2024-12-01T00:00:00.000Z");
  expect(spanBefore(chooseRange({ range: "all" }, facts), facts.trackedSinceMs)).toBeUndefined();
  expect(spanBefore(hours, undefined)).toBeUndefined();
});

test("the finest step is the server's to choose, because old numbers are kept by day and month", () => {
  expect(intervalToAsk(chooseRange({}, facts))).toBe("auto");
  expect(intervalToAsk(chooseRange({ interval: "day" }, facts))).toBe("day");
  expect(intervalToAsk(chooseRange({ range: "30d" }, facts))).toBe("auto");
});

test("months end where the next begins", () => {
  expect(iso(endOf("month", Date.UTC(2026, 1, 1)))).toBe("2026-03-01T00:00:00.000Z");
  expect(iso(startOf("month", nowMs))).toBe("2026-11-01T00:00:00.000Z");
  expect(iso(startOf("day", nowMs))).toBe("2026-11-18T00:00:00.000Z");
});
