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

interface Choice<Row> {
  readonly chosen: Chosen<Row>;
  /** What was chosen when the range began that is still being drawn. */
  readonly before?: Chosen<Row>;
}

/** The range being drawn is these rows now: what it took before and does not any more is as it was. */
export function drawRange<Row>(choice: Choice<Row>, rows: readonly Row[], nameOf: (row: Row) => string): Choice<Row> {
  const before = choice.before ?? choice.chosen;
  return { chosen: choose(before, rows, nameOf, true), before };
}

export interface Selection<Row> {
  readonly chosen: Chosen<Row>;
  readonly count: number;
  has(name: string): boolean;
  /** Chooses these, or takes them out. */
  set(rows: readonly Row[], isWanted: boolean): void;
  /** These as well as what was chosen when the range began: other rows take the place of those of the call before. */
  draw(rows: readonly Row[]): void;
  /** The range is drawn; the next one begins with what is chosen now. */
  settle(): void;
  all(): void;
  clear(): void;
}

/** `total`: rows that match now. Another `filter` is another list: nothing of the one before stays chosen. */
export function useSelection<Row>(filter: string, total: number, nameOf: (row: Row) => string): Selection<Row> {
  const [state, setState] = useState<{ filter: string; choice: Choice<Row> }>({ filter, choice: { chosen: nothing } });
  const { chosen } = state.filter === filter ? state.choice : { chosen: nothing };
  if (state.filter !== filter) setState({ filter, choice: { chosen: nothing } });
  // What comes late, for a list that is not there any more, changes nothing.
  const change = useCallback(
    (next: (choice: Choice<Row>) => Choice<Row>) =>
      setState((before) => {
        const choice = before.filter === filter ? next(before.choice) : before.choice;
        return choice === before.choice ? before : { filter, choice };
      }),
    [filter],
  );
  return useMemo(
    () => ({
      chosen,
      count: countChosen(chosen, total),
      has: (name) => isChosen(chosen, name),
      set: (rows, isWanted) => change((before) => ({ chosen: choose(before.chosen, rows, nameOf, isWanted) })),
      draw: (rows) => change((before) => drawRange(before, rows, nameOf)),
      settle: () => change((before) => (before.before === undefined ? before : { chosen: before.chosen })),
      all: () => change(() => ({ chosen: everything })),
      clear: () => change(() => ({ chosen: nothing })),
    }),
    [chosen, total, change, nameOf],
  );
}
