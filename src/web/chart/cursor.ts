// Where the reader is in a row of bars, and what he has chosen: by keys, and the same by pointer. Pure; pulls-chart.tsx holds the state.

export interface Cursor {
  /** Undefined: nowhere. */
  readonly at: number | undefined;
  /** Where a choice began; it goes to `at`. */
  readonly anchor: number | undefined;
}

export const nowhere: Cursor = { at: undefined, anchor: undefined };

/** How far a page is. */
const leap = 10;

/** Undefined: the key means nothing here. Without a place the first step is onto the last bar, which is today. */
export function moveCursor(cursor: Cursor, key: string, isExtending: boolean, bars: number): Cursor | undefined {
  if (bars === 0) return undefined;
  if (key === "Escape")
    return cursor.anchor === undefined && cursor.at === undefined ? undefined : { at: cursor.at, anchor: undefined };
  const from = cursor.at ?? bars;
  const to = targetOf(key, from, bars);
  if (to === undefined) return undefined;
  const at = Math.min(bars - 1, Math.max(0, to));
  return { at, anchor: isExtending ? (cursor.anchor ?? Math.min(from, bars - 1)) : undefined };
}

/** First and last bar, both included; of a row that has become shorter since, what is left. */
export function chosenOf({ at, anchor }: Cursor, bars: number): { first: number; last: number } | undefined {
  if (at === undefined || anchor === undefined || bars === 0) return undefined;
  const [one, other] = [Math.min(at, bars - 1), Math.min(anchor, bars - 1)];
  return { first: Math.min(one, other), last: Math.max(one, other) };
}

/** The bar under a pointer that is `x` pixels from the first bar's left edge. */
export function barAt(x: number, width: number, bars: number): number {
  return Math.min(bars - 1, Math.max(0, Math.floor((x / width) * bars)));
}

function targetOf(key: string, from: number, bars: number): number | undefined {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return from - 1;
    case "ArrowRight":
    case "ArrowUp":
      return from + 1;
    case "PageUp":
      return from - leap;
    case "PageDown":
      return from + leap;
    case "Home":
      return 0;
    case "End":
      return bars - 1;
    default:
      return undefined;
  }
}
