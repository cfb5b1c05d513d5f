import { describe, expect, test } from "vitest";
import { showBlocks, wantedBlocks, type Shown } from "./blocks.ts";

interface Row {
  readonly name: string;
  readonly pulls: number;
}
const nameOf = ({ name }: Row): string => name;
const rows = (...names: string[]): Row[] => names.map((name) => ({ name, pulls: 0 }));
const shownOf = (...names: string[]): Shown<Row> => ({ key: "k", total: names.length, blocks: new Map([[0, rows(...names)]]) });

describe("blocks of a list", () => {
  test("are asked for where the reader is, and the nearer neighbour with them", () => {
    expect(wantedBlocks(0, 20, 10_000)).toEqual([0]);
    expect(wantedBlocks(30, 60, 10_000)).toEqual([0, 1]);
    expect(wantedBlocks(5010, 5040, 10_000)).toEqual([49, 50]);
    expect(wantedBlocks(9980, 9999, 10_000)).toEqual([99]);
  });

  test("never beyond the end, nor beyond what the API skips", () => {
    expect(wantedBlocks(0, 0, 0)).toEqual([0]);
    expect(wantedBlocks(90, 120, 95)).toEqual([0]);
    expect(wantedBlocks(99_990, 99_999, 250_000)).toEqual([999]);
  });

  test("what arrives is shown, and what is not wanted any more is let go", () => {
    const fresh = [{ block: 1, rows: rows("x") }];
    const { shown } = showBlocks(shownOf("a"), { fresh, total: 101, isHeld: false }, nameOf);
    expect([...shown.blocks.keys()]).toEqual([1]);
    expect(shown.total).toBe(101);
  });

  test("old rows stay while newer ones are asked for", () => {
    const before = shownOf("a", "b");
    const { shown } = showBlocks(before, { fresh: [{ block: 0, rows: undefined }], total: 2, isHeld: false }, nameOf);
    expect(shown).toBe(before);
  });

  test("numbers change under the cursor, rows do not move", () => {
    const newer = [{ name: "a", pulls: 7 }, ...rows("b")];
    const changed = showBlocks(shownOf("a", "b"), { fresh: [{ block: 0, rows: newer }], total: 2, isHeld: true }, nameOf);
    expect(changed.isBehind).toBe(false);
    expect(changed.shown.blocks.get(0)).toBe(newer);

    const before = shownOf("a", "b");
    const moved = showBlocks(before, { fresh: [{ block: 0, rows: rows("new", "a", "b") }], total: 3, isHeld: true }, nameOf);
    expect(moved).toEqual({ shown: before, isBehind: true });
  });

  test("a block that was not there yet is shown whoever is at the rows", () => {
    const fresh = [
      { block: 0, rows: rows("new", "a") },
      { block: 1, rows: rows("z") },
    ];
    const { shown, isBehind } = showBlocks(shownOf("a"), { fresh, total: 102, isHeld: true }, nameOf);
    expect(isBehind).toBe(true);
    expect(shown.blocks.get(0)).toEqual(rows("a"));
    expect(shown.blocks.get(1)).toEqual(rows("z"));
  });
});
