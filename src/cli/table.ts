// Tables that are printed while they are read: a page at a time, each at least as wide as the one before.

import { cellsOf, pad, toPrintable } from "./cells.ts";

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  /** "left" when absent. */
  readonly align?: "left" | "right";
  /** Left out when the table would be wider than the terminal, the last of them first. */
  readonly optional?: boolean;
}

const between = "  ";

export class Table<Row> {
  #columns: readonly Column<Row>[];
  #widths: number[] = [];
  readonly #room: number;
  #started = false;

  /** `room`: cells of a line; Infinity: every column is shown. */
  constructor(columns: readonly Column<Row>[], room: number) {
    this.#columns = columns;
    this.#room = room;
  }

  /** The lines of these rows, with the header before the first of all. Lines end with a line feed, without space before it. */
  format(rows: readonly Row[]): string {
    const first = !this.#started;
    this.#started = true;
    if (first) this.#fit(rows);
    const lines = rows.map((row) => this.#columns.map(({ cell }) => toPrintable(cell(row))));
    if (first) lines.unshift(this.#columns.map(({ header }) => header));
    for (const line of lines) {
      for (const [at, text] of line.entries()) this.#widths[at] = Math.max(this.#widths[at] ?? 0, cellsOf(text));
    }
    return lines.map((line) => `${this.#line(line)}\n`).join("");
  }

  #line(cells: readonly string[]): string {
    return cells
      .map((text, at) => pad(text, this.#widths[at]!, this.#columns[at]!.align ?? "left"))
      .join(between)
      .trimEnd();
  }

  #fit(rows: readonly Row[]): void {
    const widths = new Map(
      this.#columns.map((column) => [
        column,
        rows.reduce((width, row) => Math.max(width, cellsOf(toPrintable(column.cell(row)))), cellsOf(column.header)),
      ]),
    );
    const total = (): number =>
      this.#columns.reduce((sum, column) => sum + widths.get(column)! + between.length, -between.length);
    while (total() > this.#room) {
      const last = this.#columns.findLast(({ optional }) => optional === true);
      if (last === undefined) return;
      this.#columns = this.#columns.filter((column) => column !== last);
    }
  }
}
