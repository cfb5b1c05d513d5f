import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32c, frameHeadBytes, frameLength, FrameWriter } from "./frame.ts";
import { aggregateFields, PullRecord, RecordReader, recordKinds, type RecordKind } from "./record.ts";

const id = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 0, max: 2 ** 32 }), fc.maxSafeNat());
const timeMs = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });
const kinds = Object.values(recordKinds).filter((kind) => kind !== recordKinds.seal);

/** Any record, with only the fields that its kind keeps. */
const anyRecord = fc
  .record({
    kind: fc.constantFrom<RecordKind>(...kinds),
    ids: fc.array(id, { minLength: 6, maxLength: 6 }),
    remembered: fc.boolean(),
    ageMs: fc.integer({ min: -5000, max: 60_000 }),
    counted: fc.integer({ min: 0, max: 2 }),
    hourMs: timeMs,
    values: fc.array(fc.oneof(fc.integer(), timeMs), { minLength: aggregateFields, maxLength: aggregateFields }),
  })
  .map((from) => {
    const record = new PullRecord();
    record.kind = from.kind;
    record.repositoryId = from.ids[0]!;
    if (from.kind >= recordKinds.aggregate) {
      record.counted = from.counted;
      record.id = from.ids[1]!;
      if (from.kind === recordKinds.aggregate) {
        record.hourMs = from.hourMs;
        record.values = Float64Array.from(from.values);
      }
      return { record, ageMs: 0 };
    }
    record.remembered = from.remembered;
    record.manifestId = from.ids[1]!;
    record.principal = from.ids[2]!;
    record.client = from.ids[3]!;
    if (from.kind === recordKinds.asChild) record.parentId = from.ids[4]!;
    else if (from.kind !== recordKinds.direct) record.tagEpoch = from.ids[5]!;
    return { record, ageMs: from.ageMs };
  });

function encode(records: readonly { record: PullRecord; ageMs: number }[], at: number): Buffer {
  const frames = new FrameWriter();
  frames.start(at);
  for (const { record, ageMs } of records) {
    record.timeMs = at;
    if (record.kind === recordKinds.afterHead) record.headMs = at - ageMs;
    frames.add(record);
  }
  return frames.finish();
}

function decode(frame: Buffer): PullRecord[] {
  const reader = new RecordReader(frame.subarray(frameHeadBytes));
  const records: PullRecord[] = [];
  for (let record = new PullRecord(); reader.next(record); record = new PullRecord()) records.push(record);
  return records;
}

test("what is written is read again, whatever the numbers", () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 300 }), timeMs, (records, at) => {
      expect(decode(encode(records, at))).toEqual(records.map(({ record }) => record));
    }),
  );
});

test("a pull by tag takes at most 40 bytes, alone in its frame and with ids in the millions", () => {
  const record = new PullRecord();
  Object.assign(record, {
    kind: recordKinds.byTag,
    repositoryId: 90_000,
    manifestId: 4_000_000,
    tagEpoch: 5_000_000,
    principal: 900,
  });
  record.client = Number.MAX_SAFE_INTEGER;
  expect(encode([{ record, ageMs: 0 }], 1_795_000_000_000).length).toBeLessThanOrEqual(40);
  const many = Array.from({ length: 100 }, () => ({ record, ageMs: 0 }));
  expect(encode(many, 1_795_000_000_000).length / 100).toBeLessThanOrEqual(24);
});

test("the checksum is CRC-32C", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});

test("a frame with any bit flipped, and any run of zeros, is not a frame", () => {
  const record = new PullRecord();
  record.repositoryId = 77;
  const frame = encode([{ record, ageMs: 0 }], 1_795_000_000_000);
  expect(frameLength(frame)).toBe(frame.length);
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const flipped = Buffer.from(frame);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(frameLength(flipped)).toBeLessThanOrEqual(0);
  }
  for (let length = 0; length < 64; length++) expect(frameLength(Buffer.alloc(length))).toBeLessThanOrEqual(0);
});
