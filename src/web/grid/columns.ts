// What a grid shows of a row, and which of its columns at which width. Pure.

import type { ReactNode } from "react";

export interface CellContext {
  /** The server's time in milliseconds. */
  readonly now: number;
  /** For links, buttons and what has a tip: 0 in the row that has the focus, so that Tab leads into that one only. */
  readonly tabIndex: 0 | -1;
}

export interface GridColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** Field of the API's `sort`; absent: the list cannot be sorted by it. */
  readonly sort?: string;
  /** The first click puts the greatest first. */
  readonly descending?: boolean;
  /** In px, at least; with `grow` it takes its part of what is left. */
  readonly width: number;
  readonly grow?: number;
  /** Of the window, in px: wide enough to show it unasked. Absent: 768, as all. Infinity: only when it is chosen. */
  readonly from?: number;
  /** Numbers. */
  readonly right?: boolean;
  /** Cannot be left out. */
  readonly fixed?: boolean;
  /** Tip of the header. */
  readonly note?: string;
  readonly cell: (row: Row, context: CellContext) => ReactNode;
}

/** A row of the second level: what an image is for one platform. */
export interface GridChild {
  readonly name: string;
  /** By column id; undefined leaves the cell empty. */
  readonly cell: (column: string, context: CellContext) => ReactNode;
  /** Under 768 px, instead of cells. */
  readonly narrow: (context: CellContext) => ReactNode;
}

/** Below it rows have two lines and no columns. */
export const narrowBelow = 768;

/** By column id: whether the reader wants it; without an entry the width decides. */
export type ColumnChoice = Readonly<Record<string, boolean>>;

export function isShown(
  { id, from = narrowBelow, fixed }: GridColumn<never>,
  choice: ColumnChoice,
  windowWidth: number,
): boolean {
  return fixed === true || (choice[id] ?? windowWidth >= from);
}

const chooserWidth = 36;

/** CSS tracks of a row, and how wide a row must be for them, in px. */
export function toTracks(columns: readonly GridColumn<never>[], hasBoxes: boolean): { tracks: string; width: number } {
  const tracks = columns.map(({ width, grow }) => (grow === undefined ? `${width}px` : `minmax(${width}px, ${grow}fr)`));
  // Somebody has to take what is left, or the lines of rows end in the middle.
  if (columns.every(({ grow }) => grow === undefined)) tracks.push("1fr");
  const width = columns.reduce((sum, column) => sum + column.width, hasBoxes ? chooserWidth : 0);
  return { tracks: [...(hasBoxes ? [`${chooserWidth}px`] : []), ...tracks].join(" "), width };
}

/** What a click on a header sorts by. */
export function nextSort({ sort, descending = false }: Pick<GridColumn<never>, "sort" | "descending">, current: string): string {
  if (current === sort) return `-${sort}`;
  if (current === `-${sort}`) return sort!;
  return descending ? `-${sort}` : sort!;
}

export function ariaSort(sort: string | undefined, current: string): "ascending" | "descending" | "none" | undefined {
  if (sort === undefined) return undefined;
  return current === sort ? "ascending" : current === `-${sort}` ? "descending" : "none";
}
