// A busy day: 5,000 pulls a second for a minute over 100,000 tags. Is everything counted, how many rows does that write, how much
// memory and disk does it take, and does a fold disturb the pulls?

import { join } from "node:path";
import type { Hythe } from "../test/peers/hythe.ts";
import { startPostgres } from "../test/peers/postgres-server.ts";
import { compareTo, type Bench, type BenchContext, type Row } from "./bench.ts";
import { manifestPaths, type FleetSize } from "./fleet.ts";
import { runPaced, type PacedResult } from "./paced.ts";
import { folderMiB, residentMiB, WorkerWatch } from "./process-usage.ts";
import { startOurs, withServers } from "./servers.ts";

const perSecond = 5000;
const connections = 64;
/** Rows that a registry writes when it counts each pull as it comes: one total. */
const rowsOfDirectCounting = 1;

export const steady: Bench = {
  name: "steady",
  sentence: "5,000 pulls/s for 60 s over 100,000 tags, uniform and Zipf, SQLite and PostgreSQL",
  async run(context) {
    const rows: Row[] = [];
    const postgres = await startPostgres();
    try {
      for (const [engine, database] of [
        ["SQLite", undefined],
        ["PostgreSQL", postgres?.url],
      ] as const) {
        if (engine === "PostgreSQL" && database === undefined) context.print("  PostgreSQL is not installed here: left out");
        else rows.push(...(await measureEngine(context, engine, database)));
      }
    } finally {
      await postgres?.stop();
    }
    return rows;
  },
};

function measureEngine(context: BenchContext, engine: string, database: string | undefined): Promise<Row[]> {
  return withServers(async (keep) => {
    const size: FleetSize = { repositories: context.quick ? 50 : 1000, tagsPerRepository: 100 };
    const name = `steady-${engine}`;
    const server = keep(await startOurs(context, name, size, { database }));
    const rows: Row[] = [];
    for (const [distribution, pick] of [
      ["uniform", uniform(manifestPaths(size))],
      ["Zipf", zipf(manifestPaths(size))],
    ] as const) {
      rows.push(...(await measure(context, server, join(context.folder, name, "journal"), `${engine}, ${distribution}`, pick)));
    }
    return rows;
  });
}

async function measure(context: BenchContext, server: Hythe, journal: string, label: string, pick: () => string): Promise<Row[]> {
  const before = await readMetrics(server.url);
  const watch = new WorkerWatch(server.pid);
  let mostMiB = 0;
  let mostJournalMiB = 0;
  const sampler = setInterval(() => {
    mostMiB = Math.max(mostMiB, residentMiB(server.pid));
    mostJournalMiB = Math.max(mostJournalMiB, folderMiB(journal));
  }, 500);
  const seconds = context.quick ? 15 : 60;
  const result = await runPaced({ url: server.url, pick, perSecond, seconds, connections });
  watch.stop();
  clearInterval(sampler);
  const after = await settled(server.url, before.pulls + result.answered);
  const pulls = after.pulls - before.pulls;
  const during = p99In(result, watch, true);
  const between = p99In(result, watch, false);
  context.print(`  ${label}: ${watch.spans.length} folds, ${foldSeconds(watch).toFixed(1)} s of ${seconds} s`);
  return [
    compareTo(`pulls counted (${label})`, "pulls", pulls, ["answered", result.answered], { atLeast: 1, atMost: 1 }),
    compareTo(
      `rows written per pull (${label})`,
      "rows",
      (after.rows - before.rows) / pulls,
      ["a row for each pull", rowsOfDirectCounting],
      { atMost: 0.3 },
    ),
    compareTo(`most resident memory (${label})`, "MiB", mostMiB, ["limit", 300], { atMost: 1 }),
    compareTo(`most journal on disk (${label})`, "MiB", mostJournalMiB, [
      "pulls x 40 bytes",
      (result.answered * 40) / 1024 / 1024,
    ]),
    compareTo(`p99 during folds (${label})`, "ms", during, ["between folds", between], { atMost: 1.1 }),
  ];
}

function p99In(result: PacedResult, { spans }: WorkerWatch, inFold: boolean): number {
  return result.p99((dueMs) => spans.some(({ from, to }) => dueMs >= from && dueMs <= to) === inFold);
}

function foldSeconds({ spans }: WorkerWatch): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
}

interface PullFigures {
  /** Counted since the server started, folded or not. */
  readonly pulls: number;
  /** Rows written by folds. */
  readonly rows: number;
  readonly unfoldedBytes: number;
}

async function readMetrics(url: string): Promise<PullFigures> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  return {
    pulls: sum("hythe_pulls_total"),
    rows: sum("hythe_pulls_folded_rows_total"),
    unfoldedBytes: sum("hythe_pulls_unfolded_bytes"),
  };
}

/** Waits until everything is in the database, so that all rows are known. */
async function settled(url: string, pulls: number): Promise<PullFigures> {
  const deadline = performance.now() + 400_000;
  for (;;) {
    const figures = await readMetrics(url);
    if ((figures.unfoldedBytes === 0 && figures.pulls >= pulls) || performance.now() > deadline) return figures;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function uniform(paths: readonly string[]): () => string {
  return () => paths[Math.floor(Math.random() * paths.length)]!;
}

/** The n-th tag is asked for 1/n as often as the first. */
function zipf(paths: readonly string[]): () => string {
  let sum = 0;
  const upTo = Float64Array.from(paths, (_, i) => (sum += 1 / (i + 1)));
  return () => {
    const point = Math.random() * sum;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! < point) low = middle + 1;
      else high = middle;
    }
    return paths[low]!;
  };
}
