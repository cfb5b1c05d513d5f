import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mountSmallDisk, whyNoSmallDisk } from "../../test/peers/small-disk.ts";
import { noFailpoint, realDisk, type Disk } from "./disk.ts";
import { FrameWriter } from "./frame.ts";
import { openInstance, readRiskMark, type Instance } from "./instance.ts";
import { Journal, type JournalOptions } from "./journal.ts";
import { PullRecord, recordKinds } from "./record.ts";
import { readSegment, segmentIdOf } from "./segment.ts";
import { Sums, tallyFields } from "./sums.ts";

let root: string;
let instance: Instance;
let clock: number;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hythe-journal-"));
  instance = openInstance(root);
  clock = 5000;
});
afterEach(() => {
  instance.close();
  rmSync(root, { recursive: true });
});

function open(disk: Partial<Disk> = {}, options: Partial<JournalOptions> = {}): Journal {
  const defaults = { bootId: "boot", durability: "kill", failpoint: noFailpoint } as const;
  return new Journal({
    instance,
    ...defaults,
    now: () => clock,
    log: () => undefined,
    ...options,
    disk: { ...realDisk, ...disk },
  });
}

/** Appends one frame with pulls of these manifests by tag 1, as the recorder does. */
function append(journal: Journal, ...manifestIds: number[]): void {
  const frames = new FrameWriter();
  frames.start(clock);
  const records = manifestIds.map((manifestId) =>
    Object.assign(new PullRecord(), { kind: recordKinds.byTag, repositoryId: 1, tagEpoch: 1, manifestId, timeMs: clock }),
  );
  for (const record of records) frames.add(record);
  const { sums } = journal.append(frames.finish());
  for (const record of records) sums.add(record);
}

/** Pulls of tag 1 that all segments of the folder hold together, and how many are sealed. */
function onDisk(folder = instance.folder): { pulls: number; sealed: number; segments: number } {
  const sums = new Sums();
  const files = readdirSync(folder).filter((file) => segmentIdOf(file) !== undefined);
  const ends = files.map((file) => readSegment(join(folder, file), 0, (record) => sums.add(record)));
  const tags = sums.totals("tag");
  const at = tags.find(1);
  return {
    pulls: at < 0 ? 0 : tags.data[at + tallyFields.pulls]!,
    sealed: ends.filter(({ sealed }) => sealed).length,
    segments: files.length,
  };
}

/** The next writes go as told, as on a disk that fills up: whole, in part, or with an error. */
function failing(): { disk: Partial<Disk>; fail(...how: ("whole" | "short" | "full")[]): void } {
  const queue: ("whole" | "short" | "full")[] = [];
  return {
    fail: (...how) => void queue.push(...how),
    disk: {
      writeSync(fd, bytes, offset, length, position) {
        const how = queue.shift();
        if (how === "full") throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
        return realDisk.writeSync(fd, bytes, offset, how === "short" ? length >> 1 : length, position);
      },
    },
  };
}

test("frames are in the file when append returns, and a seal ends the segment while the next one has begun", async () => {
  const journal = open();
  append(journal, 1, 2);
  expect(onDisk()).toEqual({ pulls: 2, sealed: 0, segments: 1 });
  const [slice, ...more] = await journal.seal();
  expect([slice?.sums.records, more]).toEqual([2, []]);
  append(journal, 3);
  expect(onDisk()).toEqual({ pulls: 3, sealed: 1, segments: 2 });
  expect(journal.active.sums.records).toBe(1);
  await journal.close();
  expect(onDisk()).toEqual({ pulls: 3, sealed: 2, segments: 2 });
});

test("an empty segment is neither sealed nor left behind", async () => {
  const journal = open();
  expect(await journal.seal()).toEqual([]);
  expect(await journal.close()).toEqual([]);
  expect(onDisk().segments).toBe(0);
});

test("a seal waits until the next segment has its name on disk, so that a power cut always finds an unsealed one", async () => {
  const steps: string[] = [];
  const journal = open(
    { syncFolder: async () => void steps.push("folder") },
    { failpoint: (step) => void (step.startsWith("seal") && steps.push(step)) },
  );
  append(journal, 1);
  await journal.sync();
  steps.length = 0;
  await journal.seal();
  expect(steps).toEqual(["seal.started", "folder", "seal.synced", "seal.written", "seal.durable"]);
});

test.each(["short", "full"] as const)(
  "a %s write is cut off again, and the frame is written whole into a new segment",
  async (how) => {
    const { disk, fail } = failing();
    const journal = open(disk);
    append(journal, 1);
    fail(how);
    append(journal, 2, 3);
    append(journal, 4);
    expect(journal.riskSinceMs).toBe(0);
    expect(onDisk()).toMatchObject({ pulls: 4, segments: 2 });
    expect((await journal.seal()).map(({ sums }) => sums.records)).toEqual([1, 3]);
    expect(onDisk()).toMatchObject({ pulls: 4, sealed: 2 });
  },
);

test("when the frame cannot be cut off again it stays torn, and nothing is written behind it", () => {
  const { disk, fail } = failing();
  const ftruncateSync = (): never => {
    throw new Error("EIO");
  };
  const journal = open({ ...disk, ftruncateSync });
  append(journal, 1);
  fail("short");
  append(journal, 2);
  expect(onDisk()).toMatchObject({ pulls: 2, segments: 2 });
});

