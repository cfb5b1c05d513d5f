import { describe, expect, test } from "vitest";
import {
  expandNamed,
  followExpansions,
  lineCount,
  lineOf,
  positionOf,
  toggleExpansion,
  type Expansion,
  type Loaded,
} from "./layout.ts";

const two: readonly Expansion[] = [
  { index: 1, name: "b", children: 2 },
  { index: 3, name: "d", children: 1 },
];

function loadedOf(names: readonly string[], children = 2): Loaded {
  return {
    nameAt: (index) => names[index],
    indexOf: (name) => (names.includes(name) ? names.indexOf(name) : undefined),
    childrenAt: () => children,
  };
}

describe("lines of a grid", () => {
  test("are as many as rows and what is expanded below them", () => {
    expect(lineCount(5, two)).toBe(8);
    expect(lineCount(5, [])).toBe(5);
  });

  test("lead to their place, and every place to its line", () => {
    const places = Array.from({ length: 8 }, (_, line) => positionOf(line, two));
    expect(places).toEqual([
      { index: 0 },
      { index: 1 },
      { index: 1, child: 0 },
      { index: 1, child: 1 },
      { index: 2 },
      { index: 3 },
      { index: 3, child: 0 },
      { index: 4 },
    ]);
    expect(places.map((place) => lineOf(place, two))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("expanding twice folds again, and the order stays that of rows", () => {
    const first = { index: 0, name: "a", children: 3 };
    expect(toggleExpansion(two, first).map(({ index }) => index)).toEqual([0, 1, 3]);
    expect(toggleExpansion(toggleExpansion(two, first), first)).toEqual(two);
  });

  test("what is expanded follows its name", () => {
    const moved = followExpansions([two[0]!], loadedOf(["new", "a", "b"]));
    expect(moved).toEqual([{ index: 2, name: "b", children: 2 }]);
  });

  test("what is gone is folded, what is not loaded stays as it is", () => {
    expect(followExpansions([two[0]!], loadedOf(["a", "c"]))).toEqual([]);
    const far = [{ index: 500, name: "z", children: 2 }];
    expect(followExpansions(far, loadedOf(["a"]))).toBe(far);
  });

  test("nothing changes when nothing moved", () => {
    const still = [two[0]!];
    expect(followExpansions(still, loadedOf(["a", "b"]))).toBe(still);
    expect(followExpansions(still, loadedOf(["a", "b"], 5))[0]!.children).toBe(5);
  });

  test("what is named is expanded where it is loaded, and waited for where it, or what is below it, is not", () => {
    expect(expandNamed(["b", "z", "b"], loadedOf(["a", "b"]))).toEqual({
      expansions: [{ index: 1, name: "b", children: 2 }],
      rest: ["z"],
    });
    expect(expandNamed(["b"], loadedOf(["a", "b"], 0))).toEqual({ expansions: [], rest: ["b"] });
  });
});
