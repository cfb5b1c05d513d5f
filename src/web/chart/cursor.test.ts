import { expect, test } from "vitest";
import { barAt, chosenOf, moveCursor, nowhere } from "./cursor.ts";

test("the first step is onto the last bar; steps stay within the bars", () => {
  expect(moveCursor(nowhere, "ArrowLeft", false, 7)).toEqual({ at: 6, anchor: undefined });
  expect(moveCursor({ at: 6, anchor: undefined }, "ArrowRight", false, 7)?.at).toBe(6);
  expect(moveCursor({ at: 3, anchor: undefined }, "PageUp", false, 7)?.at).toBe(0);
  expect(moveCursor({ at: 3, anchor: undefined }, "End", false, 7)?.at).toBe(6);
  expect(moveCursor(nowhere, "ArrowLeft", false, 0)).toBeUndefined();
  expect(moveCursor(nowhere, "a", false, 7)).toBeUndefined();
});

test("Shift keeps the beginning of a choice, a step without it ends the choice, as Escape does", () => {
  const begun = moveCursor({ at: 4, anchor: undefined }, "ArrowLeft", true, 7)!;
  expect(chosenOf(begun, 7)).toEqual({ first: 3, last: 4 });
  const longer = moveCursor(begun, "ArrowLeft", true, 7)!;
  expect(chosenOf(longer, 7)).toEqual({ first: 2, last: 4 });
  expect(chosenOf(moveCursor(longer, "ArrowLeft", false, 7)!, 7)).toBeUndefined();
  expect(moveCursor(longer, "Escape", false, 7)).toEqual({ at: 2, anchor: undefined });
  expect(moveCursor(nowhere, "Escape", false, 7)).toBeUndefined();
});

test("a pointer is at a bar, also beyond the edges", () => {
  expect([-5, 0, 49, 50, 99, 400].map((x) => barAt(x, 100, 2))).toEqual([0, 0, 0, 1, 1, 1]);
});

test("what is chosen of a row that becomes shorter stays within it", () => {
  expect(chosenOf({ at: 6, anchor: 2 }, 4)).toEqual({ first: 2, last: 3 });
  expect(chosenOf({ at: 6, anchor: 5 }, 4)).toEqual({ first: 3, last: 3 });
  expect(chosenOf({ at: 6, anchor: 5 }, 0)).toBeUndefined();
});
