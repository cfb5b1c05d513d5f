// A list of any length in blocks: which are wanted for what is visible, and what happens to rows on the screen when newer ones arrive. Pure.

import type { Query } from "../ask/ask.ts";

export const blockSize = 100;
/** The API skips no more than that; there is a filter for the rest. */
export const maxRows = 100_000;
/** Rows beyond what is visible that are asked for as well: half a block, so that it is the nearer neighbour. */
const margin = blockSize / 2;

/** The question for one block of the list that `query` asks for. */
export function blockQuery(query: Query, block: number): Query {
  return { ...query, offset: block * blockSize, limit: blockSize, total: true };
}

/** Numbers of the blocks for the rows from `start` to `end`, `end` included. */
export function wantedBlocks(start: number, end: number, total: number): number[] {
  const last = Math.min(total, maxRows) - 1;
  if (last < 0) return [0];
  const from = Math.floor(Math.max(0, start - margin) / blockSize);
  const to = Math.floor(Math.min(last, end + margin) / blockSize);
  return Array.from({ length: Math.max(0, to - from) + 1 }, (_, i) => from + i);
}

/** What stands on the screen, by number of the block. */
export interface Shown<Row> {
  readonly key: string;
  readonly total: number;
  readonly blocks: ReadonlyMap<number, readonly Row[]>;
}

export interface Fresh<Row> {
  readonly block: number;
  readonly rows: readonly Row[] | undefined;
}

/**
 * What to show when `fresh` is known. While somebody is at the rows (`isHeld`) values change where they stand, but no row moves: then
 * `isBehind` is true. The same object when nothing is different.
 */
export function showBlocks<Row>(
  shown: Shown<Row>,
  { fresh, total, isHeld }: { fresh: readonly Fresh<Row>[]; total: number; isHeld: boolean },
  nameOf: (row: Row) => string,
): { shown: Shown<Row>; isBehind: boolean } {
  const moved = fresh.some(({ block, rows }) => !isSameOrder(shown.blocks.get(block), rows, nameOf));
  const isBehind = isHeld && (moved || total !== shown.total);
  const blocks = new Map<number, readonly Row[]>();
  for (const { block, rows } of fresh) {
    const old = shown.blocks.get(block);
    const next = old === undefined || !isBehind || isSameOrder(old, rows, nameOf) ? (rows ?? old) : old;
    if (next !== undefined) blocks.set(block, next);
  }
  const isSame = blocks.size === shown.blocks.size && [...blocks].every(([block, rows]) => shown.blocks.get(block) === rows);
  const nextTotal = isBehind ? shown.total : total;
  return { shown: isSame && nextTotal === shown.total ? shown : { ...shown, total: nextTotal, blocks }, isBehind };
}

function isSameOrder<Row>(
  old: readonly Row[] | undefined,
  rows: readonly Row[] | undefined,
  nameOf: (row: Row) => string,
): boolean {
  if (old === undefined || rows === undefined || old === rows) return true;
  return old.length === rows.length && old.every((row, i) => nameOf(row) === nameOf(rows[i]!));
}
