import { expect, test } from "vitest";
import { formatWait } from "./wait.ts";

const now = Date.UTC(2026, 10, 21, 12);

test("a wait is told in the unit that fits, never as less than it is", () => {
  expect(["0", "1", "25", "90", "91", "3600", "7300"].map((text) => formatWait(text, now))).toEqual([
    "1 s",
    "1 s",
    "25 s",
    "90 s",
    "2 min",
    "60 min",
    "3 h",
  ]);
});

test("a date is as good as seconds, also one that has passed", () => {
  expect(formatWait("Sat, 21 Nov 2026 12:00:30 GMT", now)).toBe("30 s");
  expect(formatWait("Sat, 21 Nov 2026 11:00:00 GMT", now)).toBe("1 s");
  expect(formatWait("soon", now)).toBe("a moment");
});
