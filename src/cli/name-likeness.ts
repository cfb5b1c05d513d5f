// Which names look like a wrong one: whoever makes one mistake in a name still has one half of its last part right. Of those that do, the
// fewest changes of letters decide.

const mostShown = 3;

/** Those of `known` that look like the `wrong` one, at most three, the nearest first. */
export function nearNames(known: readonly string[], wrong: string): readonly string[] {
  const [whole, ...halves] = partsOf(wrong);
  const having = (search: string | undefined): readonly string[] =>
    search === undefined ? [] : known.filter((name) => name.toLowerCase().includes(search.toLowerCase()));
  const sure = having(whole);
  if (sure.length > 0) return nearestOf(sure, wrong);
  // Half a word is in much that is something else.
  const last = lastPart(wrong);
  const likely = halves.flatMap(having).filter((name) => countChanges(lastPart(name), last) <= last.length / 2);
  return nearestOf([...new Set(likely)], wrong);
}

/** The end of a sentence, "" without any name. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? "" : `; did you mean ${near.join(", ")}?`;
}

/** What to search for, the best guess first: the last part, then its halves. */
export function partsOf(name: string): string[] {
  const last = lastPart(name);
  const middle = Math.ceil(last.length / 2);
  return [last, last.slice(0, middle), last.slice(middle)].filter((part) => part.length > 1);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function nearestOf(names: readonly string[], wrong: string): readonly string[] {
  const measured = names.map((name) => ({ name, changes: countChanges(name, wrong) }));
  return measured
    .sort((a, b) => a.changes - b.changes)
    .slice(0, mostShown)
    .map(({ name }) => name);
}

/** Letters to insert, remove or replace (Levenshtein). */
function countChanges(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let done = 0; done < from.length; done++) {
    const next = [done + 1];
    for (let at = 1; at < row.length; at++) {
      const replaced = row[at - 1]! + (to[at - 1] === from[done] ? 0 : 1);
      next.push(Math.min(replaced, row[at]! + 1, next[at - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
