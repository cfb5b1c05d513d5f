// Which rows of another registry are still nothing but names. Pure.

/** What one call to /tags/details takes. */
const mostAtOnce = 50;

interface Row {
  readonly name: string;
  readonly digest: string | null;
  readonly problem?: string | null | undefined;
}

/** Names for each call: of the blocks of fifty rows that `start` to `end` touch, `end` included, so that scrolling asks for each once. */
export function unreadNames(at: (index: number) => Row | undefined, start: number, end: number): string[][] {
  const batches: string[][] = [];
  for (let from = start - (start % mostAtOnce); from <= end; from += mostAtOnce) {
    const names: string[] = [];
    for (let index = from; index < from + mostAtOnce; index++) {
      const row = at(index);
      if (row !== undefined && row.digest === null && row.problem == null) names.push(row.name);
    }
    if (names.length > 0) batches.push(names);
  }
  return batches;
}
