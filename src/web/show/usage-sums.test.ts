import { expect, test } from "vitest";
import { sayUsage, sumOf, toParts } from "./usage-sums.ts";

const counts = { used: 780, idle: 301, never: 97, new: 12, unknown: 14 };
const none = { used: 0, idle: 0, never: 0, new: 0, unknown: 0 };

test("idle and never pulled are what is not used, of all tags", () => {
  expect(sumOf(counts)).toBe(1204);
  expect(sayUsage(counts, 30)).toBe("398 of 1,204 tags are idle for 30 d or were never pulled");
  expect(sayUsage({ ...none, used: 3, never: 1 }, undefined)).toBe("1 of 4 tags is idle or was never pulled");
});

test("what is not known is not said to be used", () => {
  expect(sayUsage({ ...none, used: 3, unknown: 1 }, 30)).toBe("No tag is known to be idle for 30 d");
  expect(sayUsage({ ...none, unknown: 5 }, 30)).toBe("Not known yet of its 5 tags");
  expect(sayUsage(none, 30)).toBe("There are no tags yet");
});

test("where nothing is idle, what is used and what is new are told apart", () => {
  expect(sayUsage({ ...none, used: 3 }, 30)).toBe("All of it: 3 tags are used, none is idle for 30 d");
  expect(sayUsage({ ...none, used: 3, new: 1_200 }, 30)).toBe(
    "No tag is idle for 30 d: 3 of 1,203 are used, 1,200 new and not pulled yet",
  );
  expect(sayUsage({ ...none, new: 3 }, 30)).toBe("All 3 tags are new: not pulled yet");
  expect(sayUsage({ ...none, new: 1 }, 30)).toBe("Its one tag is new: not pulled yet");
  expect(sayUsage({ ...none, used: 1 }, 30)).toBe("Yes: its one tag is used");
});

test("the parts are always five, in one order, and their shares are one whole", () => {
  const parts = toParts(counts, none);
  expect(parts.map(({ state }) => state)).toEqual(["used", "idle", "never", "new", "unknown"]);
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  expect(toParts(none).every(({ share, bytes }) => share === 0 && bytes === undefined)).toBe(true);
});
