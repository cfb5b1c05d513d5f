import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { selectGaps } from "../store/pull-gaps.ts";
import { noFailpoint, realDisk } from "./disk.ts";
import { openFold, type Fold } from "./fold.ts";
import { Folding } from "./folding.ts";
import { FrameWriter } from "./frame.ts";
import { openInstance, type Instance } from "./instance.ts";
import { Journal } from "./journal.ts";
import { createMemoryCounters } from "./live.ts";
import { PullRecord, recordKinds } from "./record.ts";
import { defaultPullSettings, type PullSettings } from "./settings.ts";

const [{ open }] = databases;
const second = 1000;
const epochMs = 1_795_000_000_000;

let opened: TestDatabase;
let journal: string;
let instance: Instance;
let fold: Fold;
let mono: number;
let full: boolean;
let said: string[];
beforeEach(async () => {
  opened = await open();
  journal = join(opened.options.folder, "journal");
  instance = openInstance(journal);
  const own = { id: instance.id, host: "h" };
  fold = await openFold({
    database: opened.options,
    journal,
    instance: own,
    bootId: "boot",
    keeping: defaultPullSettings,
    recalled: [],
  });
  mono = 0;
  full = false;
  said = [];
});
afterEach(async () => {
  instance.close();
  await opened.close();
});
const gaps = () => selectGaps(opened.db.query, 0, 2 * epochMs);

