import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import {
  ask,
  event,
  numbers,
  openLaboratory,
  type Laboratory,
  type LaboratoryOptions,
  type Request,
} from "../../test/pulls-laboratory.ts";
import { realDisk, type Disk } from "./disk.ts";
import { registryId } from "../store/pull-totals.ts";
import { noteCountingOff } from "./off.ts";
import type { Pulls } from "./pulls.ts";
import { segmentIdOf } from "./segment.ts";
import type { PullSettings } from "./settings.ts";

const hour = 3_600_000;
const day = 24 * hour;
/** The start of a month, hour and day. */
const start = Date.UTC(2026, 2, 1);

const statistics = ["pull_total", "pull_bucket", "pull_segment", "pull_gap", "pull_instance", "pull_setting"] as const;

/** Every way of section 7 of the design, once or twice. */
const walk: Request[] = [
  { tag: 11, client: "a" },
  { digest: 21, client: "b" },
  { method: "HEAD", tag: 11, client: "c" },
  { digest: 21, client: "c" },
  { method: "HEAD", tag: 11, client: "d" },
  { tag: 11, client: "d" },
  { tag: 12, client: "e" },
  { digest: 23, client: "e" },
  { digest: 24, client: "f" },
  { method: "HEAD", tag: 11, client: "g" },
  { tag: 12, status: 304, client: "g" },
  { method: "HEAD", digest: 23, client: "g" },
];
const walked = {
  "registry 1": "6p 3c",
  "repository 1": "6p 3c",
  "tag 11": "3p 1c",
  "tag 12": "1p 1c",
  "manifest 21": "4p 1c (3t 1d 0c)",
  "manifest 22": "1p 1c (1t 0d 0c)",
  "manifest 23": "1p 1c (0t 0d 1c)",
  "manifest 24": "1p 0c (0t 1d 0c)",
};

