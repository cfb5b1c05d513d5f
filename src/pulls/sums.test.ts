import fc from "fast-check";
import { expect, test } from "vitest";
import { PullRecord, recordKinds, type RecordKind } from "./record.ts";
import { countedKinds, hourMs, Sums, Tallies, tallyFields } from "./sums.ts";

const start = 490_000 * hourMs;

function record(kind: RecordKind, fields: Partial<PullRecord> = {}): PullRecord {
  return Object.assign(new PullRecord(), { kind, repositoryId: 1, manifestId: 2, timeMs: start + 5, ...fields });
}

type Row = Partial<Record<keyof typeof tallyFields, number>>;
function rowOf(tallies: Tallies, id: number): Row {
  const at = tallies.find(id);
  if (at < 0) return {};
  const fields = Object.entries(tallyFields).filter(([, field]) => field > 1 && field < tallies.width);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, tallies.data[at + field]!]).filter(([, value]) => value !== 0),
  ) as Row;
}
const rows = (sums: Sums, ids = [1, 3, 2]): Record<string, Row> =>
  Object.fromEntries(countedKinds.map((kind, i) => [kind, rowOf(sums.totals(kind), ids[i]!)]));

const t = start + 5;
const table: readonly [string, PullRecord[], { repository: Row; tag: Row; manifest: Row }][] = [
  [
    "a pull by tag: tag +1, manifest +1 via tag",
    [record(recordKinds.byTag, { tagEpoch: 3 })],
    {
      repository: { pulls: 1, lastPulledMs: t },
      tag: { pulls: 1, lastPulledMs: t },
      manifest: { pulls: 1, lastPulledMs: t, tagPulls: 1, lastTagMs: t, lastTag: 3 },
    },
  ],
  [
    "a pull by digest: manifest +1",
    [record(recordKinds.direct)],
    { repository: { pulls: 1, lastPulledMs: t }, tag: {}, manifest: { pulls: 1, lastPulledMs: t, lastDirectMs: t } },
  ],
  [
    "HEAD by tag, then GET: one pull, and the check is taken back",
    [record(recordKinds.check, { tagEpoch: 3 }), record(recordKinds.afterHead, { tagEpoch: 3, headMs: t })],
    {
      repository: { pulls: 1, lastPulledMs: t, lastCheckedMs: t },
      tag: { pulls: 1, lastPulledMs: t, lastCheckedMs: t },
      manifest: { pulls: 1, lastPulledMs: t, lastCheckedMs: t, tagPulls: 1, lastTagMs: t, lastTag: 3 },
    },
  ],
  [
    "a child after its index: child +1 via index, nothing for the repository",
    [record(recordKinds.asChild, { parentId: 9 })],
    { repository: {}, tag: {}, manifest: { pulls: 1, lastPulledMs: t, childPulls: 1, lastChildMs: t } },
  ],
  [
    "a check by tag",
    [record(recordKinds.check, { tagEpoch: 3 })],
    {
      repository: { checks: 1, lastCheckedMs: t },
      tag: { checks: 1, lastCheckedMs: t },
      manifest: { checks: 1, lastCheckedMs: t },
    },
  ],
  [
    "a check by digest",
    [record(recordKinds.check)],
    { repository: { checks: 1, lastCheckedMs: t }, tag: {}, manifest: { checks: 1, lastCheckedMs: t } },
  ],
];

test.each(table)("%s", (_, records, expected) => {
  const sums = new Sums();
  for (const each of records) sums.add(each);
  expect(rows(sums)).toEqual(expected);
});

test("the check is taken back in the hour of its HEAD, the pull stands in its own", () => {
  const sums = new Sums();
  sums.add(record(recordKinds.check, { tagEpoch: 3, timeMs: start - 1 }));
  sums.add(record(recordKinds.afterHead, { tagEpoch: 3, timeMs: start, headMs: start - 1 }));
  const tagIn = (hour: number): Row => rowOf(sums.hours.get(hour)![1], 3);
  expect(tagIn(start - hourMs)).toEqual({ lastCheckedMs: start - 1 });
  expect(tagIn(start)).toEqual({ pulls: 1, lastPulledMs: start });
});

test("last times only move forward, and the last tag goes with the latest time", () => {
  const sums = new Sums();
  sums.add(record(recordKinds.byTag, { tagEpoch: 3, timeMs: start + 10 }));
  sums.add(record(recordKinds.byTag, { tagEpoch: 4, timeMs: start - 10 }));
  expect(rowOf(sums.totals("manifest"), 2)).toMatchObject({ pulls: 2, lastPulledMs: start + 10, lastTag: 3 });
});

test("rows are found again among many, up to 2^53", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat({ max: 1000 }), fc.maxSafeNat()), { maxLength: 2000 }), (ids) => {
      const tallies = new Tallies(6);
      const counts = new Map<number, number>();
      for (const id of ids) {
        const at = tallies.at(id, 1);
        tallies.data[at + tallyFields.pulls]!++;
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      expect(tallies.size).toBe(counts.size);
      for (const [id, count] of counts) expect(rowOf(tallies, id)).toEqual({ pulls: count });
      expect([...tallies.ids()]).toEqual([...counts.keys()].sort((a, b) => a - b));
    }),
    { numRuns: 50 },
  );
});

const anyRecord = fc
  .record({
    kind: fc.constantFrom<RecordKind>(1, 2, 3, 4, 5, 7, 8),
    repositoryId: fc.integer({ min: 1, max: 3 }),
    manifestId: fc.integer({ min: 1, max: 20 }),
    tagEpoch: fc.integer({ min: 1, max: 20 }),
    timeMs: fc.integer({ min: start - 3 * hourMs, max: start + hourMs }),
    headMs: fc.integer({ min: start - 3 * hourMs, max: start + hourMs }),
    counted: fc.integer({ min: 0, max: 2 }),
    id: fc.integer({ min: 1, max: 20 }),
  })
  .map((fields) => Object.assign(new PullRecord(), fields));

test("sums written down as aggregates add up to the same sums", () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 100 }), (records) => {
      const sums = new Sums();
      for (const each of records) sums.add(each);
      const again = new Sums();
      for (const each of sums.toRecords()) again.add(each);
      for (const [hour, kinds] of sums.hours) {
        for (const [i, tallies] of kinds.entries()) {
          for (const id of tallies.ids()) expect(rowOf(again.hours.get(hour)![i]!, id)).toEqual(rowOf(tallies, id));
        }
      }
      expect(again.lives).toEqual(sums.lives);
    }),
  );
});