/** Counting without clients: `pull` writes records, `ticks` lets seconds go by and waits for what they do. */
function start(settings: Partial<PullSettings> = {}, parts: { fold?: Fold; instance?: Instance } = {}) {
  const now = (): number => epochMs + mono;
  const log = (sentence: string): void => void said.push(sentence);
  const disk = {
    ...realDisk,
    writeSync(...args: Parameters<typeof realDisk.writeSync>) {
      if (full) throw new Error("ENOSPC");
      return realDisk.writeSync(...args);
    },
  };
  const lines = new Journal({ instance, bootId: "boot", durability: "kill", disk, failpoint: noFailpoint, now, log, ...parts });
  const folding = new Folding({
    fold,
    journal: lines,
    live: createMemoryCounters(),
    attribution: undefined,
    settings: { ...defaultPullSettings, ...settings },
    now,
    monotonic: () => mono,
    log,
    ...parts,
  });
  const frames = new FrameWriter();
  return {
    folding,
    lines,
    pull(count: number, tagEpoch = 1) {
      const record = new PullRecord();
      Object.assign(record, { kind: recordKinds.byTag, repositoryId: 1, manifestId: tagEpoch, tagEpoch, timeMs: now() });
      for (let i = 0; i < count; i++) {
        frames.start(now());
        frames.add(record);
        lines.append(frames.finish()).sums.add(record);
      }
    },
    /** Records folded so far. */
    async ticks(seconds: number): Promise<number> {
      for (let i = 0; i < seconds; i++) {
        mono += second;
        folding.tick();
        await folding.idle();
        // What a tick leaves behind is set a moment after its work.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return folding.metrics.foldedRecords;
    },
    async stop() {
      await folding.close(await lines.close());
    },
  };
}

test("a few pulls are folded after five minutes, not earlier, however long nothing happened before", async () => {
  const { pull, ticks, stop } = start();
  await ticks(1000);
  pull(3);
  expect(await ticks(299)).toBe(0);
  expect(await ticks(3)).toBe(3);
  pull(1);
  expect(await ticks(299)).toBe(3);
  expect(await ticks(3)).toBe(4);
  await stop();
});

test("twenty pulls for each key are folded at once, but never within ten seconds of the last fold", async () => {
  const { pull, ticks, stop } = start();
  await ticks(11);
  pull(59);
  expect(await ticks(1)).toBe(0);
  pull(1);
  expect(await ticks(1)).toBe(60);
  pull(1000);
  expect(await ticks(9)).toBe(60);
  expect(await ticks(1)).toBe(1060);
  await stop();
});

test("a large journal is folded, however many keys it has", async () => {
  const { pull, ticks, stop } = start({ foldBytes: 4000 });
  await ticks(11);
  for (let tag = 1; tag <= 50; tag++) pull(1, tag);
  expect(await ticks(1)).toBe(0);
  for (let tag = 51; tag <= 300; tag++) pull(1, tag);
  expect(await ticks(1)).toBe(300);
  await stop();
});

test("while the database fails everything waits in the journal, and is folded once when it works again", async () => {
  let down = false;
  const failing = passOn(fold, {
    apply: (...args) => (down ? Promise.reject(new Error("the database is down")) : fold.apply(...args)),
  });
  const { pull, ticks, folding, stop } = start({}, { fold: failing });
  await ticks(11);
  down = true;
  pull(200);
  await ticks(60);
  pull(200);
  expect(await ticks(60)).toBe(0);
  expect(said.length).toBeGreaterThan(3);
  expect(folding.metrics.unfoldedBytes).toBeGreaterThan(4000);
  down = false;
  expect(await ticks(30)).toBe(400);
  expect(folding.metrics).toMatchObject({ unfoldedBytes: 0, lost: 0 });
  await stop();
});

test("what the gap file cannot take is noted in the database, and taken back when nothing is at risk any more", async () => {
  const mark = {
    set() {
      throw new Error("EIO");
    },
    clear: () => undefined,
  };
  const { pull, ticks, lines, stop } = start({}, { instance: { ...instance, mark } });
  await ticks(11);
  full = true;
  lines.append(Buffer.alloc(20));
  pull(1);
  await ticks(2);
  expect(await gaps()).toMatchObject([{ kind: "pulls", start_ms: epochMs + 11 * second, end_ms: 0 }]);
  full = false;
  lines.recover();
  await ticks(2);
  expect(await gaps()).toEqual([]);
  await stop();
});

test("a damaged segment is a gap, and its records show as lost", async () => {
  const { pull, ticks, folding, lines, stop } = start();
  await ticks(11);
  pull(120);
  // Somebody overwrites the middle of the file while it is still being written.
  const fd = realDisk.openSync(join(instance.folder, `${lines.active.id}.pulls`), "r+");
  realDisk.writeSync(fd, Buffer.alloc(10, 0xff), 0, 10, lines.active.bytes >> 1);
  realDisk.closeSync(fd);
  await ticks(1);
  expect(folding.metrics.lost).toBeGreaterThan(0);
  expect(folding.metrics.foldedRecords + folding.metrics.lost).toBe(120);
  expect(await gaps()).toMatchObject([{ kind: "pulls", reason: "a journal segment was damaged" }]);
  await stop();
});

test("a folder that cannot be adopted keeps back neither other folders nor our own folds", async () => {
  const unreadable = "00000000-0000-4000-8000-000000000001";
  mkdirSync(join(journal, unreadable, "11111111-1111-4111-8111-111111111111.pulls"), { recursive: true });
  const other = "00000000-0000-4000-8000-000000000002";
  mkdirSync(join(journal, other));
  writeFileSync(join(journal, other, "gap"), "at risk since 1700000000000");
  const { pull, ticks, folding, stop } = start();
  await ticks(11);
  pull(120);
  expect(await ticks(20)).toBe(120);
  expect(folding.replaying).toBe(true);
  expect(await gaps()).toMatchObject([{ start_ms: 1_700_000_000_000 }]);
  expect(readdirSync(journal)).toContain(unreadable);
  await stop();
});

function passOn(to: Fold, changed: Partial<Fold>): Fold {
  return {
    start: (...args) => to.start(...args),
    adopt: (...args) => to.adopt(...args),
    reconcile: () => to.reconcile(),
    apply: (...args) => to.apply(...args),
    addGap: (...args) => to.addGap(...args),
    closeRisk: () => to.closeRisk(),
    tend: (...args) => to.tend(...args),
    leave: (...args) => to.leave(...args),
    close: () => to.close(),
    ...changed,
  };
}
