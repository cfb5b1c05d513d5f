import { expect, test } from "vitest";
import { formatAge, formatDay, formatRelative, formatUtc } from "./time.ts";

test("days are called the same everywhere, whatever a browser calls a month", () => {
  expect(formatDay("2026-09-07T23:59:59Z")).toBe("7 Sep 2026");
  expect(formatDay(Date.UTC(2026, 10, 17))).toBe("17 Nov 2026");
});

test("exact times are in UTC", () => {
  expect(formatUtc("2026-11-17T09:12:44.123+02:00")).toBe("2026-11-17 07:12:44 UTC");
});

test("what is a little ahead is now, as clocks differ", () => {
  const now = Date.UTC(2026, 10, 17);
  expect(formatRelative("2026-11-17T00:00:20Z", now)).toBe("just now");
  expect(formatRelative("2026-11-16T22:00:00Z", now)).toBe("2 h ago");
  expect(formatAge(94 * 86_400_000)).toBe("3 months");
});
