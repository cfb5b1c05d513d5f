import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxRanges, parseContentRange, parseRange } from "./range.ts";

describe("Range of a download", () => {
  it.each([
    ["bytes=500-1499", [{ start: 500, end: 1499 }]],
    ["bytes=500-", [{ start: 500, end: 4999 }]],
    ["bytes=-500", [{ start: 4500, end: 4999 }]],
    ["bytes=-9000", [{ start: 0, end: 4999 }]],
    ["bytes=2000-9000", [{ start: 2000, end: 4999 }]],
    ["bytes=500-9223372036854775807", [{ start: 500, end: 4999 }]],
    ["bytes=-18446744073709551615", [{ start: 0, end: 4999 }]],
    ["Bytes=0-0", [{ start: 0, end: 0 }]],
    [
      "bytes=10-19, 0-9,-1",
      [
        { start: 10, end: 19 },
        { start: 0, end: 9 },
        { start: 4999, end: 4999 },
      ],
    ],
    ["items=0-1", undefined],
    ["bytes=a-b", undefined],
    ["bytes=-", undefined],
    ["bytes=1-2-3", undefined],
    ["bytes=0-1, bytes=2-3", undefined],
    ["bytes=0-9,9000-", undefined],
    ["bytes=0-,0-,0-", undefined],
    [undefined, undefined],
  ])("%s of 5000 bytes is %j", (header, expected) => {
    expect(parseRange(header, 5000)).toEqual(expected);
  });

  it.each(["bytes=5000-", "bytes=5000-10000", "bytes=500-0", "bytes=-0", "bytes=9223372036854775807-"])(
    "%s of 5000 bytes lies outside",
    (header) => {
      expect(() => parseRange(header, 5000)).toThrow(
        expect.objectContaining({ code: "RANGE_INVALID", status: 416, headers: { "Content-Range": "bytes */5000" } }),
      );
    },
  );

  it("of nothing is the whole", () => {
    expect(parseRange("bytes=0-", 0)).toBeUndefined();
  });

  it("is refused when it asks for too many pieces", () => {
    expect(() => parseRange(`bytes=${"0-0,".repeat(maxRanges)}1-1`, 5000)).toThrow("at most 64");
  });

  it("always lies inside, in the order asked, whatever is asked", () => {
    const spec = fc.tuple(fc.option(fc.nat(200)), fc.option(fc.nat(200))).map(([a, b]) => `${a ?? ""}-${b ?? ""}`);
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 150 }), (specs, size) => {
        try {
          for (const range of parseRange(`bytes=${specs.join(",")}`, size) ?? []) {
            expect(range.start).toBeGreaterThanOrEqual(0);
            expect(range.end).toBeGreaterThanOrEqual(range.start);
            expect(range.end).toBeLessThan(size);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: "RANGE_INVALID" });
          expect(specs).toHaveLength(1);
        }
      }),
    );
  });
});

describe("Content-Range of a chunk", () => {
  it.each([
    ["0-99", { start: 0, end: 99 }],
    ["bytes 100-199", { start: 100, end: 199 }],
    ["bytes 100-199/*", { start: 100, end: 199 }],
    ["bytes=5-5", { start: 5, end: 5 }],
    ["9-5", undefined],
    ["-5", undefined],
    ["5-", undefined],
    ["0-1, 2-3", undefined],
    ["x", undefined],
  ])("%s is %j", (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected);
  });
});
