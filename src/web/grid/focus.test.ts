import { describe, expect, test } from "vitest";
import { firstRow, followFocus, moveFocus } from "./focus.ts";
import type { Loaded } from "./layout.ts";

function loadedOf(names: readonly (string | undefined)[]): Loaded {
  return {
    nameAt: (index) => names[index],
    indexOf: (name) => (names.includes(name) ? names.indexOf(name) : undefined),
    childrenAt: (index) => (index === 1 ? 2 : 0),
  };
}

describe("the focus of a grid", () => {
  test("takes the name of its row when that is loaded", () => {
    expect(followFocus(firstRow, 2, loadedOf(["a", "b"]))).toEqual({ index: 0, name: "a" });
    expect(followFocus(firstRow, 2, loadedOf([]))).toBe(firstRow);
  });

  test("follows its name when rows move, in the second level too", () => {
    expect(followFocus({ index: 0, name: "a" }, 3, loadedOf(["new", "a", "b"]))).toEqual({ index: 1, name: "a" });
    expect(followFocus({ index: 0, child: 1, name: "b" }, 2, loadedOf(["a", "b"]))).toEqual({ index: 1, child: 1, name: "b" });
  });

  test("keeps the place when its name is gone, and the last one when the list has become shorter", () => {
    expect(followFocus({ index: 1, name: "gone" }, 3, loadedOf(["a", "b", "c"]))).toEqual({ index: 1, name: "b" });
    expect(followFocus({ index: 5, name: "gone" }, 2, loadedOf(["a", "b"]))).toEqual({ index: 1, name: "b" });
    expect(followFocus({ index: 5, name: "gone" }, 0, loadedOf([]))).toEqual(firstRow);
  });

  test("is the same when nothing moved", () => {
    const focus = { index: 1, child: 1, name: "b" };
    expect(followFocus(focus, 2, loadedOf(["a", "b"]))).toBe(focus);
    expect(followFocus({ ...focus, child: 2 }, 2, loadedOf(["a", "b"]))).toEqual({ index: 1, name: "b" });
  });

  test("moves by lines, through what is expanded, and not beyond the ends", () => {
    const expansions = [{ index: 1, name: "b", children: 2 }];
    expect(moveFocus({ index: 1 }, 1, 3, expansions)).toEqual({ index: 1, child: 0 });
    expect(moveFocus({ index: 1, child: 1 }, 1, 3, expansions)).toEqual({ index: 2 });
    expect(moveFocus({ index: 2 }, 10, 3, expansions)).toEqual({ index: 2 });
    expect(moveFocus({ index: 2 }, -Infinity, 3, expansions)).toEqual({ index: 0 });
  });
});
