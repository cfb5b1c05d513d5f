// Rows in an order, and the place of a key among them. What has no key in an order comes last, upwards and downwards.

/** The value that the rows are ordered by, undefined when it is not known; then the name, which is unique. */
export interface RowKey {
  readonly value: string | number | undefined;
  readonly name: string;
}

/** The order of a list: `descending` turns it round, but rows without a value stay at the end. */
export function compareRows(a: RowKey, b: RowKey, descending: boolean): number {
  if (a.value === undefined || b.value === undefined) {
    if (a.value !== b.value) return a.value === undefined ? 1 : -1;
  } else if (a.value !== b.value) {
    return a.value < b.value === descending ? 1 : -1;
  }
  if (a.name === b.name) return 0;
  return a.name < b.name === descending ? 1 : -1;
}

/** Rows that are sorted upwards, downwards. */
export function turnRows<Row extends RowKey>(rows: readonly Row[]): Row[] {
  const unknown = rows.findIndex(({ value }) => value === undefined);
  const known = unknown === -1 ? rows.length : unknown;
  return [...rows.slice(0, known).toReversed(), ...rows.slice(known).toReversed()];
}

/** How many of the sorted rows come before `key` (and, with `inclusive`, are at it). */
export function countBefore(rows: readonly RowKey[], key: RowKey, descending: boolean, inclusive: boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareRows(rows[middle]!, key, descending);
    if (order < 0 || (inclusive && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}
