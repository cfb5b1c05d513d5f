import fc from "fast-check";
import { expect, test } from "vitest";
import { compareRows, countBefore, turnRows } from "./sorted-rows.ts";

const row = fc.record({ value: fc.oneof(fc.constant(undefined), fc.nat(3)), name: fc.stringMatching(/^[a-d]{1,3}$/) });
const rows = fc.uniqueArray(row, { selector: ({ name }) => name, maxLength: 30 });

test("every row is found at its place, upwards and downwards", () => {
  fc.assert(
    fc.property(rows, fc.boolean(), (unsorted, descending) => {
      const sorted = unsorted.toSorted((a, b) => compareRows(a, b, descending));
      for (const [at, key] of sorted.entries()) {
        expect(countBefore(sorted, key, descending, false)).toBe(at);
        expect(countBefore(sorted, key, descending, true)).toBe(at + 1);
      }
    }),
  );
});

test("rows that are turned are as if they had been sorted downwards: without a value at the end", () => {
  fc.assert(
    fc.property(rows, (unsorted) => {
      const upwards = unsorted.toSorted((a, b) => compareRows(a, b, false));
      expect(turnRows(upwards)).toEqual(unsorted.toSorted((a, b) => compareRows(a, b, true)));
    }),
  );
});