describe("when no segment can be written", () => {
  test("pulls go on in memory, the gap file says since when, and recovery writes them down and clears it", async () => {
    const { disk, fail } = failing();
    const journal = open(disk);
    append(journal, 1);
    clock = 6000;
    fail("short", "whole", "short");
    append(journal, 2);
    append(journal, 3, 3);
    expect([journal.riskSinceMs, journal.marked, readRiskMark(instance.folder)]).toEqual([6000, true, 6000]);
    expect(onDisk().pulls).toBe(1);
    expect(journal.active.sums.records).toBe(3);

    fail("full");
    journal.recover();
    expect(readRiskMark(instance.folder)).toBe(6000);
    fail("short");
    journal.recover();
    expect(onDisk().pulls).toBe(1);
    journal.recover();
    expect([journal.riskSinceMs, readRiskMark(instance.folder)]).toEqual([0, 0]);
    expect(onDisk().pulls).toBe(4);

    append(journal, 4);
    expect((await journal.seal()).map(({ sums }) => sums.records)).toEqual([1, 4]);
    expect(onDisk()).toMatchObject({ pulls: 5, sealed: 2 });
  });

  test("a seal hands out what is written and keeps the rest", async () => {
    const { disk, fail } = failing();
    const journal = open(disk);
    append(journal, 1);
    fail("full", "full");
    append(journal, 2);
    expect((await journal.seal()).map(({ sums }) => sums.records)).toEqual([1]);
    expect(await journal.seal()).toEqual([]);
    expect(journal.active.sums.records).toBe(1);
  });

  test("a stop tries once more, and leaves the mark when that fails", async () => {
    const { disk, fail } = failing();
    const journal = open(disk);
    append(journal, 1);
    fail("full", "full");
    append(journal, 2);
    fail("full", "full");
    expect((await journal.close()).length).toBe(1);
    expect(readRiskMark(instance.folder)).toBe(5000);
  });

  test("a journal that cannot even begin is at risk from the start, and recovers", () => {
    const { disk, fail } = failing();
    fail("full");
    const journal = open(disk);
    append(journal, 1);
    expect(journal.riskSinceMs).toBe(5000);
    journal.recover();
    expect([journal.riskSinceMs, onDisk().pulls]).toEqual([0, 1]);
  });
});

describe("durability: power", () => {
  test("one flush serves all who wait, and who comes while it runs gets the next", async () => {
    const flushes: PromiseWithResolvers<void>[] = [];
    const fdatasync = (): Promise<void> => {
      flushes.push(Promise.withResolvers<void>());
      return flushes.at(-1)!.promise;
    };
    const journal = open({ fdatasync }, { durability: "power" });
    const done: string[] = [];
    append(journal, 1);
    void journal.sync().then(() => done.push("first"));
    append(journal, 2);
    const waiting = [journal.sync().then(() => done.push("second")), journal.sync().then(() => done.push("third"))];
    expect(flushes.length).toBe(1);
    flushes[0]!.resolve();
    await expect.poll(() => flushes.length).toBe(2);
    expect(done).toEqual(["first"]);
    flushes[1]!.resolve();
    await Promise.all(waiting);
    expect(done).toEqual(["first", "second", "third"]);
    expect(flushes.length).toBe(2);
  });

  test("a failed flush counts as a failed write: at risk since the last good one, until the fold has the segment", async () => {
    let broken = false;
    const fdatasync = (fd: number): Promise<void> => (broken ? Promise.reject(new Error("EIO")) : realDisk.fdatasync(fd));
    const journal = open({ fdatasync }, { durability: "power" });
    append(journal, 1);
    await journal.sync();
    clock = 7000;
    append(journal, 2);
    broken = true;
    await journal.sync();
    expect(readRiskMark(instance.folder)).toBe(5000);
    broken = false;
    append(journal, 3);
    await journal.sync();
    expect(journal.riskSinceMs).toBe(5000);
    const slices = await journal.seal();
    expect(slices.map(({ sums }) => sums.records)).toEqual([2, 1]);
    expect(onDisk()).toMatchObject({ pulls: 3, sealed: 1 });
    for (const slice of slices) journal.folded(slice);
    expect([journal.riskSinceMs, readRiskMark(instance.folder)]).toEqual([0, 0]);
  });
});

const noDisk = whyNoSmallDisk();
test.skipIf(noDisk !== undefined)(
  `on a disk that is really full pulls are counted, and with space again nothing is lost${noDisk === undefined ? "" : ` (skipped: ${noDisk})`}`,
  async () => {
    const disk = mountSmallDisk(join(root, "small"), "256k");
    try {
      const small = openInstance(join(root, "small"));
      const journal = open({}, { instance: small });
      append(journal, 1);
      disk.fill();
      for (let i = 0; i < 2000; i++) append(journal, i, i + 1, i + 2);
      expect(readRiskMark(small.folder)).toBe(5000);
      disk.free();
      journal.recover();
      expect(readRiskMark(small.folder)).toBe(0);
      append(journal, 1);
      await journal.close();
      small.close();
      expect(onDisk(small.folder).pulls).toBe(6002);
    } finally {
      disk.unmount();
    }
  },
);
