// What a browser has to fetch, in bytes (gzip -9). The figures are those of the plan, not of today: who adds a library sees it here.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildWeb } from "./web-build.ts";

const kb = 1000;
const budget = { initialScript: 240 * kb, initialStyle: 24 * kb, chunk: 30 * kb };

let folder: string;
let page: string;
const sizeOf = (name: string): number => statSync(join(folder, `${name}.gz`)).size;
const named = (pattern: RegExp): string[] => [...page.matchAll(pattern)].map(([, path]) => path!.replace("/ui/", ""));

beforeAll(async () => {
  folder = await buildWeb();
  page = readFileSync(join(folder, "index.html"), "utf8");
});

test("before anything is shown: at most 240 kB of script and 24 kB of style", () => {
  const scripts = [...named(/<script[^>]* src="([^"]+)"/g), ...named(/<link rel="modulepreload"[^>]* href="([^"]+)"/g)];
  const styles = named(/<link rel="stylesheet"[^>]* href="([^"]+)"/g);
  expect(scripts.length).toBeGreaterThanOrEqual(2);
  expect(styles.length).toBeGreaterThanOrEqual(1);
  const sum = (names: readonly string[]): number => names.reduce((bytes, name) => bytes + sizeOf(name), 0);
  expect(sum(scripts)).toBeLessThan(budget.initialScript);
  expect(sum(styles)).toBeLessThan(budget.initialStyle);
});

test("every page and the charts: at most 30 kB of script each", () => {
  const initial = new Set([...named(/<script[^>]* src="([^"]+)"/g), ...named(/<link rel="modulepreload"[^>]* href="([^"]+)"/g)]);
  const chunks = readdirSync(join(folder, "assets"))
    .filter((name) => name.endsWith(".js") && !initial.has(`assets/${name}`))
    .map((name) => [name, sizeOf(`assets/${name}`)] as const);
  expect(chunks.length).toBeGreaterThan(8);
  expect(chunks.filter(([, bytes]) => bytes > budget.chunk)).toEqual([]);
});

test("the page holds no script, no style and no address of its own: the policy of the server allows none", () => {
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(page).not.toMatch(/<style|\son\w+=|\sstyle=|https?:/);
  expect(page.match(/__NONCE__/g)).toHaveLength(1);
});

test("built twice is built once", async () => {
  const before = statSync(join(folder, "built")).mtimeMs;
  expect(await buildWeb()).toBe(folder);
  expect(statSync(join(folder, "built")).mtimeMs).toBe(before);
});
