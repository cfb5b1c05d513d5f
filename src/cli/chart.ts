// A small bar chart for a terminal: counts over time, the newest at the right. Where numbers are in doubt the axis says so.

import { showCount } from "./human.ts";

export interface Bar {
  /** As in `formatStart`. */
  readonly label: string;
  readonly count: number;
  /** "·": nobody counted yet; "?": perhaps not all were counted. */
  readonly doubt: "" | "?" | "·";
}

const height = 6;
const blocks = " ▁▂▃▄▅▆▇█";
const widestBar = 4;

export interface Chart {
  /** Lines of at most `columns` cells, each with a line feed. */
  readonly text: string;
  /** Bars that do not fit side by side are added up with their neighbours: so many. */
  readonly together: number;
}

/** `bars`: at least one; `columns`: of the terminal. */
export function drawChart(bars: readonly Bar[], columns: number): Chart {
  const left = showCount(Math.max(...bars.map(({ count }) => count))).length;
  // The sums of neighbours can take a digit or two more.
  const room = Math.max(10, columns - left - 4);
  const together = Math.ceil(bars.length / room);
  const merged = mergeBars(bars, together);
  const most = Math.max(1, ...merged.map(({ count }) => count));
  const scale = showCount(most);
  const step = Math.max(1, Math.min(widestBar, Math.floor(room / merged.length)));
  const wide = step === 1 ? 1 : step - 1;

  const rows = Array.from({ length: height }, (_, row) => {
    const cells = merged.map(({ count }) =>
      blockAt(count / most, height - 1 - row)
        .repeat(wide)
        .padEnd(step),
    );
    return `${(row === 0 ? scale : "").padStart(scale.length)} ${row === 0 ? "┤" : "│"}${cells.join("")}`;
  });
  const axis = merged.map(({ doubt }) => (doubt === "" ? "─".repeat(step) : doubt.repeat(wide).padEnd(step, "─"))).join("");
  const first = merged[0]!.label;
  const last = merged.at(-1)!.label;
  const width = merged.length * step;
  const labels = merged.length > 1 && first.length + last.length < width ? first + last.padStart(width - first.length) : first;
  const lines = [...rows, `${"0".padStart(scale.length)} ┼${axis}`, `${" ".repeat(scale.length + 2)}${labels}`];
  return { text: lines.map((line) => `${line.trimEnd()}\n`).join(""), together };
}

/** The block of one bar in one row, counted from the axis. What is not zero is never invisible. */
function blockAt(share: number, row: number): string {
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * height * 8));
  return blocks[Math.max(0, Math.min(8, eighths - row * 8))]!;
}

function mergeBars(bars: readonly Bar[], by: number): Bar[] {
  const merged: Bar[] = [];
  for (let at = 0; at < bars.length; at += by) {
    const group = bars.slice(at, at + by);
    const doubts = new Set(group.map(({ doubt }) => doubt));
    merged.push({
      label: group[0]!.label,
      count: group.reduce((sum, { count }) => sum + count, 0),
      doubt: doubts.has("?") ? "?" : doubts.has("") ? "" : "·",
    });
  }
  return merged;
}
