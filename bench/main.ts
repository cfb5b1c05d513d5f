// npm run bench -- [NAME ...] [--rounds 5] [--seconds 8] [--quick] [--profile FOLDER] [--markdown FILE]
// Runs benchmarks against real peers on this machine and prints our figure, the peer's and the ratio.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installPackages, packageVersions, type DebianPackage } from "../test/peers/debian.ts";
import { buildGoTools, goToolVersion } from "../test/peers/go-tools.ts";
import { blobs } from "./blobs.ts";
import { copy } from "./copy.ts";
import { counting } from "./counting.ts";
import { listing } from "./listing.ts";
import { load } from "./load.ts";
import { manifests } from "./manifests.ts";
import { push } from "./push.ts";
import { toMarkdown, toTable } from "./report.ts";
import { start } from "./start.ts";
import { steady, steadyPostgres, steadyZipf } from "./steady.ts";
import { tokens } from "./tokens.ts";
import { ui } from "./ui.ts";
import type { BenchContext, Row } from "./bench.ts";

const benches = [manifests, counting, tokens, steady, steadyZipf, steadyPostgres, blobs, push, start, copy, listing, load, ui];
const packages: readonly DebianPackage[] = ["wrk", "nginx-light", "docker-registry", "postgresql", "skopeo", "chromium"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "8" },
    quick: { type: "boolean", default: false },
    profile: { type: "string" },
    markdown: { type: "string" },
  },
});

const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(", ")}; there are:`);
  for (const { name, sentence } of benches) console.error(`  ${name.padEnd(16)} ${sentence}`);
  process.exit(2);
}

const print = (line: string): void => console.log(line);
for (const line of [...installPackages(packages, print), ...buildGoTools(["registry", "crane"], "bench", print)]) print(line);
for (const line of [`node ${process.version}`, ...packageVersions(packages), goToolVersion("registry")]) print(line);

const results: { sentence: string; rows: readonly Row[] }[] = [];
for (const bench of benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  print(`\n${bench.name}: ${bench.sentence}`);
  const folder = mkdtempSync(join(tmpdir(), "hythe-bench-"));
  const context: BenchContext = {
    folder,
    rounds: values.quick ? 1 : Number(values.rounds),
    seconds: values.quick ? 2 : Number(values.seconds),
    print,
    quick: values.quick,
    profile: values.profile,
  };
  try {
    const rows = await bench.run(context);
    results.push({ sentence: bench.sentence, rows });
    print(toTable(rows));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (values.markdown !== undefined) writeFileSync(values.markdown, toMarkdown(results));
