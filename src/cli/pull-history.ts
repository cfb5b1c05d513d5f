// Pulls over time as a verb shows them: a chart on a terminal, a table elsewhere, and below either what is in doubt.

import type { PullsAnswer } from "../wire/pulls.ts";
import { drawChart, type Bar } from "./chart.ts";
import { showCount } from "./human.ts";
import { Table } from "./table.ts";

type Bucket = PullsAnswer["buckets"][number];
type Interval = PullsAnswer["interval"];

const mostGaps = 5;

/** `columns`: of the terminal; undefined when there is none. */
export function formatHistory(answer: PullsAnswer, columns: number | undefined): string {
  const { buckets, interval } = answer;
  if (buckets.length === 0) return "";
  const bars = toBars(answer);
  if (columns === undefined) return formatTable(buckets, bars, interval) + formatDoubts(answer, bars);
  const sum = buckets.reduce((total, { pulls }) => total + pulls, 0);
  const chart = sum === 0 ? undefined : drawChart(bars, columns);
  const together = (chart?.together ?? 1) === 1 ? "" : ` (each bar ${chart!.together})`;
  const range = `${formatStart(answer.from, "hour")} to ${formatStart(answer.to, "hour")} UTC`;
  const title = `pulls by ${interval}${together}, ${range}: ${sum === 0 ? "none" : showCount(sum)}\n`;
  return `${title}${chart === undefined ? "" : `\n${chart.text}`}${formatDoubts(answer, bars)}`;
}

const lengths: Record<Interval, number> = { hour: 16, day: 10, month: 7 };

/** 2026-11-17 09:00, 2026-11-17, 2026-11 */
function formatStart(iso: string, interval: Interval): string {
  return iso.slice(0, lengths[interval]).replace("T", " ");
}

function toBars({ buckets, interval }: PullsAnswer): Bar[] {
  return buckets.map(({ start, pulls, state }) => {
    const doubt = state === "untracked" ? "·" : state === "gap" ? "?" : "";
    return { label: formatStart(start, interval), count: pulls, doubt };
  });
}

/** Without what lies before counting began: the line below says so. */
function formatTable(buckets: readonly Bucket[], bars: readonly Bar[], interval: Interval): string {
  const rows = buckets.map((bucket, at) => ({ ...bucket, doubt: bars[at]!.doubt })).filter(({ doubt }) => doubt !== "·");
  if (rows.length === 0) return "";
  return new Table<(typeof rows)[number]>(
    [
      { header: `${interval.toUpperCase()} (UTC)`, cell: ({ start }) => formatStart(start, interval) },
      { header: "PULLS", cell: ({ pulls }) => showCount(pulls), align: "right" },
      { header: "CHECKS", cell: ({ checks }) => showCount(checks), align: "right" },
      { header: "", cell: ({ doubt }) => doubt },
    ],
    Number.POSITIVE_INFINITY,
  ).format(rows);
}

function formatDoubts({ gaps, trackedSince }: PullsAnswer, bars: readonly Bar[]): string {
  const lines: string[] = [];
  if (trackedSince !== null && bars.some(({ doubt }) => doubt === "·")) {
    lines.push(`before ${formatStart(trackedSince, "hour")} UTC nobody counted`);
  }
  for (const { kind, from, to, reason } of gaps.slice(0, mostGaps)) {
    const what = kind === "pulls" ? "perhaps not all were counted" : "counted, but perhaps not for their tag";
    const until = to === null ? "until now" : `to ${formatStart(to, "hour")}`;
    lines.push(`? ${formatStart(from, "hour")} ${until} UTC: ${what} (${reason})`);
  }
  if (gaps.length > mostGaps) lines.push(`? and ${gaps.length - mostGaps} more; --json has all of them`);
  return lines.map((line) => `${line}\n`).join("");
}
