import { describe, expect, test } from "vitest";
import { pullsAnswer, type PullsAnswer } from "../wire/pulls.ts";
import { cellsOf } from "./cells.ts";
import { drawChart, type Bar } from "./chart.ts";
import { formatHistory } from "./pull-history.ts";

const day = (number: number): string => new Date(Date.UTC(2026, 10, number)).toISOString();

type State = PullsAnswer["buckets"][number]["state"];

function answer(pulls: readonly number[], more: Partial<PullsAnswer> = {}, states: readonly State[] = []): PullsAnswer {
  return pullsAnswer.parse({
    repository: "team/app",
    tag: null,
    digest: null,
    interval: "day",
    from: day(1),
    to: day(1 + pulls.length),
    buckets: pulls.map((count, at) => ({
      start: day(1 + at),
      pulls: count,
      checks: 10 * count,
      state: states[at] ?? "complete",
    })),
    total: { count: 99, lastPulledAt: day(2), checks: 0, lastCheckedAt: null },
    trackedSince: "2025-01-01T00:00:00.000Z",
    gaps: [],
    asOf: day(1 + pulls.length),
    replaying: false,
    ...more,
  });
}

describe("pulls over time on a terminal", () => {
  test("are bars as high as their counts, with the most and the first and last day at the axes", () => {
    expect(formatHistory(answer([0, 48, 24, 1, 1000 / 1000]), 40))
      .toBe(`pulls by day, 2026-11-01 00:00 to 2026-11-06 00:00 UTC: 74

48 ┤    ███
   │    ███
   │    ███
   │    ███ ███
   │    ███ ███
   │    ███ ███ ▁▁▁ ▁▁▁
 0 ┼────────────────────
    2026-11-01
`);
  });

  test("say at the axis where numbers are in doubt, and below it why", () => {
    const text = formatHistory(
      answer(
        [0, 0, 3, 4],
        {
          trackedSince: day(2),
          gaps: [
            { kind: "pulls", from: "2026-11-03T10:00:00.000Z", to: "2026-11-03T11:00:00.000Z", reason: "disk full" },
            { kind: "attribution", from: day(4), to: null, reason: "too many" },
          ],
        },
        ["untracked", "complete", "gap", "open"],
      ),
      80,
    );
    expect(text).toContain(" 0 ┼···─────???─────\n".trimStart());
    expect(text).toContain("before 2026-11-02 00:00 UTC nobody counted\n");
    expect(text).toContain("? 2026-11-03 10:00 to 2026-11-03 11:00 UTC: perhaps not all were counted (disk full)\n");
    expect(text).toContain("? 2026-11-04 00:00 until now UTC: counted, but perhaps not for their tag (too many)\n");
  });

  test("are said in words when there are none", () => {
    expect(formatHistory(answer([0, 0]), 80)).toBe("pulls by day, 2026-11-01 00:00 to 2026-11-03 00:00 UTC: none\n");
  });

  test("when pulls are not counted there is nothing to show", () => {
    expect(formatHistory(answer([], { asOf: null, trackedSince: null }), 80)).toBe("");
  });
});

describe("pulls over time elsewhere", () => {
  test("are a table from the day on that counting began", () => {
    expect(formatHistory(answer([0, 2, 30], { trackedSince: day(2) }, ["untracked"]), undefined)).toBe(
      "DAY (UTC)   PULLS  CHECKS\n2026-11-02      2      20\n2026-11-03     30     300\nbefore 2026-11-02 00:00 UTC nobody counted\n",
    );
  });
});

describe("a chart", () => {
  const bars = (count: number): Bar[] =>
    Array.from({ length: count }, (_, at) => ({ label: `bar ${at}`, count: at % 7, doubt: "" }));

  test.each([
    [1, 40],
    [30, 80],
    [200, 80],
    [2000, 100],
    [5, 12],
  ])("of %d bars fits %d columns", (count, columns) => {
    const { text, together } = drawChart(bars(count), columns);
    for (const line of text.trimEnd().split("\n")) expect(cellsOf(line)).toBeLessThanOrEqual(Math.max(14, columns));
    expect(together > 1).toBe(count > columns);
  });

  test("adds up neighbours that do not fit, and loses none", () => {
    const { text, together } = drawChart(
      Array.from({ length: 100 }, () => ({ label: "x", count: 5, doubt: "" as const })),
      60,
    );
    expect(together).toBe(2);
    expect(text).toMatch(/^10 ┤█{50}\n/);
  });
});
