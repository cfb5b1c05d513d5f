import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { manifestCounts, repositoryCounts } from "../counts.ts";
import { image, index, type Image } from "../image.ts";
import { runHythe, startHythe, type Hythe } from "../peers/hythe.ts";
import { hasPostgres, usePostgres } from "../peers/postgres.ts";
import { pushImage } from "../push.ts";

const repository = "team/app";
const part = (name: string, platform = "linux/amd64"): Image => image({ layers: ["base", name], platform });
const byTag = part("by-tag");
const byDigest = part("by-digest");
const headThenGet = part("head-then-get");
const onlyAsked = part("only-asked");
const many = index([part("many"), part("many", "linux/arm64")]);
const child = many.children[0]!;

const engines = [
  { name: "SQLite", database: async () => ({ url: undefined, drop: async () => undefined }), skip: false },
  { name: hasPostgres ? "PostgreSQL" : "PostgreSQL (skipped: not installed here)", database: usePostgres, skip: !hasPostgres },
];

describe.each(engines)(
  "a pull changes exactly the numbers that the table of what counts says, on $name",
  ({ database, skip }) => {
    test.skipIf(skip)("in the API and on the command line: at once, after a graceful restart and after a kill", async () => {
      const data = mkdtempSync(join(tmpdir(), "hythe-counts-"));
      const { url, drop } = await database();
      let server = await startHythe({ data, database: url });
      try {
        for (const [tag, whole] of Object.entries({ byTag, byDigest, headThenGet, onlyAsked, many })) {
          await pushImage(server.url, repository, whole, tag);
        }
        await pullEverything(server);
        await expectCounts(server);
        await server.stop();
        server = await startHythe({ data, database: url });
        await expectCounts(server);
        await pullEverything(server);
        await server.kill();
        server = await startHythe({ data, database: url });
        await expectCounts(server, 2);
      } finally {
        await server.stop();
        await drop();
        rmSync(data, { recursive: true, force: true });
      }
    });
  },
);

async function pullEverything(server: Hythe): Promise<void> {
  const ask = async (method: string, reference: string, headers: Record<string, string> = {}): Promise<number> => {
    const answer = await fetch(`${server.url}/v2/${repository}/manifests/${reference}`, { method, headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  expect(await ask("GET", "byTag")).toBe(200);
  expect(await ask("GET", byDigest.digest)).toBe(200);
  expect(await ask("HEAD", "headThenGet")).toBe(200);
  expect(await ask("GET", headThenGet.digest)).toBe(200);
  expect(await ask("HEAD", "onlyAsked")).toBe(200);
  expect(await ask("GET", "onlyAsked", { "if-none-match": `"${onlyAsked.digest}"` })).toBe(304);
  expect(await ask("HEAD", onlyAsked.digest)).toBe(200);
  expect(await ask("GET", "many")).toBe(200);
  expect(await ask("GET", child.digest)).toBe(200);
  expect(await ask("GET", "missing")).toBe(404);
}

/** @param rounds how often everything was pulled */
async function expectCounts(server: Hythe, rounds = 1): Promise<void> {
  const times = (...numbers: number[]): number[] => numbers.map((number) => number * rounds);
  expect(await repositoryCounts(server.url, repository)).toEqual({
    repository: times(4, 3),
    tags: { byTag: times(1, 0), byDigest: times(0, 0), headThenGet: times(1, 0), onlyAsked: times(0, 2), many: times(1, 0) },
  });
  const expectManifest = async ({ digest }: Image, ...numbers: number[]): Promise<void> => {
    const { count, checks, byTag: tagged, direct, asChild } = await manifestCounts(server.url, repository, digest);
    expect([count, checks, tagged, direct, asChild]).toEqual(times(...numbers));
  };
  await expectManifest(byTag, 1, 0, 1, 0, 0);
  await expectManifest(byDigest, 1, 0, 0, 1, 0);
  await expectManifest(headThenGet, 1, 0, 1, 0, 0);
  await expectManifest(onlyAsked, 0, 3, 0, 0, 0);
  await expectManifest(many, 1, 0, 1, 0, 0);
  await expectManifest(child, 1, 0, 0, 0, 1);
  const shown = async (...args: string[]): Promise<unknown> => {
    const { code, stdout } = await runHythe([...args, "--json", "--server", server.url]);
    expect(code).toBe(0);
    return JSON.parse(stdout);
  };
  const { items } = (await shown("tags", repository)) as { items: { name: string; pulls: Shown; imagePulls: Shown }[] };
  expect(items.map(({ name, pulls, imagePulls }) => [name, pulls.count, pulls.checks, imagePulls.count])).toEqual(
    [
      ["byDigest", 0, 0, 1],
      ["byTag", 1, 0, 1],
      ["headThenGet", 1, 0, 1],
      ["many", 1, 0, 1],
      ["onlyAsked", 0, 2, 0],
    ].map(([name, ...numbers]) => [name, ...times(...(numbers as number[]))]),
  );
  for (const [target, pulls, checks] of [
    [repository, 4, 3],
    [`${repository}:headThenGet`, 1, 0],
    [`${repository}@${child.digest}`, 1, 0],
  ] as const) {
    const { total, buckets } = (await shown("pulls", target)) as { total: Shown; buckets: { pulls: number; checks: number }[] };
    expect([total.count, total.checks], target).toEqual(times(pulls, checks));
    const sum = (of: "pulls" | "checks"): number => buckets.reduce((all, bucket) => all + bucket[of], 0);
    expect([sum("pulls"), sum("checks")], `${target} over time`).toEqual(times(pulls, checks));
  }
}

interface Shown {
  readonly count: number;
  readonly checks: number;
}