describe.each(databases)("counting on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let laboratory: Laboratory;
    let pulls: Pulls;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());
    beforeEach(async () => {
      laboratory = { folder: opened.options.folder, database: opened.options, db: opened.db, clock: { nowMs: start } };
      pulls = await openLaboratory(laboratory);
    });
    afterEach(async () => {
      await pulls.close();
      rmSync(join(opened.options.folder, "journal"), { recursive: true });
      await opened.db.transaction(async (tx) => {
        for (const table of [...statistics, "repository"] as const) await tx.deleteFrom(table).execute();
      });
    });
    const reopen = async (settings: Partial<PullSettings> = {}, options: LaboratoryOptions = {}): Promise<void> => {
      await pulls.close();
      pulls = await openLaboratory(laboratory, settings, options);
      await pulls.foldNow();
    };
    const segments = (): string[] =>
      readdirSync(join(opened.options.folder, "journal"), { recursive: true, encoding: "utf8" }).filter(
        (file) => segmentIdOf(file.slice(37)) !== undefined,
      );

    test("every request changes exactly its numbers: at once, folded, and after a restart", async () => {
      await ask(pulls, ...walk);
      expect(await numbers(pulls)).toEqual(walked);
      await pulls.foldNow();
      expect(await numbers(pulls)).toEqual(walked);
      await pulls.foldNow();
      // From here on with the fold on its own thread.
      await reopen({}, { failpoint: undefined });
      expect(await numbers(pulls)).toEqual(walked);
      await ask(pulls, { digest: 24 });
      await pulls.foldNow();
      await reopen();
      expect(await numbers(pulls)).toMatchObject({ "manifest 24": "2p 0c (0t 2d 0c)", "repository 1": "7p 3c" });
      expect(pulls.metrics()).toMatchObject({ lost: 0, unfoldedBytes: 0, riskSinceMs: 0 });
    });

    test("a stop folds everything", async () => {
      await ask(pulls, ...walk);
      await pulls.close();
      const tag = await opened.db.query
        .selectFrom("pull_total")
        .select("pulls")
        .where("kind", "=", "tag")
        .where("id", "=", 11)
        .execute();
      expect(tag).toMatchObject([{ pulls: 3 }]);
      pulls = await openLaboratory(laboratory);
      expect(pulls.replaying).toBe(true);
      expect(await numbers(pulls)).toEqual(walked);
      await pulls.foldNow();
      expect(pulls.replaying).toBe(false);
      expect(await numbers(pulls)).toEqual(walked);
    });

    test("a HEAD before a restart and its GET after it are one pull; a child after its index likewise", async () => {
      const real = Date.now();
      laboratory.clock.nowMs = real;
      await ask(
        pulls,
        { method: "HEAD", tag: 11, client: "a" },
        { method: "HEAD", tag: 11, client: "b" },
        { digest: 21, client: "b" },
      );
      await ask(pulls, { tag: 12, client: "c" });
      laboratory.clock.nowMs += 30_000;
      await reopen();
      await ask(pulls, { digest: 21, client: "a" }, { digest: 21, client: "b" }, { digest: 23, client: "c" });
      await expect
        .poll(() => numbers(pulls))
        .toMatchObject({
          "tag 11": "2p 0c",
          "manifest 21": "3p 0c (2t 1d 0c)",
          "manifest 23": "1p 0c (0t 0d 1c)",
        });
    });

    test("the first GET after a restart finds its HEAD before anything is folded, and the restart after that does not find it again", async () => {
      laboratory.clock.nowMs = Date.now();
      await ask(pulls, { method: "HEAD", tag: 11, client: "a" });
      for (let restart = 0; restart < 2; restart++) {
        await pulls.close();
        pulls = await openLaboratory(laboratory);
        await ask(pulls, { digest: 21, client: "a" });
      }
      await pulls.foldNow();
      expect(await numbers(pulls)).toMatchObject({ "tag 11": "1p 0c", "manifest 21": "2p 0c (1t 1d 0c)" });
    });

    test("what was not answered is not counted, and its HEAD waits for the next GET", async () => {
      await ask(
        pulls,
        { method: "HEAD", tag: 11 },
        { digest: 21, answerable: false },
        { method: "HEAD", tag: 12, answerable: false },
      );
      expect(await numbers(pulls)).toMatchObject({ "tag 11": "0p 1c", "manifest 21": "0p 1c (0t 0d 0c)" });
      await ask(pulls, { digest: 21 });
      expect(await numbers(pulls)).toMatchObject({ "repository 1": "1p 0c", "tag 11": "1p 0c" });
    });

    test("without attribution a GET by digest touches no tag", async () => {
      await reopen({ attribution: false });
      await ask(pulls, { method: "HEAD", tag: 12 }, { digest: 22 }, { digest: 23 });
      expect(await numbers(pulls)).toMatchObject({
        "repository 1": "2p 1c",
        "tag 12": "0p 1c",
        "manifest 22": "1p 1c (0t 1d 0c)",
        "manifest 23": "1p 0c (0t 1d 0c)",
      });
    });

    test("the registry is counted as its repositories are, over time too, and numbers of several are sums", async () => {
      const other = event({ tag: 11, client: "z" });
      await pulls.record({ ...other, ids: { ...other.ids, repositoryId: 2, tagEpoch: 31, manifestId: 41 } });
      await ask(pulls, ...walk);
      const request = { fromMs: start, toMs: start + day, interval: "hour" } as const;
      const look = async () => {
        const registry = await pulls.history({ kind: "registry", ids: [registryId], ...request });
        const both = await pulls.history({ kind: "repository", ids: [1, 2], ...request });
        expect(registry.total).toEqual(both.total);
        expect(registry.buckets).toEqual(both.buckets);
        return [registry.total.pulls, registry.total.checks, registry.buckets.length];
      };
      expect(await look()).toEqual([7, 3, 1]);
      await pulls.foldNow();
      await ask(pulls, { tag: 11, client: "y" });
      laboratory.clock.nowMs += hour;
      await ask(pulls, { tag: 11, client: "y" });
      expect(await look()).toEqual([9, 3, 2]);
      await reopen();
      laboratory.clock.nowMs += 30 * day;
      await pulls.tendNow();
      expect(await look()).toEqual([9, 3, 1]);
    });

    test("a trend is the pulls of each of the last 30 days, folded or not, whatever they are kept by", async () => {
      const trendOf = async (id: number) => (await pulls.trends("tag", [id, 99])).get(id);
      await ask(pulls, { tag: 11 });
      laboratory.clock.nowMs += 2 * day;
      await ask(pulls, { tag: 11, client: "x" }, { tag: 11, client: "y" });
      await pulls.foldNow();
      laboratory.clock.nowMs += hour;
      await ask(pulls, { tag: 11, client: "z" }, { tag: 12 });
      expect(await trendOf(11)).toEqual([...Array.from({ length: 27 }, () => 0), 1, 0, 3]);
      laboratory.clock.nowMs += 27 * day;
      await pulls.foldNow();
      await pulls.tendNow();
      expect(await trendOf(11)).toEqual([1, 0, 3, ...Array.from({ length: 27 }, () => 0)]);
      laboratory.clock.nowMs += day;
      expect(await trendOf(11)).toEqual([0, 3, ...Array.from({ length: 28 }, () => 0)]);
      expect((await pulls.trends("tag", [99])).size).toBe(0);
    });

    test("our own principals are not counted", async () => {
      await reopen({}, { principalsNotCounted: new Set([9]) });
      await pulls.record({ ...event({ tag: 11 }), principal: 9 });
      expect(await numbers(pulls)).toEqual({});
    });

    test("a list whose snapshot is older or newer than a fold has exact sums", async () => {
      const pullsOf = async (between: () => Promise<void>): Promise<number> => {
        const readUnfolded = await pulls.openUnfolded();
        await between();
        return opened.db.snapshot(async (tx) => {
          const unfolded = await readUnfolded(tx);
          const row = await tx
            .selectFrom("pull_total")
            .select("pulls")
            .where("kind", "=", "tag")
            .where("id", "=", 11)
            .executeTakeFirst();
          // Whatever happens now is not in the snapshot.
          await new Promise((resolve) => setImmediate(resolve));
          return (row?.pulls ?? 0) + ((await unfolded.deltas("tag", [11])).get(11)?.pulls ?? 0);
        });
      };
      await ask(pulls, { tag: 11 }, { tag: 11 });
      expect(await pullsOf(async () => undefined)).toBe(2);
      expect(await pullsOf(() => pulls.foldNow())).toBe(2);
      await ask(pulls, { tag: 11 });
      expect(await pullsOf(async () => undefined)).toBe(3);
      expect(await pullsOf(() => pulls.foldNow())).toBe(3);
    });

    test("reads while records and folds go on never dip and never double", async () => {
      await reopen({}, { failpoint: undefined });
      let sent = 0;
      let answered = 0;
      let stopped = false;
      const load = (async () => {
        while (!stopped) {
          sent++;
          await pulls.record(event({ tag: 11 }));
          answered++;
        }
      })();
      const folds = (async () => {
        for (let i = 0; i < 10; i++) await pulls.foldNow();
        stopped = true;
      })();
      while (!stopped) {
        await new Promise((resolve) => setImmediate(resolve));
        const least = answered;
        const counted = (await pulls.totals("tag", [11])).get(11)?.pulls ?? 0;
        expect(counted).toBeGreaterThanOrEqual(least);
        expect(counted).toBeLessThanOrEqual(sent);
      }
      await Promise.all([load, folds]);
      expect((await pulls.totals("tag", [11])).get(11)?.pulls).toBe(answered);
    });

    test("two processes on one data folder add up, and answers tell how fresh they are", async () => {
      const other = await openLaboratory(laboratory);
      await other.foldNow();
      await ask(pulls, { tag: 11 });
      await ask(other, { tag: 11 }, { tag: 11 });
      laboratory.clock.nowMs += 60_000;
      await Promise.all([pulls.foldNow(), other.foldNow()]);
      expect((await numbers(pulls))["tag 11"]).toBe("3p 0c");
      laboratory.clock.nowMs += 60_000;
      const readUnfolded = await pulls.openUnfolded();
      const unfolded = await opened.db.snapshot(readUnfolded);
      expect([unfolded.asOfMs, unfolded.foldedMs]).toEqual([start + 60_000, start + 60_000]);
      await other.close();
      expect(await opened.db.snapshot(await pulls.openUnfolded())).toMatchObject({ asOfMs: start + 120_000 });
    });

    test("after the database has lost a fold, the same segment is applied again", async () => {
      await ask(pulls, ...walk);
      await pulls.foldNow();
      await opened.db.transaction(async (tx) => {
        for (const table of statistics) await tx.deleteFrom(table).execute();
      });
      await ask(pulls, { tag: 11 });
      await pulls.foldNow();
      expect(await numbers(pulls)).toEqual({
        ...walked,
        "registry 1": "7p 3c",
        "repository 1": "7p 3c",
        "tag 11": "4p 1c",
        "manifest 21": "5p 1c (4t 1d 0c)",
      });
    });

    test("folded segments stay ten minutes; then file and, once it is empty, the folder of a dead process go", async () => {
      await ask(pulls, { tag: 11 });
      await reopen();
      await ask(pulls, { tag: 11 });
      await pulls.foldNow();
      laboratory.clock.nowMs += 9 * 60_000;
      await pulls.tendNow();
      expect(segments().length).toBe(3);
      laboratory.clock.nowMs += 60_000;
      await pulls.tendNow();
      // What is left is the active segment, in the only folder.
      expect(segments().length).toBe(1);
      expect(readdirSync(join(opened.options.folder, "journal")).length).toBe(1);
      const rows = () => opened.db.query.selectFrom("pull_segment").select("unlinked_ms").execute();
      expect((await rows()).map((row) => row.unlinked_ms)).toEqual([laboratory.clock.nowMs, laboratory.clock.nowMs]);
      laboratory.clock.nowMs += 30 * day + 1;
      await pulls.tendNow();
      expect(await rows()).toEqual([]);
      expect((await numbers(pulls))["tag 11"]).toBe("2p 0c");
    });

    test("hours become days and days months, and every sum stays the same", async () => {
      const history = async (interval: "hour" | "day" | "month") =>
        (await pulls.history({ kind: "tag", ids: [11], fromMs: start, toMs: start + 500 * day, interval })).buckets.map(
          (bucket) => [(bucket.startMs - start) / hour, bucket.pulls, bucket.checks] as const,
        );
      for (const [hours, times] of [
        [0, 1],
        [5, 2],
        [30, 3],
        [24 * 31, 4],
      ] as const) {
        laboratory.clock.nowMs = start + hours * hour;
        for (let i = 0; i < times; i++) await ask(pulls, { tag: 11 });
      }
      await ask(pulls, { tag: 11, status: 304 });
      const hourly = [
        [0, 1, 0],
        [5, 2, 0],
        [30, 3, 0],
        [744, 4, 1],
      ];
      expect(await history("hour")).toEqual(hourly);
      await pulls.foldNow();
      expect(await history("hour")).toEqual(hourly);
      laboratory.clock.nowMs = start + 40 * day;
      await pulls.tendNow();
      expect(await history("hour")).toEqual([
        [0, 3, 0],
        [24, 3, 0],
        [744, 4, 1],
      ]);
      laboratory.clock.nowMs = start + 470 * day;
      await pulls.tendNow();
      await pulls.tendNow();
      expect(await history("month")).toEqual([
        [0, 6, 0],
        [744, 4, 1],
      ]);
      expect(await opened.db.query.selectFrom("pull_bucket").select("width_ms").distinct().execute()).toEqual([{ width_ms: 0 }]);
      // A late segment is welcome: its hour adds to the month.
      laboratory.clock.nowMs = start + 24 * 31 * hour + 1;
      await ask(pulls, { tag: 11 });
      expect((await history("month")).at(-1)).toEqual([744, 5, 1]);
    });

    test("births and deaths are known at once and folded; what came without statistics is found at a start", async () => {
      await pulls.born("tag", [
        { id: 11, repositoryId: 1 },
        { id: 12, repositoryId: 1 },
      ]);
      await pulls.died("tag", [{ id: 12, repositoryId: 1 }]);
      const unfolded = await opened.db.snapshot(await pulls.openUnfolded());
      expect([await unfolded.dirty("tag", 1), await unfolded.born("tag", 1)]).toEqual([[11, 12], [11]]);
      await pulls.foldNow();
      const lives = async () => {
        const rows = await opened.db.query
          .selectFrom("pull_total")
          .select(["kind", "id", "live"])
          .orderBy("kind")
          .orderBy("id")
          .execute();
        return rows.map(({ kind, id, live }) => `${kind} ${id} ${live}`);
      };
      expect(await lives()).toEqual(["tag 11 1", "tag 12 0"]);
      const { id } = await opened.db.transaction((tx) =>
        tx
          .insertInto("repository")
          .values({ name: "later", created_ms: 1, updated_ms: 1 })
          .returning("id")
          .executeTakeFirstOrThrow(),
      );
      await reopen();
      expect(await lives()).toEqual([`repository ${id} 1`, "tag 11 0", "tag 12 0"]);
    });

    test("a record of a clock far ahead counts as of the fold's now", async () => {
      laboratory.clock.nowMs = start + day;
      await ask(pulls, { tag: 11 });
      laboratory.clock.nowMs = start;
      await pulls.foldNow();
      expect((await pulls.totals("tag", [11])).get(11)?.lastPulledMs).toBe(start);
    });

    test("a time without counting is a gap, and counting is tracked since it first began", async () => {
      await pulls.close();
      noteCountingOff(opened.options.folder, start + day);
      noteCountingOff(opened.options.folder, start + 2 * day);
      laboratory.clock.nowMs = start + 3 * day;
      await reopen();
      expect(await pulls.gaps(0, start + 10 * day)).toMatchObject([
        { kind: "pulls", start_ms: start + day, end_ms: start + 3 * day },
      ]);
      expect(pulls.trackedSinceMs).toBe(start);
      await reopen();
      expect((await pulls.gaps(0, start + 10 * day)).length).toBe(1);
    });

    test("what attribution forgets before its time is one growing gap", async () => {
      await reopen({ pendingHeads: 2 });
      for (let i = 0; i < 5; i++, laboratory.clock.nowMs += 1000) {
        await ask(pulls, { method: "HEAD", tag: 11, client: `c${i}` });
        if (i === 3) await pulls.foldNow();
      }
      await pulls.foldNow();
      expect(await pulls.gaps(0, start + day)).toMatchObject([
        { kind: "attribution", start_ms: start + 2000, end_ms: start + 4000 },
      ]);
    });

    test("counting that was never on leaves nothing behind when it is off", () => {
      noteCountingOff(join(opened.options.folder, "nowhere"), start);
      expect(existsSync(join(opened.options.folder, "nowhere"))).toBe(false);
    });

    describe("when the disk of the journal is full", () => {
      const full = { now: false };
      const disk: Disk = {
        ...realDisk,
        writeSync(...args) {
          if (full.now) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
          return realDisk.writeSync(...args);
        },
      };
      afterEach(() => {
        full.now = false;
      });

      test("pulls are answered and counted; with space again nothing is lost and there is no gap", async () => {
        await reopen({}, { disk });
        await ask(pulls, { tag: 11 });
        full.now = true;
        await ask(pulls, { tag: 11 }, { digest: 24 });
        expect(await numbers(pulls)).toMatchObject({ "tag 11": "2p 0c", "manifest 24": "1p 0c (0t 1d 0c)" });
        expect(pulls.metrics().riskSinceMs).toBe(start);
        await pulls.foldNow();
        expect(await numbers(pulls)).toMatchObject({ "tag 11": "2p 0c", "repository 1": "3p 0c", "registry 1": "3p 0c" });
        full.now = false;
        await expect.poll(() => pulls.metrics().riskSinceMs).toBe(0);
        await ask(pulls, { tag: 11 });
        await reopen();
        expect(await numbers(pulls)).toMatchObject({
          "tag 11": "3p 0c",
          "manifest 24": "1p 0c (0t 1d 0c)",
          "repository 1": "4p 0c",
          "registry 1": "4p 0c",
        });
        expect(await pulls.gaps(0, start + day)).toEqual([]);
        expect(pulls.metrics().lost).toBe(0);
      });

      test("only a process that dies before there is space again leaves a gap", async () => {
        const machine = { ...laboratory, folder: join(opened.options.folder, "dying") };
        const dying = await openLaboratory(machine, {}, { disk });
        await ask(dying, { tag: 11 });
        laboratory.clock.nowMs += 1000;
        full.now = true;
        await ask(dying, { tag: 11 });
        cpSync(join(machine.folder, "journal"), join(opened.options.folder, "journal"), { recursive: true });
        laboratory.clock.nowMs += 1000;
        await reopen();
        expect((await numbers(pulls))["tag 11"]).toBe("1p 0c");
        const gap = { kind: "pulls", start_ms: start + 1000, end_ms: start + 2000 };
        expect(await pulls.gaps(0, start + day)).toMatchObject([gap]);
        laboratory.clock.nowMs += 1000;
        await reopen();
        expect(await pulls.gaps(0, start + day)).toMatchObject([gap]);
        await dying.close();
      });
    });

    test.each(["kill", "power"] as const)(
      "a machine that stops opens a gap, unless every pull has waited for the disk (%s)",
      async (durability) => {
        const machine = { ...laboratory, folder: join(opened.options.folder, `machine-${durability}`) };
        const rebooted = { ...laboratory, folder: join(opened.options.folder, `rebooted-${durability}`) };
        const before = await openLaboratory(machine, { durability }, { bootId: "first" });
        laboratory.clock.nowMs += 1000;
        await ask(before, { tag: 11 });
        cpSync(machine.folder, rebooted.folder, { recursive: true });
        laboratory.clock.nowMs += 60_000;
        const after = await openLaboratory(rebooted, { durability }, { bootId: "second" });
        await after.foldNow();
        const gap = { kind: "pulls", start_ms: start + 1000, end_ms: start + 61_000 };
        expect(await after.gaps(0, start + day)).toMatchObject(durability === "kill" ? [gap] : []);
        expect((await numbers(after))["tag 11"]).toBe("1p 0c");
        await after.close();
        await before.close();
        expect((await numbers(pulls))["tag 11"]).toBe("1p 0c");
      },
    );
  });
});
