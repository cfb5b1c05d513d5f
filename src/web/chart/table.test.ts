import { expect, test } from "vitest";
import { csvName, toCsv } from "./table.ts";

test("what is not tracked has no numbers in the file", () => {
  const text = toCsv({
    interval: "day",
    buckets: [
      { start: "2026-11-16T00:00:00Z", pulls: 0, checks: 0, state: "untracked" },
      { start: "2026-11-17T00:00:00Z", pulls: 3, checks: 1, state: "gap" },
    ],
  });
  expect(text).toBe(
    "start,interval,pulls,checks,state\r\n2026-11-16T00:00:00Z,day,,,untracked\r\n2026-11-17T00:00:00Z,day,3,1,gap\r\n",
  );
});

test("the file is called after what it is about, in letters that every system takes", () => {
  expect(csvName({ repository: "team/app", tag: "v1", digest: null })).toBe("team-app-v1-pulls.csv");
  expect(csvName({ repository: null, tag: null, digest: null })).toBe("registry-pulls.csv");
});
