// Where rows are when some of them are expanded: lines are what is drawn, one under the other, indexes count the rows of the list alone.
// Pure.

export interface Expansion {
  readonly index: number;
  readonly name: string;
  readonly children: number;
}

export interface Position {
  readonly index: number;
  /** Undefined: the row itself. */
  readonly child?: number | undefined;
}

/** `expansions` by index. */
export function lineCount(total: number, expansions: readonly Expansion[]): number {
  return expansions.reduce((sum, { index, children }) => (index < total ? sum + children : sum), total);
}

export function positionOf(line: number, expansions: readonly Expansion[]): Position {
  let before = 0;
  for (const { index, children } of expansions) {
    if (line <= index + before) break;
    if (line <= index + before + children) return { index, child: line - index - before - 1 };
    before += children;
  }
  return { index: line - before };
}

export function lineOf({ index, child }: Position, expansions: readonly Expansion[]): number {
  let line = index;
  for (const expansion of expansions) {
    if (expansion.index >= index) break;
    line += expansion.children;
  }
  return child === undefined ? line : line + child + 1;
}

/** Expands a row, or folds it. */
export function toggleExpansion(expansions: readonly Expansion[], wanted: Expansion): readonly Expansion[] {
  const others = expansions.filter(({ index }) => index !== wanted.index);
  if (others.length < expansions.length) return others;
  return [...others, wanted].toSorted((a, b) => a.index - b.index);
}

/** The rows that are loaded. */
export interface Loaded {
  /** `undefined` for what is not loaded. */
  readonly nameAt: (index: number) => string | undefined;
  readonly indexOf: (name: string) => number | undefined;
  readonly childrenAt: (index: number) => number;
}

/** After rows have moved: what was expanded stays so, wherever its name is; the same array when nothing moved. */
export function followExpansions(expansions: readonly Expansion[], loaded: Loaded): readonly Expansion[] {
  const followed = expansions.flatMap((expansion) => {
    const { index, name } = expansion;
    const there = loaded.nameAt(index);
    if (there === undefined) return [expansion];
    const at = there === name ? index : loaded.indexOf(name);
    if (at === undefined) return [];
    const children = loaded.childrenAt(at);
    if (at === index && children === expansion.children) return [expansion];
    return children === 0 ? [] : [{ index: at, name, children }];
  });
  if (followed.length === expansions.length && followed.every((expansion, i) => expansion === expansions[i])) return expansions;
  return followed.toSorted((a, b) => a.index - b.index);
}

/** Rows that were named: those that are loaded with something below them, expanded, and the names that are still to come. */
export function expandNamed(
  names: readonly string[],
  loaded: Loaded,
): { readonly expansions: readonly Expansion[]; readonly rest: readonly string[] } {
  const expansions: Expansion[] = [];
  const rest: string[] = [];
  for (const name of new Set(names)) {
    const index = loaded.indexOf(name);
    const children = index === undefined ? 0 : loaded.childrenAt(index);
    if (index === undefined || children === 0) rest.push(name);
    else expansions.push({ index, name, children });
  }
  return { expansions, rest };
}
