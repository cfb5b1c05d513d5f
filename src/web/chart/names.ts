// The words above the bars: how long a gap is, "not tracked", "so far". None runs into another or out of the chart; what has no room is
// said by the bar itself and in the list below. Pure.

import { gapsWithin, lengthOf, toBands, type Series } from "./series.ts";
import { sayLength } from "./words.ts";

export interface Name {
  readonly text: string;
  /** Of its middle, in pixels from the first bar's left edge. */
  readonly x: number;
}

const letterWidth = 6.5;
const between = 8;

/** `width` of all bars, in pixels. */
export function placeNames(series: Series, width: number): Name[] {
  const { bars, gaps } = series;
  const step = width / Math.max(1, bars.length);
  const isOpen = bars.at(-1)?.isOpen === true;
  const wanted = toBands(bars).map(({ state, first, last }) => {
    const text = state === "untracked" ? "not tracked" : sayLength(lengthOf(gapsWithin(gaps, bars, { first, last })));
    const isLast = isOpen && last === bars.length - 1;
    return { text: isLast ? `${text}, so far` : text, middle: ((first + last + 1) / 2) * step, isLast };
  });
  if (isOpen && wanted.at(-1)?.isLast !== true) wanted.push({ text: "so far", middle: width, isLast: true });
  const names: Name[] = [];
  // From the right, because what is open is read first.
  let limit = width;
  for (const { text, middle } of wanted.toReversed()) {
    const half = (text.length * letterWidth) / 2;
    const x = Math.max(half, Math.min(middle, width - half));
    if (x + half > limit) continue;
    names.push({ text, x });
    limit = x - half - between;
  }
  return names.toReversed();
}
