import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonMistake } from "./json-mistake.ts";
import { cpuMsOf } from "../../test/cpu-time.ts";

describe("the line of a mistake in JSON", () => {
  it.each([
    ['{\n  "a": 1,\n  "b" 2\n}', 3],
    ['{\n  "a": 1,\n}', 3],
    ['{\n  "a": tru\n}', 2],
    ['{\n  "a": "b\n}', 2],
    ["", 1],
    ["\n\n", 3],
    ['{"a": [1, 2', 1],
    ["{}\n{}", 2],
    ["[1,\n,2]", 2],
    ["{'a': 1}", 1],
    ['{"a": 01}', 1],
    ["]", 1],
  ])("of %j is %i", (text, line) => {
    expect(findJsonMistake(text)).toBe(line);
  });

  it("is there exactly when JSON.parse refuses the text", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"',
      "1",
      "-0.5e3",
      "01",
      "true",
      "null",
      " ",
      "\n",
      "\\",
      "x",
    );
    const json = fc.json().map((text) => JSON.stringify(JSON.parse(text), undefined, 1));
    const damaged = fc.tuple(json, fc.nat(), fc.string({ maxLength: 2 })).map(([text, place, more]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + more + text.slice(at + 1);
    });
    const broken = fc.array(pieces).map((all) => all.join(""));
    fc.assert(
      fc.property(fc.oneof(json, damaged, broken), (text) => {
        expect(findJsonMistake(text) === undefined).toBe(isJson(text));
        expect(findJsonMistake(text) ?? 1).toBeLessThanOrEqual(text.split("\n").length);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(["[", '{"a":', "[1,", '"\\', "   \n"])(
    "is found in linear time behind a hundred thousand characters of %j",
    (piece) => {
      expect(cpuMsOf(() => findJsonMistake(piece.repeat(100_000 / piece.length)))).toBeLessThan(1000);
    },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
