// Which names look like a wrong one: whoever makes one mistake in a name still has one half of its last part right.

export const mostShown = 3;

/** Those of `known` that look like the `wrong` one, at most three. */
export function nearNames(known: readonly string[], wrong: string): readonly string[] {
  for (const search of partsOf(wrong)) {
    const near = known.filter((name) => name.includes(search));
    if (near.length > 0) return near.slice(0, mostShown);
  }
  return [];
}

/** The end of a sentence, "" without any name. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? "" : `; did you mean ${near.join(", ")}?`;
}

/** What to search for, the best guess first. */
export function partsOf(name: string): string[] {
  const last = name.slice(name.lastIndexOf("/") + 1);
  const middle = Math.ceil(last.length / 2);
  return [last, last.slice(0, middle), last.slice(middle)].filter((part) => part.length > 1);
}
