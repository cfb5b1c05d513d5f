import { expect, test } from "vitest";
import type { PullsAnswer } from "../../wire/pulls.ts";
import { gapsWithin, lengthOf, toBands, toSeries, type BarState } from "./series.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 11);

function answerOf(days: readonly (readonly [number, BarState])[], more: Partial<PullsAnswer> = {}): PullsAnswer {
  const iso = (day: number): string => new Date(startMs + day * dayMs).toISOString();
  return {
    repository: null,
    tag: null,
    digest: null,
    interval: "day",
    from: iso(0),
    to: iso(days.length),
    buckets: days.map(([pulls, state], day) => ({ start: iso(day), pulls, checks: 0, state })),
    total: { count: 0, lastPulledAt: null, checks: 0, lastCheckedAt: null },
    trackedSince: iso(-100),
    gaps: [],
    asOf: iso(days.length - 0.5),
    replaying: false,
    ...more,
  };
}
const before = (days: readonly (readonly [number, BarState])[]): PullsAnswer => answerOf(days, { to: answerOf([]).from });
const gap = (from: string, to: string | null, kind: "pulls" | "attribution" = "pulls"): PullsAnswer["gaps"][number] => ({
  kind,
  from,
  to,
  reason: "disk full",
});

test("bars carry what is known of them; the one that is not over is open, also with a gap in it", () => {
  const { bars, pulls } = toSeries(
    answerOf([
      [5, "complete"],
      [0, "untracked"],
      [2, "gap"],
    ]),
  );
  expect(bars.map(({ state, isOpen }) => [state, isOpen])).toEqual([
    ["complete", false],
    ["untracked", false],
    ["gap", true],
  ]);
  expect(pulls).toBe(7);
});

test("the period before is compared step by step, without the step that is not over", () => {
  const earlier = before([
    [3, "complete"],
    [100, "complete"],
  ]);
  const series = toSeries(
    answerOf([
      [6, "complete"],
      [1, "open"],
    ]),
    earlier,
  );
  expect(series.compared).toEqual({ now: 6, before: 3 });
  expect(series.bars.map((bar) => bar.before)).toEqual([3, 100]);
});

test("what is not known on both sides is not compared", () => {
  const now = answerOf([
    [6, "complete"],
    [1, "open"],
  ]);
  const whole = before([
    [3, "complete"],
    [1, "complete"],
  ]);
  const gapped: readonly [number, BarState][] = [
    [6, "gap"],
    [1, "complete"],
  ];
  expect(toSeries(now).compared).toBeUndefined();
  expect(toSeries(now, before(gapped)).compared).toBeUndefined();
  expect(toSeries(answerOf(gapped), whole).compared).toBeUndefined();
  expect(toSeries(now, whole).compared).toBeDefined();
  expect(toSeries(now, { ...whole, interval: "month" }).compared).toBeUndefined();
  expect(toSeries(now, { ...whole, to: now.to }).compared).toBeUndefined();
});

test("gaps are cut to the time that is shown, and their overlaps count once", () => {
  const { gaps, gapMs } = toSeries(
    answerOf(
      [
        [1, "gap"],
        [1, "gap"],
      ],
      {
        gaps: [
          gap("2026-11-01T00:00:00Z", "2026-11-11T02:00:00Z"),
          gap("2026-11-11T01:00:00Z", "2026-11-11T03:00:00Z"),
          gap("2026-11-12T11:00:00Z", null),
        ],
      },
    ),
  );
  expect(gapMs).toBe(4 * 3_600_000);
  expect(gaps.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
});

test("a gap of attribution is one for tags only", () => {
  const gaps = [gap("2026-11-11T01:00:00Z", "2026-11-11T03:00:00Z", "attribution")];
  expect(toSeries(answerOf([[1, "complete"]], { gaps })).gaps).toEqual([]);
  expect(toSeries(answerOf([[1, "gap"]], { gaps, repository: "a", tag: "v1" })).gapMs).toBe(2 * 3_600_000);
});

test("neighbours with the same doubt are one band", () => {
  const { bars } = toSeries(
    answerOf([
      [0, "untracked"],
      [0, "untracked"],
      [1, "gap"],
      [1, "complete"],
      [1, "gap"],
      [0, "gap"],
    ]),
  );
  expect(toBands(bars)).toEqual([
    { state: "untracked", first: 0, last: 1 },
    { state: "gap", first: 2, last: 2 },
    { state: "gap", first: 4, last: 5 },
  ]);
});

test("a band is named by the gaps that lie in it", () => {
  const { bars, gaps } = toSeries(
    answerOf(
      [
        [1, "gap"],
        [1, "complete"],
        [1, "gap"],
      ],
      {
        gaps: [gap("2026-11-11T01:00:00Z", "2026-11-11T02:00:00Z"), gap("2026-11-13T01:00:00Z", "2026-11-13T04:00:00Z")],
      },
    ),
  );
  expect(lengthOf(gapsWithin(gaps, bars, { first: 0, last: 0 }))).toBe(3_600_000);
  expect(lengthOf(gapsWithin(gaps, bars, { first: 2, last: 2 }))).toBe(3 * 3_600_000);
});

test("counting that began within the time that is shown is said; without counting there are no bars", () => {
  expect(toSeries(answerOf([[1, "complete"]])).trackedSinceMs).toBeUndefined();
  expect(
    toSeries(
      answerOf(
        [
          [0, "untracked"],
          [1, "open"],
        ],
        { trackedSince: "2026-11-12T03:00:00Z" },
      ),
    ).trackedSinceMs,
  ).toBe(Date.UTC(2026, 10, 12, 3));
  expect(toSeries(answerOf([], { asOf: null, trackedSince: null }))).toMatchObject({ bars: [], compared: undefined, pulls: 0 });
});
