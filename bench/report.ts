// Results as a table for a terminal and as a page.

import { cpus, totalmem } from "node:os";
import { formatNumber, formatTarget, isMet, type Row } from "./bench.ts";

const headings = ["what", "ours", "peer", "peer's", "unit", "ratio", "wanted", ""];

function cells(row: Row): string[] {
  const met = isMet(row);
  const verdict = met === undefined ? "" : met ? "met" : "not met";
  return [
    row.what,
    formatNumber(row.ours),
    row.peer,
    formatNumber(row.peerValue),
    row.unit,
    formatNumber(row.ratio),
    formatTarget(row),
    verdict,
  ];
}

export function toTable(rows: readonly Row[]): string {
  const lines = [headings, ...rows.map(cells)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function toMarkdown(results: readonly { readonly sentence: string; readonly rows: readonly Row[] }[]): string {
  const processors = cpus();
  const gibibytes = (totalmem() / 1024 ** 3).toFixed(0);
  const machine = `${processors.length} cores (${processors[0]?.model ?? "unknown"}), ${gibibytes} GiB of memory, Node ${process.version}, ${process.platform}`;
  const tables = results.map(({ sentence, rows }) => {
    const lines = [headings, headings.map(() => "---"), ...rows.map(cells)].map((line) => `| ${line.join(" | ")} |`);
    return `## ${sentence}\n\n${lines.join("\n")}\n`;
  });
  return `Medians of interleaved rounds, all servers in the same run on the same machine: ${machine}.\n\n${tables.join("\n")}`;
}
