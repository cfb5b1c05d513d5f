// A busy day: 5,000 pulls a second over 100,000 tags. Is everything counted, how many rows does that write, how much
// memory and disk does it take, and does a fold disturb the pulls?

import { join } from "node:path";
import type { Hythe } from "../test/peers/hythe.ts";
import { listAll, replayed } from "../test/api.ts";
import { startPostgres } from "../test/peers/postgres-server.ts";
import { compareTo, type Bench, type BenchContext, type Row } from "./bench.ts";
import { manifestPaths, type FleetSize } from "./fleet.ts";
import { runPaced, type PacedResult } from "./paced.ts";
import { folderMiB, residentMiB, WorkerWatch } from "./process-usage.ts";
import { startOurs, withServers } from "./servers.ts";

const perSecond = 5000;
const connections = 64;
/** One period of `pulls.foldLatest`, its fold, and some time after it. */
const wholePeriodSeconds = 330;

export const steady: Bench = {
  name: "steady",
  sentence: "5,000 pulls/s spread evenly over 100,000 tags for five minutes and the fold that follows, SQLite",
  run: (context) => measureEngine(context, "SQLite", undefined, "uniform"),
};

export const steadyZipf: Bench = {
  name: "steady-zipf",
  sentence: "the same with few tags pulled often and many rarely (Zipf), SQLite",
  run: (context) => measureEngine(context, "SQLite", undefined, "Zipf"),
};

export const steadyPostgres: Bench = {
  name: "steady-postgres",
  sentence: "spread evenly, with PostgreSQL",
  async run(context) {
    const postgres = await startPostgres();
    if (postgres === undefined) {
      context.print("  PostgreSQL is not installed here");
      return [];
    }
    try {
      return await measureEngine(context, "PostgreSQL", postgres.url, "uniform");
    } finally {
      await postgres.stop();
    }
  },
};

const distributions = { uniform, Zipf: zipf };

function measureEngine(
  context: BenchContext,
  engine: string,
  database: string | undefined,
  distribution: keyof typeof distributions,
): Promise<Row[]> {
  return withServers(async (keep) => {
    const size: FleetSize = { repositories: context.quick ? 50 : 1000, tagsPerRepository: 100 };
    const settings: Record<string, string> = context.quick ? { HYTHE_PULLS_FOLDLATEST: "5s", HYTHE_PULLS_FOLDEVERY: "2s" } : {};
    const name = `steady-${engine}`;
    const server = keep(await startOurs(context, name, size, { database, settings }));
    await replayed(server.url);
    const pick = distributions[distribution](manifestPaths(size));
    return measure(context, server, join(context.folder, name, "journal"), `${engine}, ${distribution}`, pick);
  });
}

async function measure(context: BenchContext, server: Hythe, journal: string, label: string, pick: () => string): Promise<Row[]> {
  const before = await readFigures(server.url);
  const watch = new WorkerWatch(server.pid);
  let mostMiB = 0;
  let mostJournalMiB = 0;
  const sampler = setInterval(() => {
    mostMiB = Math.max(mostMiB, residentMiB(server.pid));
    mostJournalMiB = Math.max(mostJournalMiB, folderMiB(journal));
  }, 500);
  const seconds = context.quick ? 15 : wholePeriodSeconds;
  const result = await runPaced({ url: server.url, pick, perSecond, seconds, connections });
  watch.stop();
  clearInterval(sampler);
  const after = await readFigures(server.url);
  const rowsPerPull = (after.rows - before.rows) / (after.folded - before.folded);
  context.print(`  ${label}: ${watch.spans.length} folds, ${foldSeconds(watch).toFixed(1)} s of ${seconds} s`);
  const limit = ["limit", 300] as const;
  return [
    compareTo(`pulls counted (${label})`, "pulls", after.pulls - before.pulls, ["answered", result.answered], {
      atLeast: 1,
      atMost: 1,
    }),
    compareTo(`rows written per pull (${label})`, "rows", rowsPerPull, ["a row for each pull", 1], { atMost: 0.3 }),
    compareTo(`most resident memory (${label})`, "MiB", mostMiB, limit, { atMost: 1 }),
    compareTo(`most journal on disk (${label})`, "MiB", mostJournalMiB, [
      "pulls x 40 bytes",
      (result.answered * 40) / 1024 / 1024,
    ]),
    compareTo(`p99 during folds (${label})`, "ms", p99In(result, watch, true), ["between folds", p99In(result, watch, false)], {
      atMost: 1.1,
    }),
  ];
}

function p99In(result: PacedResult, { spans }: WorkerWatch, inFold: boolean): number {
  return result.p99((dueMs) => spans.some(({ from, to }) => dueMs >= from && dueMs <= to) === inFold);
}

function foldSeconds({ spans }: WorkerWatch): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
}

interface Figures {
  /** Of all repositories, as the API tells them: folded or not. */
  readonly pulls: number;
  /** Records that folds took, and rows that they wrote for them. */
  readonly folded: number;
  readonly rows: number;
}

async function readFigures(url: string): Promise<Figures> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const metric = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  const repositories = await listAll<{ pulls: { count: number } }>(url, "/api/v1/repositories?");
  return {
    pulls: repositories.reduce((sum, { pulls }) => sum + pulls.count, 0),
    folded: metric("hythe_journal_folded_records_total"),
    rows: metric("hythe_journal_folded_rows_total"),
  };
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
