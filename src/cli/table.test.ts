import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellsOf, toPrintable } from "./cells.ts";
import { Table } from "./table.ts";

interface Fruit {
  readonly name: string;
  readonly count: number;
  readonly note?: string;
}
const columns = [
  { header: "NAME", cell: ({ name }: Fruit) => name },
  { header: "COUNT", cell: ({ count }: Fruit) => String(count), align: "right" as const },
  { header: "NOTE", cell: ({ note }: Fruit) => note ?? "", optional: true },
];

describe("a table", () => {
  test("has a header, texts to the left, numbers to the right, and no space at the end of a line", () => {
    const table = new Table(columns, Number.POSITIVE_INFINITY);
    expect(
      table.format([
        { name: "apple", count: 7 },
        { name: "fig", count: 1234, note: "dry" },
      ]),
    ).toBe("NAME   COUNT  NOTE\napple      7\nfig     1234  dry\n");
  });

  test("aligns wide and combining characters by the cells that they take", () => {
    const table = new Table(columns, Number.POSITIVE_INFINITY);
    const lines = table.format([
      { name: "日本語", count: 1 },
      { name: "e\u0301te\u0301", count: 2 },
      { name: "🍏", count: 3 },
    ]);
    expect(lines).toBe("NAME    COUNT  NOTE\n日本語      1\ne\u0301te\u0301         2\n🍏          3\n");
  });

  test("goes on from page to page with one header, and never becomes narrower", () => {
    const table = new Table(columns, Number.POSITIVE_INFINITY);
    expect(table.format([{ name: "pomegranate", count: 1 }])).toBe("NAME         COUNT  NOTE\npomegranate      1\n");
    expect(table.format([{ name: "fig", count: 2 }])).toBe("fig              2\n");
    expect(table.format([{ name: "pomegranate seeds", count: 3 }])).toBe("pomegranate seeds      3\n");
  });

  test("leaves out what is optional where the terminal is too narrow, and keeps the rest whole", () => {
    const rows = [{ name: "fig", count: 2, note: "x".repeat(20) }];
    expect(new Table(columns, 33).format(rows)).toContain("NOTE");
    expect(new Table(columns, 32).format(rows)).toBe("NAME  COUNT\nfig       2\n");
    expect(new Table(columns, 3).format(rows)).toBe("NAME  COUNT\nfig       2\n");
  });

  test("never passes on what a terminal would obey", () => {
    const table = new Table(columns, Number.POSITIVE_INFINITY);
    const evil = table.format([{ name: "a\u001B[2Jb\nc\u202Ed\u009B", count: 1 }]);
    expect(evil.split("\n")).toHaveLength(3);
    expect(evil.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202E]/u);
  });
});

test("what is printable has no control character, and as many cells as its parts together", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const printable = toPrintable(text);
      expect(printable).not.toMatch(/\p{Cc}/u);
      expect(cellsOf(`${printable} |`)).toBeLessThanOrEqual(cellsOf(printable) + 2);
    }),
  );
});
