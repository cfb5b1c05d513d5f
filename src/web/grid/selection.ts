// Which rows are chosen: some by name, or all that the filter lets through, whether they are loaded or not. Pure, with the hook below.

import { useCallback, useMemo, useState } from "react";

export type Chosen<Row> =
  | { readonly kind: "some"; readonly rows: ReadonlyMap<string, Row> }
  /** All that match, without those. */
  | { readonly kind: "all"; readonly except: ReadonlyMap<string, Row> };

const noRows: ReadonlyMap<string, never> = new Map<string, never>();
export const nothing: Chosen<never> = { kind: "some", rows: noRows };
export const everything: Chosen<never> = { kind: "all", except: noRows };

export function isChosen(chosen: Chosen<unknown>, name: string): boolean {
  return chosen.kind === "some" ? chosen.rows.has(name) : !chosen.except.has(name);
}

export function countChosen(chosen: Chosen<unknown>, total: number): number {
  return chosen.kind === "some" ? chosen.rows.size : Math.max(0, total - chosen.except.size);
}

/** These rows as well, or without them. */
export function choose<Row>(
  chosen: Chosen<Row>,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  isWanted: boolean,
): Chosen<Row> {
  const map = new Map(chosen.kind === "some" ? chosen.rows : chosen.except);
  for (const row of rows) {
    if (isWanted === (chosen.kind === "some")) map.set(nameOf(row), row);
    else map.delete(nameOf(row));
  }
  return chosen.kind === "some" ? { kind: "some", rows: map } : { kind: "all", except: map };
}

export interface Selection<Row> {
  readonly chosen: Chosen<Row>;
  readonly count: number;
  has(name: string): boolean;
  /** Chooses these, or takes them out; the last is where the next range begins. */
  set(rows: readonly Row[], isWanted: boolean): void;
  all(): void;
  clear(): void;
}

/** `total`: rows that match now. Another `filter` is another list: nothing of the one before stays chosen. */
export function useSelection<Row>(filter: string, total: number, nameOf: (row: Row) => string): Selection<Row> {
  const [state, setState] = useState<{ filter: string; chosen: Chosen<Row> }>({ filter, chosen: nothing });
  const { chosen } = state;
  if (state.filter !== filter) setState({ filter, chosen: nothing });
  // What comes late, for a list that is not there any more, changes nothing.
  const change = useCallback(
    (next: (before: Chosen<Row>) => Chosen<Row>) =>
      setState((before) => (before.filter === filter ? { filter, chosen: next(before.chosen) } : before)),
    [filter],
  );
  return useMemo(
    () => ({
      chosen,
      count: countChosen(chosen, total),
      has: (name) => isChosen(chosen, name),
      set: (rows, isWanted) => change((before) => choose(before, rows, nameOf, isWanted)),
      all: () => change(() => everything),
      clear: () => change(() => nothing),
    }),
    [chosen, total, change, nameOf],
  );
}
