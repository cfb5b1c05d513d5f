// Pages of a sorted list in memory, with the cursors of the lists of our own registry: a cursor holds the key of the row that it starts
// behind, so that what comes and goes elsewhere never shifts a page.

import { RegistryError } from "../oci/errors.ts";
import type { List, ListRequest } from "../store/list-page.ts";
import { countBefore, type RowKey } from "./sorted-rows.ts";

interface Cursor {
  /** The sort it belongs to, `-` in front when descending. */
  readonly s: string;
  /** Value (null: none) and name. For an order of names, the name alone. */
  readonly k: readonly [string | number | null, string] | readonly [string];
  /** 1: the page ends before this row. */
  readonly b?: 1;
  /** 1: a row with exactly this key belongs to the page. */
  readonly i?: 1;
}

/** `rows` are sorted for the request; `keyOf` gives the value of a name in an order of names. @throws PAGE_INVALID */
export function cutPage<Row extends RowKey>(
  rows: readonly Row[],
  request: ListRequest<string>,
  isWanted: (row: Row) => boolean,
  keyOf?: (name: string) => string,
): List<Row> {
  const { descending, limit, offset } = request;
  if (offset !== undefined && request.cursor !== undefined) {
    throw new RegistryError("REQUEST_INVALID", { message: "give a cursor or an offset, not both" });
  }
  const sort = `${descending ? "-" : ""}${request.sort}`;
  const cursor = request.cursor === undefined ? undefined : parseCursor(request.cursor, sort, keyOf !== undefined);
  const key = cursor && toKey(cursor, keyOf);
  const backwards = cursor?.b === 1;
  const skipped = takeFrom(rows, 0, offset ?? 0, isWanted).to;
  const start = key === undefined ? skipped : countBefore(rows, key, descending, backwards === (cursor?.i === 1));
  const found = backwards ? takeBefore(rows, start, limit, isWanted) : takeFrom(rows, start, limit, isWanted);
  const format = (row: RowKey | undefined, before: boolean): string => {
    const at =
      row === undefined ? cursor!.k : keyOf === undefined ? ([row.value ?? null, row.name] as const) : ([row.name] as const);
    const made: Cursor = { s: sort, k: at, ...(before && { b: 1 }), ...(row === undefined && { i: 1 }) };
    return Buffer.from(JSON.stringify(made)).toString("base64url");
  };
  const { items, from, to } = found;
  const hasBefore = takeBefore(rows, from, 1, isWanted).items.length > 0;
  const hasAfter = takeFrom(rows, to, 1, isWanted).items.length > 0;
  return {
    items,
    nextCursor: hasAfter ? format(items.at(-1), false) : undefined,
    // Behind the end by an offset there is no row that a cursor could name.
    prevCursor: hasBefore && (items.length > 0 || cursor !== undefined) ? format(items[0], true) : undefined,
    total: request.total === true ? countWanted(rows, isWanted) : undefined,
  };
}

interface Taken<Row> {
  readonly items: readonly Row[];
  /** The rows that were looked at: [from, to). */
  readonly from: number;
  readonly to: number;
}

function takeFrom<Row>(rows: readonly Row[], start: number, limit: number, isWanted: (row: Row) => boolean): Taken<Row> {
  const items: Row[] = [];
  let to = start;
  for (; to < rows.length && items.length < limit; to++) if (isWanted(rows[to]!)) items.push(rows[to]!);
  return { items, from: start, to };
}

function takeBefore<Row>(rows: readonly Row[], end: number, limit: number, isWanted: (row: Row) => boolean): Taken<Row> {
  const items: Row[] = [];
  let from = end;
  for (; from > 0 && items.length < limit; from--) if (isWanted(rows[from - 1]!)) items.push(rows[from - 1]!);
  return { items: items.toReversed(), from, to: end };
}

function countWanted<Row>(rows: readonly Row[], isWanted: (row: Row) => boolean): number {
  let count = 0;
  for (const row of rows) if (isWanted(row)) count++;
  return count;
}

function toKey({ k }: Cursor, keyOf: ((name: string) => string) | undefined): RowKey {
  const name = k.at(-1) as string;
  return { name, value: keyOf === undefined ? (k[0] ?? undefined) : keyOf(name) };
}

function parseCursor(text: string, sort: string, namesAlone: boolean): Cursor {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    // Whatever it was, it is not ours: the check below says so.
  }
  const { s, k, b, i } = (value ?? {}) as Partial<Record<keyof Cursor, unknown>>;
  if (!Array.isArray(k) || typeof s !== "string") {
    throw new RegistryError("PAGE_INVALID", { message: "the cursor is not one of this list: start again without a cursor" });
  }
  const fits = typeof k.at(-1) === "string" && k.length === (namesAlone ? 1 : 2) && isValue(k[0]);
  if (s !== sort || !fits) {
    throw new RegistryError("PAGE_INVALID", {
      message: "the cursor belongs to another list or sort: keep the sort while paging, or start again without a cursor",
    });
  }
  return { s, k: k as unknown as Cursor["k"], ...(b === 1 && { b }), ...(i === 1 && { i }) };
}

function isValue(value: unknown): boolean {
  return value === null || typeof value === "string" || Number.isSafeInteger(value);
}
