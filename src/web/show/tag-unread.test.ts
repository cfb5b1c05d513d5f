import { describe, expect, test } from "vitest";
import { unreadNames } from "./tag-unread.ts";

const names = Array.from({ length: 120 }, (_, i) => ({ name: `v${i}`, digest: null, problem: null }));

describe("rows that are names only", () => {
  test("are read in blocks of fifty, those that are visible", () => {
    const batches = unreadNames((index) => names[index], 40, 60);
    expect(batches.map((batch) => [batch.length, batch[0]])).toEqual([
      [50, "v0"],
      [50, "v50"],
    ]);
    expect(unreadNames((index) => names[index], 110, 119).map((batch) => batch.length)).toEqual([20]);
  });

  test("what was read, or could not be, is not asked for again", () => {
    const rows = [
      { name: "a", digest: "sha256:1", problem: null },
      { name: "b", digest: null, problem: "not readable" },
      { name: "c", digest: null, problem: null },
    ];
    expect(unreadNames((index) => rows[index], 0, 2)).toEqual([["c"]]);
    expect(unreadNames(() => undefined, 0, 20)).toEqual([]);
  });
});
