import { expect, test } from "vitest";
import { databases } from "../../test/peers/databases.ts";
import { ask, numbers, openLaboratory } from "../../test/pulls-laboratory.ts";
import { noteCountingOff } from "./off.ts";
import { countPast, type PastOptions, type PastPulls } from "./past.ts";
import { defaultPullSettings } from "./settings.ts";

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2025, 2, 3);

const byTag = { repositoryId: 1, manifestId: 21, tagEpoch: 11 };
const byDigest = { repositoryId: 1, manifestId: 23, tagEpoch: 0 };
const first: PastPulls[] = [
  { way: "by tag", ids: byTag, timeMs: start + hour, count: 5 },
  { way: "check", ids: byTag, timeMs: start + 2 * hour, count: 3 },
  { way: "direct", ids: byDigest, timeMs: start + day, count: 2 },
];
const second: PastPulls[] = [
  { way: "as child", ids: byDigest, timeMs: start + 400 * day, count: 4 },
  { way: "by tag", ids: byTag, timeMs: start + 400 * day, count: 1 },
];

test.each(databases.filter(({ skip }) => !skip))(
  "what was counted in the past stands in totals and history, with the time between as a gap, and counting goes on ($name)",
  async ({ open }) => {
    const opened = await open();
    const options = (fromMs: number, untilMs: number): PastOptions => {
      return { folder: opened.options.folder, database: opened.options, keeping: defaultPullSettings, fromMs, untilMs };
    };
    await countPast(options(start, start + 10 * day), first);
    noteCountingOff(opened.options.folder, start + 10 * day);
    await countPast(options(start + 20 * day, start + 300 * day), []);
    const gap = { fromMs: start + 300 * day, reason: "a reason" };
    await countPast({ ...options(start + 301 * day, start + 500 * day), gap }, second);

    const clock = { nowMs: start + 500 * day };
    const pulls = await openLaboratory({ ...opened.options, database: opened.options, db: opened.db, clock });
    try {
      expect(pulls.trackedSinceMs).toBe(start);
      await ask(pulls, { tag: 11, client: "a" });
      await pulls.foldNow();
      expect(await numbers(pulls)).toEqual({
        "registry 1": "9p 3c",
        "repository 1": "9p 3c",
        "tag 11": "7p 3c",
        "manifest 21": "7p 3c (7t 0d 0c)",
        "manifest 23": "6p 0c (0t 2d 4c)",
      });
      expect((await pulls.totals("manifest", [23])).get(23)).toMatchObject({
        lastDirectMs: start + day,
        lastChildMs: start + 400 * day,
      });
      const range = { kind: "tag", ids: [11], fromMs: start, toMs: clock.nowMs + day, interval: "day" } as const;
      const history = async (): Promise<unknown> => (await pulls.history(range)).buckets;
      const days = [
        { startMs: start, pulls: 5, checks: 3 },
        { startMs: start + 400 * day, pulls: 1, checks: 0 },
        { startMs: clock.nowMs, pulls: 1, checks: 0 },
      ];
      expect(await history()).toEqual(days);
      await pulls.tendNow();
      expect((await pulls.history({ ...range, interval: "month" })).buckets.map((bucket) => bucket.pulls)).toEqual([5, 1, 1]);
      const gaps = await pulls.gaps(start, clock.nowMs);
      expect(gaps).toEqual([
        { kind: "pulls", start_ms: start + 10 * day, end_ms: start + 20 * day, reason: "counting was switched off" },
        { kind: "pulls", start_ms: start + 300 * day, end_ms: start + 301 * day, reason: "a reason" },
      ]);
    } finally {
      await pulls.close();
      await opened.close();
    }
  },
);
