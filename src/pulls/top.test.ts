import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { openTestPulls } from "../../test/rows.ts";
import { seededRandom } from "../../test/seeded-random.ts";
import type { ContentKind } from "../store/schema.ts";
import type { Pulls } from "./pulls.ts";
import type { TopItem } from "./top.ts";

const hour = 3_600_000;
const day = 24 * hour;
const startMs = Date.UTC(2026, 2, 1);
const repositories = [1, 2, 3, 4, 5];
const tagsEach = 12;
const epochOf = (repository: number, tag: number): number => repository * 100 + tag;

describe.each(databases)("what was pulled most on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    let clock = startMs;
    beforeEach(async () => {
      clock = startMs;
      opened = await open();
      pulls = await openTestPulls(opened, () => clock);
    });
    afterEach(async () => {
      await pulls.close();
      await opened.close();
    });

    async function pull(repositoryId: number, tag: number, times = 1): Promise<void> {
      const tagEpoch = epochOf(repositoryId, tag);
      const ids = { repositoryId, tagEpoch, manifestId: tagEpoch + 5000 };
      const event = { byTag: true, status: 200, digest: "sha256:0", isIndex: false, principal: 0, client: 1 } as const;
      for (let i = 0; i < times; i++)
        await pulls.record({ ...event, method: "GET", ids, address: "192.0.2.1", answerable: () => true });
    }

    /** By asking for the history of each. */
    async function addedUp(kind: ContentKind, ids: readonly number[], fromMs: number, toMs: number): Promise<TopItem[]> {
      const all = await Promise.all(
        ids.map(async (id) => {
          const { buckets } = await pulls.history({ kind, ids: [id], fromMs, toMs, interval: "hour" });
          return { id, pulls: buckets.reduce((sum, bucket) => sum + bucket.pulls, 0) };
        }),
      );
      return all.filter((item) => item.pulls > 0).sort((a, b) => b.pulls - a.pulls || a.id - b.id);
    }

    const epochs = (of: readonly number[]): number[] =>
      of.flatMap((repository) => Array.from({ length: tagsEach }, (_, tag) => epochOf(repository, tag)));
    const kinds: readonly (readonly [ContentKind, (of: readonly number[]) => readonly number[]])[] = [
      ["repository", (of) => of],
      ["tag", epochs],
      ["manifest", (of) => epochs(of).map((id) => id + 5000)],
    ];

    test("is what adding up everything finds, whatever was folded, compacted or is gone", async () => {
      const random = seededRandom(7);
      for (let step = 0; step < 120; step++) {
        const repository = repositories[Math.floor(random() * repositories.length)]!;
        const tag = Math.floor(tagsEach * random() ** 2);
        await pull(repository, tag, 1 + Math.floor(random() * 4));
        clock += Math.floor(random() * 10 * hour);
        if (step % 17 === 0) await pulls.foldNow();
        if (step === 60) await pulls.died("tag", [{ id: epochOf(1, 0), repositoryId: 1 }]);
      }
      clock += 1;
      await pulls.tendNow();
      for (const daysBack of [0.1, 3, 7, 100]) {
        const fromMs = Math.floor((clock - daysBack * day) / hour) * hour;
        for (const toMs of [clock, clock - Math.floor((daysBack * day) / 3)]) {
          for (const [kind, idsOf] of kinds) {
            const expected = await addedUp(kind, idsOf(repositories), fromMs, toMs);
            expect(await pulls.top({ kind, fromMs, toMs, limit: 100 })).toEqual(expected);
            expect(await pulls.top({ kind, fromMs, toMs, limit: 4 })).toEqual(expected.slice(0, 4));
            const some = await addedUp(kind, idsOf([2, 3]), fromMs, toMs);
            const ofSome = { kind, repositoryIds: new Set([2, 3]), fromMs, toMs };
            expect(await pulls.top({ ...ofSome, limit: 5 })).toEqual(some.slice(0, 5));
          }
        }
      }
    });

    test("stays so while pulls go on and are folded", async () => {
      for (const tag of [0, 1, 2]) await pull(1, tag, 10 * (tag + 1));
      await pulls.foldNow();
      clock += 60_000;
      const others = (async () => {
        for (let i = 0; i < 20; i++) {
          await pull(2, i % tagsEach);
          if (i % 5 === 0) await pulls.foldNow();
        }
      })();
      for (let i = 0; i < 10; i++) {
        const top = await pulls.top({ kind: "tag", fromMs: startMs, toMs: clock + 1, limit: 3 });
        expect(top).toEqual([2, 1, 0].map((tag) => ({ id: epochOf(1, tag), pulls: 10 * (tag + 1) })));
      }
      await others;
    });

    test("is nothing where nothing was pulled", async () => {
      await pull(1, 1);
      await pulls.foldNow();
      clock += 2 * day;
      expect(await pulls.top({ kind: "tag", fromMs: clock - day, toMs: clock, limit: 3 })).toEqual([]);
      expect(await pulls.top({ kind: "tag", fromMs: startMs, toMs: clock, repositoryIds: new Set(), limit: 3 })).toEqual([]);
    });
  });
});
