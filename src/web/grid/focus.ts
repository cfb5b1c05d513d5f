// Which row has the focus, by its name: it stays with the name when rows move, and with the place when the name is gone. Pure.

import { lineCount, lineOf, positionOf, type Expansion, type Loaded, type Position } from "./layout.ts";

export interface Focus extends Position {
  /** Undefined: its row is not loaded yet. */
  readonly name: string | undefined;
}

export const firstRow: Focus = { index: 0, name: undefined };

/** After rows have moved; the same object when this one has not. */
export function followFocus(focus: Focus, total: number, loaded: Loaded): Focus {
  const { index, name } = focus;
  if (total === 0) return focus.index === 0 && focus.child === undefined ? focus : firstRow;
  if (index >= total) return { index: total - 1, name: loaded.nameAt(total - 1) };
  const there = loaded.nameAt(index);
  if (there === undefined) return focus;
  if (there === name) return focus.child !== undefined && focus.child >= loaded.childrenAt(index) ? { index, name } : focus;
  const at = name === undefined ? undefined : loaded.indexOf(name);
  return at === undefined ? { index, name: there } : { ...focus, index: at };
}

/** So many lines further, within the list. */
export function moveFocus(focus: Position, lines: number, total: number, expansions: readonly Expansion[]): Position {
  const last = lineCount(total, expansions) - 1;
  const line = Math.min(last, Math.max(0, lineOf(focus, expansions) + lines));
  return positionOf(line, expansions);
}
