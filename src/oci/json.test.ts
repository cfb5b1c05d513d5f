import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxJsonDepth, readJson } from "./json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readJson(bytes(text));

describe("strict JSON", () => {
  it("reads what JSON.parse reads, for any value without equal keys and unsafe integers", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const safe = JSON.stringify(JSON.parse(text), (_key, item) =>
          typeof item === "number" && Number.isInteger(item) && !Number.isSafeInteger(item) ? 0 : item,
        );
        if (!safe.isWellFormed() || /\\ud[89a-f]/i.test(safe)) return;
        expect(JSON.stringify(read(safe))).toEqual(JSON.stringify(JSON.parse(safe)));
      }),
    );
  });

  it("never accepts bytes that JSON.parse refuses", () => {
    const piece = fc.constantFrom(...'{}[]":,\\/0123456789.-+eEtrufalsn \n\tu00e9\u0001\u00e9', '"a"', "true", "null", "\\u0041");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const text = pieces.join("");
        let value: unknown;
        try {
          value = read(text);
        } catch {
          return;
        }
        expect(JSON.stringify(value)).toEqual(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["equal keys", '{"a":1,"a":1}', "appears twice"],
    ["equal keys, one of them escaped", '{"a":1,"\\u0061":1}', "appears twice"],
    ["equal keys deep inside", '{"x":[{"b":{},"b":{}}]}', "appears twice"],
    ["trailing data", "{}{}", "after the end"],
    ["a byte order mark", "\ufeff{}", "expected a value"],
    ["an integer beyond 2^53", '{"size":9007199254740993}', "too large"],
    ["a number beyond a double", "1e999", "too large"],
    ["an unpaired surrogate", '"\\ud800"', "unpaired surrogate"],
    ["a raw control character", '"a\u0000b"', "expected a string"],
    ["a trailing comma", "[1,]", "expected a value"],
    ["a leading zero", "[01]", "expected ',' or ']'"],
    ["a comment", "{/**/}", "expected a string"],
    ["nothing", "", "expected a value"],
  ])("refuses %s", (_what, text, reason) => {
    expect(() => read(text)).toThrow(reason);
  });

  it("refuses invalid UTF-8", () => {
    expect(() => readJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("not valid UTF-8");
  });

  it("refuses one level too much and takes the last allowed one", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(read(nested(maxJsonDepth))).toBeDefined();
    expect(() => read(nested(maxJsonDepth + 1))).toThrow("deeper than");
    expect(() => read('{"a":'.repeat(100_000))).toThrow("deeper than");
  });

  it("refuses more values than any manifest has, however they are spread", () => {
    const list = `[${Array(16_000).fill("[]").join(",")}]`;
    const lists = (count: number) => `[${Array(count).fill(list).join(",")}]`;
    expect(read(lists(6))).toHaveLength(6);
    expect(() => read(lists(7))).toThrow("more than 100000 values");
  });

  it("keeps __proto__ as an ordinary key", () => {
    const value = read('{"__proto__":{"polluted":true}}');
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("reads four megabytes of strings in linear time", () => {
    const annotations = Object.fromEntries(Array.from({ length: 390 }, (_, i) => [`k${i}`, "x\\n".repeat(3_300)]));
    expect(Object.keys(read(JSON.stringify(annotations)) as object)).toHaveLength(390);
  });
});
