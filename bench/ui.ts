// The UI in Chromium at 10,000 and 100,000 tags: how long until the first rows stand there, how long after a key or a click the next frame
// is drawn, and how long the server takes for the blocks of rows behind it. The limits are a page of the same rows that needs no script, one
// frame (16.7 ms), and what people take for at once (100 ms).

import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { findProgram } from "../test/peers/program.ts";
import { compareTo, interleave, type Bench, type BenchContext, type Row } from "./bench.ts";
import { writeForHythe, writePulls } from "./fleet-rows.ts";
import { startOurs, withServers } from "./servers.ts";
import { percentile } from "./statistics.ts";
import { interact } from "./ui-interactions.ts";

const repository = "team-0/service-0";
const frameMs = 1000 / 60;
const atOnceMs = 100;
const slowdowns = [1, 4];
const sorts = ["-pushedAt", "name", "version", "-pulls", "-lastPulledAt", "-bytes"];

export const ui: Bench = {
  name: "ui",
  sentence:
    "the tags of one repository in Chromium: first rows, the frame after each act of the reader, and the blocks behind them",
  run: (context) =>
    withServers(async (keep) => {
      const executablePath = findProgram("chromium");
      if (executablePath === undefined) {
        context.print("  chromium is not installed here: left out");
        return [];
      }
      const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
      keep({ stop: () => browser.close() });
      const rows: Row[] = [];
      for (const tags of context.quick ? [1000] : [10_000, 100_000]) {
        const data = join(context.folder, `ui-${tags}`);
        const size = { repositories: 1, tagsPerRepository: tags };
        await writeForHythe(data, undefined, size);
        await writePulls(data);
        const { url } = keep(await startOurs(context, `ui-${tags}`, size, { data }));
        rows.push(...(await measureBlocks(context, url, tags)));
        rows.push(...(await measureFirstRows(context, browser, url, tags)));
        for (const slowdown of slowdowns) rows.push(...(await measureActs(context, browser, { url, tags, slowdown })));
      }
      return rows;
    }),
};

/** Blocks of 100 rows with all that a row shows, from anywhere in the list, in every order. */
async function measureBlocks({ quick, print }: BenchContext, url: string, tags: number): Promise<Row[]> {
  const rows: Row[] = [];
  const all: number[] = [];
  for (const sort of sorts) {
    const times: number[] = [];
    for (let ask = 0; ask < (quick ? 5 : 40); ask++) {
      const offset = Math.floor((ask * 7919 * 100) % Math.max(100, tags - 100));
      const query = new URLSearchParams({
        repository,
        sort,
        offset: String(offset),
        limit: "100",
        detail: "true",
        total: "true",
      });
      const began = performance.now();
      const response = await fetch(`${url}/api/v1/tags?${query.toString()}`);
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      await response.arrayBuffer();
      times.push(performance.now() - began);
    }
    all.push(...times);
    print(`  ${tags} tags by ${sort}: p50 ${percentile(times, 50).toFixed(1)} ms, p95 ${percentile(times, 95).toFixed(1)} ms`);
  }
  rows.push(compareTo(`a block of ${tags} tags, p95`, "ms", percentile(all, 95), ["wanted", 50], { atMost: 1 }));
  return rows;
}

async function measureFirstRows(context: BenchContext, browser: Browser, url: string, tags: number): Promise<Row[]> {
  const plain = await startPlainPage(url);
  try {
    const values = await interleave(context, "ms", {
      ours: () => timeTo(browser, `${url}/ui/r/${repository}`, '[role="treegrid"] [role="row"][data-line]'),
      plain: () => timeTo(browser, plain.url, "tr"),
    });
    const { ours = Number.NaN, plain: limit = Number.NaN } = values;
    return [
      compareTo(`first rows of ${tags} tags, cold`, "ms", ours, ["the same rows as plain HTML", limit]),
      compareTo(`first rows of ${tags} tags, cold`, "ms", ours, ["wanted", 1000], { atMost: 1 }),
    ];
  } finally {
    await plain.stop();
  }
}

/** From the click on a link to what is looked for being there, nothing cached. */
async function timeTo(browser: Browser, url: string, selector: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const began = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator(selector).first().waitFor();
    return performance.now() - began;
  } finally {
    await context.close();
  }
}

/** The first rows of the list as a table, written by a server that knows them. */
async function startPlainPage(url: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const answer = await fetch(`${url}/api/v1/tags?repository=${repository}&limit=30`);
  const { items } = (await answer.json()) as {
    items: readonly { name: string; digest: string; pushedAt: string; bytes: number }[];
  };
  const cells = items.map(({ name, digest, pushedAt, bytes }) => `<tr><td>${name}<td>${digest}<td>${bytes}<td>${pushedAt}`);
  const body = `<!doctype html><title>tags</title><h1>tags</h1><table>${cells.join("")}</table>`;
  const server = createServer((_, res) => res.setHeader("content-type", "text/html").end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Acts {
  readonly url: string;
  readonly tags: number;
  /** 4: a processor a quarter as fast. */
  readonly slowdown: number;
}

async function measureActs(context: BenchContext, browser: Browser, { url, tags, slowdown }: Acts): Promise<Row[]> {
  const visit = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  try {
    const page: Page = await visit.newPage();
    const session = await visit.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    await page.goto(`${url}/ui/r/${repository}`);
    const times = await interact(page, context.quick ? 1 : 5);
    const all = Object.values(times).flat();
    for (const [act, values] of Object.entries(times)) {
      const [p75, most] = [percentile(values, 75), Math.max(...values)];
      context.print(`  ${tags} tags, processor x1/${slowdown}, ${act}: p75 ${p75.toFixed(0)} ms, at most ${most.toFixed(0)} ms`);
    }
    const what = `an act at ${tags} tags, processor x1/${slowdown}, p75`;
    const target = slowdown === 1 && tags === 10_000 ? { atMost: 1 } : undefined;
    return [
      compareTo(what, "ms", percentile(all, 75), ["wanted", atOnceMs], target),
      compareTo(what, "ms", percentile(all, 75), ["one frame", frameMs]),
    ];
  } finally {
    await visit.close();
  }
}
