// What the SQL of statistics promises, on every database (src/store/pull-*.ts).

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { closeOpenGaps, deleteOpenGaps, insertGap, selectGaps, upsertGap } from "../../src/store/pull-gaps.ts";
import { reconcileLives, selectLastId, upsertLives } from "../../src/store/pull-lives.ts";
import {
  deleteUnlinked,
  insertTrackedSince,
  markInstanceGone,
  markUnlinked,
  moveAppliedBytes,
  selectAppliedBytes,
  selectAppliedSegments,
  selectFoldedBefore,
  selectKeptSegments,
  selectOthersFoldedUntil,
  selectTrackedSince,
  upsertInstance,
} from "../../src/store/pull-segments.ts";
import { bucketWidths, selectBuckets, selectTotals, takeBuckets } from "../../src/store/pull-totals.ts";
import { PullUpserts } from "../../src/store/pull-upserts.ts";
import type { Database } from "../../src/store/database.ts";
import type { TestDatabase } from "../peers/databases.ts";

const { hour, day } = bucketWidths;

export function pullStoreContract(name: string, open: () => Promise<TestDatabase>, skip = false): void {
  describe.skipIf(skip)(name, () => {
    let opened: TestDatabase;
    let db: Database;
    const upserts = new PullUpserts();
    beforeAll(async () => {
      opened = await open();
      db = opened.db;
    });
    afterAll(() => opened.close());
    beforeEach(() =>
      db.transaction(async (tx) => {
        for (const table of ["pull_total", "pull_bucket", "pull_segment", "pull_gap", "pull_instance", "pull_setting"] as const) {
          await tx.deleteFrom(table).execute();
        }
      }),
    );

    describe("totals", () => {
      test("sums add up, times only move forward", async () => {
        await db.transaction((tx) => upserts.totals(tx, "tag", [7, 1, 2, 3, 1000, 2000]));
        await db.transaction((tx) => upserts.totals(tx, "tag", [7, 1, 5, -1, 900, 2500, 8, 1, 1, 0, 10, 0]));
        const rows = await selectTotals(db.query, "tag", [7, 8, 9]);
        expect(rows.sort((a, b) => a.id - b.id)).toMatchObject([
          { id: 7, repository_id: 1, live: 1, pulls: 7, checks: 2, last_pulled_ms: 1000, last_checked_ms: 2500, tag_pulls: 0 },
          { id: 8, pulls: 1, checks: 0, last_pulled_ms: 10, last_checked_ms: 0 },
        ]);
      });

      test("a manifest keeps its ways, and the tag of the latest pull by tag", async () => {
        const row = (pulls: number, lastTagMs: number, lastTag: number): number[] => [
          5,
          1,
          pulls,
          0,
          9,
          0,
          pulls,
          1,
          4,
          6,
          lastTagMs,
          lastTag,
        ];
        for (const next of [row(1, 100, 31), row(2, 50, 32), row(1, 0, 0), row(1, 100, 33)]) {
          await db.transaction((tx) => upserts.totals(tx, "manifest", next));
        }
        const [found] = await selectTotals(db.query, "manifest", [5]);
        expect(found).toMatchObject({
          pulls: 5,
          tag_pulls: 5,
          child_pulls: 4,
          last_direct_ms: 4,
          last_child_ms: 6,
          last_tag_ms: 100,
          last_tag: 33,
        });
      });

      test("any number of rows goes in, with ids and sums up to 2^53", async () => {
        const first = Number.MAX_SAFE_INTEGER - 1000;
        const rows = Array.from({ length: 700 }, (_, i) => [first + i, 1, i, 0, 1_795_000_000_000, 0]).flat();
        await db.transaction((tx) => upserts.totals(tx, "repository", rows));
        await db.transaction((tx) => upserts.totals(tx, "repository", rows));
        const found = await selectTotals(
          db.query,
          "repository",
          Array.from({ length: 700 }, (_, i) => first + i),
        );
        expect(found.length).toBe(700);
        for (const row of found) expect(row.pulls).toBe(2 * (row.id - first));
      });

      test("a birth makes a row of zeros, a death takes it out of lists, and neither changes numbers", async () => {
        const life = (id: number, live: boolean) =>
          db.transaction((tx) => upsertLives(tx, "tag", [{ id, repositoryId: 1, live }]));
        await life(7, true);
        await db.transaction((tx) => upserts.totals(tx, "tag", [7, 1, 2, 0, 10, 0]));
        await life(7, false);
        await db.transaction((tx) => upserts.totals(tx, "tag", [7, 1, 1, 0, 20, 0]));
        expect(await selectTotals(db.query, "tag", [7])).toMatchObject([{ live: 0, pulls: 3, last_pulled_ms: 20 }]);
        await life(7, true);
        expect(await selectTotals(db.query, "tag", [7])).toMatchObject([{ live: 1, pulls: 3 }]);
      });
    });

    describe("positions", () => {
      const segment = { id: "s1", instance: "i1" };
      const move = (fromBytes: number, toBytes: number) =>
        db.transaction((tx) => moveAppliedBytes(tx, segment, { fromBytes, toBytes, foldedMs: 500 }));

      test("a position moves only from where the fold started", async () => {
        expect(await selectAppliedBytes(db.query, "s1")).toBe(0);
        expect(await move(0, 100)).toBe(true);
        expect(await move(0, 100)).toBe(false);
        expect(await move(100, 150)).toBe(true);
        expect(await selectAppliedBytes(db.query, "s1")).toBe(150);
      });

      test("of two folds of the same segment at once, one moves it", async () => {
        const moved = await Promise.all([move(0, 100), move(0, 100), move(0, 100)]);
        expect(moved.filter(Boolean).length).toBe(1);
      });

      test("position and sums fall together", async () => {
        const failing = db.transaction(async (tx) => {
          await moveAppliedBytes(tx, segment, { fromBytes: 0, toBytes: 100, foldedMs: 500 });
          await upserts.totals(tx, "tag", [7, 1, 1, 0, 1, 0]);
          throw new Error("power cut");
        });
        await expect(failing).rejects.toThrow("power cut");
        expect(await selectAppliedBytes(db.query, "s1")).toBe(0);
        expect(await selectTotals(db.query, "tag", [7])).toEqual([]);
      });

      test("segments are known as folded, then as kept, then as unlinked, then forgotten", async () => {
        await move(0, 100);
        expect(await selectAppliedSegments(db.query, ["s1", "s2"])).toEqual(new Set(["s1"]));
        expect(await selectFoldedBefore(db.query, ["s1", "s2"], 499)).toEqual([]);
        expect(await selectFoldedBefore(db.query, ["s1", "s2"], 500)).toEqual(["s1"]);
        expect((await selectKeptSegments(db.query, "i1")).map((row) => row.id)).toEqual(["s1"]);
        await db.transaction((tx) => markUnlinked(tx, ["s1"], 900));
        expect(await selectKeptSegments(db.query, "i1")).toEqual([]);
        await db.transaction((tx) => deleteUnlinked(tx, 900));
        expect(await selectAppliedBytes(db.query, "s1")).toBe(100);
        await db.transaction((tx) => deleteUnlinked(tx, 901));
        expect(await selectAppliedBytes(db.query, "s1")).toBe(0);
      });
    });

    describe("buckets", () => {
      const all = async () =>
        (await db.query.selectFrom("pull_bucket").selectAll().orderBy("start_ms").orderBy("id").execute()).map((row) => ({
          ...row,
        }));

      test("sums of the same window add up, and every width of an object is found", async () => {
        await db.transaction(async (tx) => {
          await upserts.buckets(tx, "tag", hour, [7, hour, 1, 0, 7, 2 * hour, 5, 2]);
          await upserts.buckets(tx, "tag", hour, [7, hour, 2, -1, 8, hour, 9, 9]);
          await upserts.buckets(tx, "tag", day, [7, 0, 100, 0]);
        });
        const rows = await selectBuckets(db.query, { kind: "tag", ids: [7] }, 0, 2 * hour);
        expect(rows.map((row) => ({ ...row }))).toEqual([
          { width_ms: day, start_ms: 0, pulls: 100, checks: 0 },
          { width_ms: hour, start_ms: hour, pulls: 3, checks: -1 },
        ]);
      });

      test("fine buckets are taken away oldest first, at most as many as asked for", async () => {
        await db.transaction((tx) =>
          upserts.buckets(tx, "tag", hour, [7, 0, 1, 0, 7, hour, 2, 0, 7, 2 * hour, 3, 0, 7, 3 * hour, 4, 0]),
        );
        const taken = await db.transaction((tx) => takeBuckets(tx, hour, 3 * hour, 2));
        expect(taken.map(({ start_ms, pulls }) => [start_ms, pulls]).sort(([a], [b]) => a! - b!)).toEqual([
          [0, 1],
          [hour, 2],
        ]);
        expect((await db.transaction((tx) => takeBuckets(tx, hour, 3 * hour, 2))).map(({ pulls }) => pulls)).toEqual([3]);
        expect(await all()).toEqual([{ kind: "tag", id: 7, width_ms: hour, start_ms: 3 * hour, pulls: 4, checks: 0 }]);
      });

      test("what is taken away in a transaction that fails is still there", async () => {
        await db.transaction((tx) => upserts.buckets(tx, "tag", hour, [7, 0, 1, 0]));
        const failing = db.transaction(async (tx) => {
          await takeBuckets(tx, hour, hour, 10);
          throw new Error("stop");
        });
        await expect(failing).rejects.toThrow("stop");
        expect((await all()).length).toBe(1);
      });
    });

    describe("gaps and processes", () => {
      const gap = { instance: "i1", kind: "pulls", start_ms: 100, end_ms: 200, reason: "because" } as const;
      const found = async (from: number, to: number) =>
        (await selectGaps(db.query, from, to)).map(({ start_ms, end_ms }) => [start_ms, end_ms]);

      test("a gap is found by every time that it touches, and told twice it is one", async () => {
        await db.transaction((tx) => upsertGap(tx, gap));
        await db.transaction((tx) => upsertGap(tx, { ...gap, end_ms: 250 }));
        await db.transaction((tx) => insertGap(tx, { ...gap, end_ms: 999 }));
        expect(await found(0, 100)).toEqual([]);
        expect(await found(0, 101)).toEqual([[100, 250]]);
        expect(await found(250, 300)).toEqual([[100, 250]]);
        expect(await found(251, 300)).toEqual([]);
      });

      test("an open gap lasts until it is closed, or never came to be", async () => {
        await db.transaction((tx) => upsertGap(tx, { ...gap, end_ms: 0 }));
        expect(await found(10_000, 20_000)).toEqual([[100, 0]]);
        await db.transaction((tx) => closeOpenGaps(tx, "i1", 300));
        await db.transaction((tx) => deleteOpenGaps(tx, "i1"));
        expect(await found(0, 20_000)).toEqual([[100, 300]]);
        await db.transaction((tx) => upsertGap(tx, { ...gap, start_ms: 400, end_ms: 0 }));
        await db.transaction((tx) => deleteOpenGaps(tx, "i1"));
        expect(await found(0, 20_000)).toEqual([[100, 300]]);
      });

      test("answers are as fresh as the slowest process that lives", async () => {
        const seen = (id: string, seenMs: number, until: number) =>
          db.transaction((tx) => upsertInstance(tx, { id, host: "h" }, seenMs, until));
        const minute = 60_000;
        expect(await selectOthersFoldedUntil(db.query, "me", 100 * minute)).toBe(100 * minute);
        await seen("me", 100 * minute, 1);
        await seen("other", 99 * minute, 97 * minute);
        await seen("silent", 50 * minute, 49 * minute);
        await seen("gone", 99 * minute, 90 * minute);
        await db.transaction((tx) => markInstanceGone(tx, "gone", 99 * minute));
        expect(await selectOthersFoldedUntil(db.query, "me", 100 * minute)).toBe(97 * minute);
      });

      test("counting began when it first began", async () => {
        expect(await selectTrackedSince(db.query)).toBeUndefined();
        for (const sinceMs of [1_795_000_000_000, 1_796_000_000_000])
          await db.transaction((tx) => insertTrackedSince(tx, sinceMs));
        expect(await selectTrackedSince(db.query)).toBe(1_795_000_000_000);
      });
    });

    test("reconciling gives everything alive a row, and takes the dead out of lists", async () => {
      const catalogue = await db.transaction(async (tx) => {
        const repository = async (repo: string, deleted_ms: number, updated_ms = 1): Promise<number> =>
          (
            await tx
              .insertInto("repository")
              .values({ name: repo, created_ms: 1, updated_ms, deleted_ms })
              .returning("id")
              .executeTakeFirstOrThrow()
          ).id;
        const [live, dead] = [await repository("live", 0), await repository("dead", 5)];
        const onlyUploads = await repository("only-uploads", 0, 0);
        const manifest = async (digest: string, trashed_ms: number): Promise<number> => {
          const row = {
            repository_id: live,
            digest,
            media_type: "m",
            size: 1,
            image_bytes: 1,
            pushed_ms: 1,
            leased_ms: 1,
            trashed_ms,
          };
          return (await tx.insertInto("manifest").values(row).returning("id").executeTakeFirstOrThrow()).id;
        };
        const [kept, trashed] = [await manifest("a", 0), await manifest("b", 5)];
        const tag = async (tagName: string, end_ms: number, epoch?: number): Promise<number> => {
          const row = { repository_id: live, name: tagName, manifest_id: kept, digest: "a", bytes: 1, start_ms: 1, end_ms };
          const { id } = await tx
            .insertInto("tag")
            .values({ ...row, epoch: epoch ?? 0 })
            .returning("id")
            .executeTakeFirstOrThrow();
          if (epoch === undefined) await tx.updateTable("tag").set({ epoch: id }).where("id", "=", id).execute();
          return id;
        };
        const moved = await tag("moved", 5);
        await tag("moved", 0, moved);
        return { live, dead, onlyUploads, kept, trashed, moved, deleted: await tag("deleted", 5) };
      });
      // Never heard of: the repository, the manifest, the tag. Known as alive though dead, and as dead though alive:
      await db.transaction(async (tx) => {
        await upsertLives(tx, "manifest", [{ id: catalogue.trashed, repositoryId: catalogue.live, live: true }]);
        await upsertLives(tx, "tag", [{ id: catalogue.deleted, repositoryId: catalogue.live, live: true }]);
        await upsertLives(tx, "tag", [{ id: 999_999, repositoryId: 1, live: true }]);
        await upserts.totals(tx, "tag", [catalogue.moved, catalogue.live, 5, 0, 10, 0]);
        await upsertLives(tx, "tag", [{ id: catalogue.moved, repositoryId: catalogue.live, live: false }]);
      });
      for (let pass = 0; pass < 2; pass++) {
        for (const kind of ["repository", "tag", "manifest"] as const) {
          const last = await db.transaction((tx) => selectLastId(tx, kind));
          await db.transaction((tx) => reconcileLives(tx, kind, 0, last));
        }
        const lives = async (kind: "repository" | "tag" | "manifest", ids: number[]) =>
          (await selectTotals(db.query, kind, ids)).sort((a, b) => a.id - b.id).map(({ id, live, pulls }) => [id, live, pulls]);
        expect(await lives("repository", [catalogue.live, catalogue.dead, catalogue.onlyUploads])).toEqual([
          [catalogue.live, 1, 0],
        ]);
        expect(await lives("manifest", [catalogue.kept, catalogue.trashed])).toEqual([
          [catalogue.kept, 1, 0],
          [catalogue.trashed, 0, 0],
        ]);
        expect(await lives("tag", [catalogue.moved, catalogue.deleted, 999_999])).toEqual([
          [catalogue.moved, 1, 5],
          [catalogue.deleted, 0, 0],
          [999_999, 0, 0],
        ]);
      }
    });
  });
}
