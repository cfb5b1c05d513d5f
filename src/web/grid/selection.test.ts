import { describe, expect, test } from "vitest";
import { choose, countChosen, drawRange, everything, isChosen, nothing, type Chosen } from "./selection.ts";

const nameOf = (name: string): string => name;

describe("what is chosen", () => {
  test("some rows by name, whether they are loaded later or not", () => {
    const some = choose<string>(nothing, ["a", "b"], nameOf, true);
    expect(countChosen(some, 10)).toBe(2);
    expect(isChosen(some, "a")).toBe(true);
    expect(isChosen(some, "c")).toBe(false);
    expect(countChosen(choose(some, ["a"], nameOf, false), 10)).toBe(1);
  });

  test("a range chooses again what is chosen already", () => {
    const some = choose<string>(choose<string>(nothing, ["b"], nameOf, true), ["a", "b", "c"], nameOf, true);
    expect(countChosen(some, 10)).toBe(3);
  });

  test("a range that becomes shorter gives back what it took, and no more", () => {
    const before = choose<string>(nothing, ["a", "d"], nameOf, true);
    const long = drawRange<string>({ chosen: before }, ["b", "c", "d"], nameOf);
    expect(["a", "b", "c", "d"].map((name) => isChosen(long.chosen, name))).toEqual([true, true, true, true]);
    const short = drawRange(long, ["b"], nameOf);
    expect(["a", "b", "c", "d"].map((name) => isChosen(short.chosen, name))).toEqual([true, true, false, true]);
    const settled = drawRange({ chosen: short.chosen }, ["c"], nameOf);
    expect(["a", "b", "c", "d"].map((name) => isChosen(settled.chosen, name))).toEqual([true, true, true, true]);
  });

  test("all that match, but not what was taken out by hand", () => {
    const without: Chosen<string> = choose<string>(everything, ["b"], nameOf, false);
    expect(countChosen(without, 1204)).toBe(1203);
    expect(isChosen(without, "b")).toBe(false);
    expect(isChosen(without, "never loaded")).toBe(true);
    expect(countChosen(choose(without, ["b"], nameOf, true), 1204)).toBe(1204);
  });
});
