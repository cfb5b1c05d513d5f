// What every LiveCounters promises (src/pulls/live.ts): sums that the database does not have yet, per slice.

import { beforeEach, describe, expect, test } from "vitest";
import type { LiveCounters } from "../../src/pulls/live.ts";
import { PullRecord, recordKinds, type RecordKind } from "../../src/pulls/record.ts";
import { hourMs, Sums } from "../../src/pulls/sums.ts";
import { registryId } from "../../src/store/pull-totals.ts";

const none: ReadonlySet<string> = new Set();
const start = 490_000 * hourMs;

function sumsOf(...records: [kind: RecordKind, fields: Partial<PullRecord>][]): Sums {
  const sums = new Sums();
  for (const [kind, fields] of records) {
    sums.add(Object.assign(new PullRecord(), { kind, repositoryId: 1, manifestId: 2, timeMs: start, ...fields }));
  }
  return sums;
}
const byTag = (tagEpoch: number, fields: Partial<PullRecord> = {}): [RecordKind, Partial<PullRecord>] => [
  recordKinds.byTag,
  { tagEpoch, ...fields },
];

export function liveCountersContract(name: string, open: () => Promise<LiveCounters>): void {
  describe(name, () => {
    let live: LiveCounters;
    beforeEach(async () => {
      live = await open();
    });
    const pullsOf = async (tagEpoch: number, applied = none): Promise<number> => {
      const view = await live.view();
      return (await view.deltas("tag", [tagEpoch], applied)).get(tagEpoch)?.pulls ?? 0;
    };

    test("the sums of all slices add up; times are the latest, and the last tag is that of the latest time", async () => {
      live.put("a", sumsOf(byTag(3), byTag(3, { timeMs: start + 9 }), byTag(4, { timeMs: start + 20 })));
      live.put("b", sumsOf(byTag(3, { timeMs: start + 5 }), [recordKinds.check, { tagEpoch: 3, timeMs: start + 7 }]));
      const view = await live.view();
      expect([...view.slices].sort()).toEqual(["a", "b"]);
      const tags = await view.deltas("tag", [3, 4, 99], none);
      expect([...tags.keys()].sort((x, y) => x - y)).toEqual([3, 4]);
      expect(tags.get(3)).toMatchObject({
        repositoryId: 1,
        pulls: 3,
        checks: 1,
        lastPulledMs: start + 9,
        lastCheckedMs: start + 7,
      });
      expect((await view.deltas("manifest", [2], none)).get(2)).toMatchObject({
        pulls: 4,
        tagPulls: 4,
        lastTag: 4,
        lastTagMs: start + 20,
      });
      expect((await view.deltas("repository", [1], none)).get(1)).toMatchObject({ pulls: 4, checks: 1, tagPulls: 0 });
    });

    test("the registry is what all its repositories add up to", async () => {
      live.put("a", sumsOf(byTag(3), byTag(5, { repositoryId: 2, timeMs: start + 9 })));
      live.put("b", sumsOf(byTag(3, { timeMs: start - 1 }), [recordKinds.check, { repositoryId: 2 }]));
      const view = await live.view();
      const sums = (await view.deltas("registry", [registryId], none)).get(registryId);
      expect(sums).toMatchObject({ repositoryId: 0, pulls: 3, checks: 1, lastPulledMs: start + 9, lastCheckedMs: start });
      const hours = (await view.hours("registry", [registryId], none)).map(({ startMs, pulls }) => [startMs, pulls]);
      expect(hours.sort(([a, n], [b, m]) => a! - b! || n! - m!)).toEqual([
        [start - hourMs, 1],
        [start, 0],
        [start, 2],
      ]);
      expect(await view.hours("repository", [1, 2], none)).toHaveLength(4);
    });

    test("putting twice is harmless: sums are absolute", async () => {
      const sums = sumsOf(byTag(3));
      live.put("a", sums);
      live.put("a", sums);
      expect(await pullsOf(3)).toBe(1);
      sums.add(Object.assign(new PullRecord(), { kind: recordKinds.byTag, tagEpoch: 3, timeMs: start }));
      live.put("a", sums);
      expect(await pullsOf(3)).toBe(2);
    });

    test("slices that the snapshot has already are left out", async () => {
      live.put("a", sumsOf(byTag(3)));
      live.put("b", sumsOf(byTag(3)));
      expect(await pullsOf(3, new Set(["a"]))).toBe(1);
      expect(await pullsOf(3, new Set(["a", "b"]))).toBe(0);
    });

    test("a dropped slice is gone for later views and still there for earlier ones", async () => {
      live.put("a", sumsOf(byTag(3)));
      const before = await live.view();
      live.drop("a");
      expect((await live.view()).slices).toEqual([]);
      expect(await pullsOf(3)).toBe(0);
      expect((await before.deltas("tag", [3], none)).get(3)?.pulls).toBe(1);
      live.drop("a");
    });

    test("dirty ids are those with sums, a birth or a death, in one repository or in all", async () => {
      live.put("a", sumsOf(byTag(3), [recordKinds.born, { counted: 1, id: 7 }], [recordKinds.died, { counted: 1, id: 8 }]));
      live.put("b", sumsOf(byTag(5, { repositoryId: 2 }), [recordKinds.born, { counted: 1, id: 9, repositoryId: 2 }]));
      const view = await live.view();
      const sorted = (ids: readonly number[]): number[] => [...ids].sort((x, y) => x - y);
      expect(sorted(await view.dirty("tag", 1))).toEqual([3, 7, 8]);
      expect(sorted(await view.dirty("tag"))).toEqual([3, 5, 7, 8, 9]);
      expect(sorted(await view.dirty("repository"))).toEqual([1, 2]);
      expect(await view.born("tag", 1)).toEqual([7]);
      expect(sorted(await view.born("tag"))).toEqual([7, 9]);
      expect(await view.born("manifest")).toEqual([]);
    });

    test("hours are given one by one, signed", async () => {
      live.put("a", sumsOf(byTag(3), byTag(3, { timeMs: start - 1 })));
      live.put("b", sumsOf([recordKinds.afterHead, { tagEpoch: 3, headMs: start - 1 }]));
      const hours = await (await live.view()).hours("tag", [3], none);
      expect(hours.sort((x, y) => x.startMs - y.startMs || x.pulls - y.pulls)).toEqual([
        { startMs: start - hourMs, pulls: 0, checks: -1 },
        { startMs: start - hourMs, pulls: 1, checks: 0 },
        { startMs: start, pulls: 1, checks: 0 },
        { startMs: start, pulls: 1, checks: 0 },
      ]);
    });
  });
}
