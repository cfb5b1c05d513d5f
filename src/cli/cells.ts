// Text as it lies in a terminal: how many cells it takes, and padding to a number of cells. Wide characters (most of East Asia,
// emoji) take two, combining ones none. What a server sent is never printed raw: an escape sequence would be obeyed.

/** Made when a text needs it: that takes a tenth of a second, and most texts are ASCII. */
let segmenter: Intl.Segmenter | undefined;
const plain = /^[\x20-\x7e]*$/;
const wide =
  /^(?:\p{Emoji_Presentation}|.\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}])/u;
const invisible = /^(?:\p{M}|\p{Cf})+$/u;

/** Cells that `text` takes; it must be printable. */
export function cellsOf(text: string): number {
  if (plain.test(text)) return text.length;
  let cells = 0;
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) {
    if (!invisible.test(segment)) cells += wide.test(segment) ? 2 : 1;
  }
  return cells;
}

/** Control characters, line ends and the marks that turn the direction of writing become a replacement character. */
export function toPrintable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");
}

/** At least `cells` wide; never cut. */
export function pad(text: string, cells: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, cells - cellsOf(text)));
  return align === "left" ? text + space : space + text;
}
