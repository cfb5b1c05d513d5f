import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FrameWriter } from "./frame.ts";
import { PullRecord } from "./record.ts";
import { buildHeader, readSegment, segmentFile, segmentIdOf } from "./segment.ts";
import { buildSeal } from "./slice.ts";

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hythe-segment-"));
  path = join(folder, segmentFile("00000000-0000-0000-0000-000000000000"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const header = buildHeader({ boot: "boot", startMs: 1000, durability: "kill" });

/** One frame per entry; the entry says how many records. */
function build(counts: readonly number[]): { bytes: Buffer; ends: number[] } {
  const frames = new FrameWriter();
  const parts = [header];
  const ends = [header.length];
  let id = 0;
  for (const count of counts) {
    frames.start(2000 + parts.length);
    for (let i = 0; i < count; i++) {
      const record = new PullRecord();
      record.manifestId = ++id;
      frames.add(record);
    }
    parts.push(Buffer.from(frames.finish()));
    ends.push(ends.at(-1)! + parts.at(-1)!.length);
  }
  return { bytes: Buffer.concat(parts), ends };
}

function read(from = 0): { ids: number[]; end: number; sealed: boolean; lastMs: number } {
  const ids: number[] = [];
  const { end, sealed, lastMs } = readSegment(path, from, (record) => ids.push(record.manifestId));
  return { ids, end, sealed, lastMs };
}

test("a segment cut at any byte yields exactly its whole frames", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }), (counts) => {
      const { bytes, ends } = build(counts);
      for (let cut = 0; cut <= bytes.length; cut++) {
        writeFileSync(path, bytes.subarray(0, cut));
        const whole = ends.findLastIndex((end) => end <= cut);
        const records = counts.slice(0, Math.max(0, whole)).reduce((sum, count) => sum + count, 0);
        const { ids, end } = read();
        expect(ids).toEqual(Array.from({ length: records }, (_, i) => i + 1));
        expect(end).toBe(whole < 0 ? 0 : ends[whole]);
      }
    }),
    { numRuns: 6 },
  );
});

test("a segment followed by zeros or noise yields exactly its whole frames", () => {
  const { bytes, ends } = build([3, 2]);
  for (const tail of [Buffer.alloc(5000), Buffer.alloc(5000, 0xff), bytes.subarray(header.length + 3)]) {
    writeFileSync(path, Buffer.concat([bytes, tail]));
    expect(read()).toMatchObject({ ids: [1, 2, 3, 4, 5], end: ends.at(-1) });
  }
});

test("reading goes on from a position, and frames larger than a chunk are read whole", () => {
  const { bytes, ends } = build([2, 200_000, 1]);
  writeFileSync(path, bytes);
  expect(bytes.length).toBeGreaterThan(2 * 1024 * 1024);
  expect(read().ids.length).toBe(200_003);
  expect(read(ends[2])).toMatchObject({ ids: [200_003], end: bytes.length });
  truncateSync(path, bytes.length - 100);
  expect(read().ids.length).toBe(2);
});

test("a seal says that nothing follows", () => {
  const { bytes } = build([1]);
  writeFileSync(path, bytes);
  expect(read()).toMatchObject({ sealed: false, lastMs: 2001 });
  writeFileSync(path, Buffer.concat([bytes, buildSeal(9000)]));
  expect(read()).toMatchObject({ ids: [1], sealed: true, lastMs: 9000 });
});

test("a segment of an unknown version is not read", () => {
  const { bytes } = build([1]);
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(header.toString().replace('"version":1', '"version":2')), bytes.subarray(header.length)]),
  );
  expect(readSegment(path, 0, () => undefined)).toMatchObject({ header: undefined, end: 0 });
});

test("the header can be read with head -1", () => {
  expect(JSON.parse(readFileSync(path, "utf8").split("\n")[0]!)).toMatchObject({
    format: "hythe-pulls",
    boot: "boot",
    durability: "kill",
  });
  expect(segmentIdOf("lock.db")).toBeUndefined();
  expect(segmentIdOf(segmentFile("0f8fad5b-d9cb-469f-a165-70867728950e"))).toBe("0f8fad5b-d9cb-469f-a165-70867728950e");
});
