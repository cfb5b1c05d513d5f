// The oracle at length: node test/faults/oracle-run.ts [--kills 50] [--pulls 1000000] [--clients 48] [--processes 1] [--postgres]
// [--durability kill|power] [--seed N]. Ends with 1 when a pull was lost or counted twice; the seed brings the kills back.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../peers/postgres-server.ts";
import { runOracle } from "./oracle.ts";
import type { Difference } from "./oracle-compare.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    pulls: { type: "string", default: "1000000" },
    clients: { type: "string", default: "48" },
    processes: { type: "string", default: "1" },
    postgres: { type: "boolean", default: false },
    durability: { type: "string", default: "kill" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});

const data = mkdtempSync(join(tmpdir(), "hythe-oracle-"));
const postgres = values.postgres ? await startPostgres() : undefined;
if (values.postgres && postgres === undefined) throw new Error("PostgreSQL is not installed here");
try {
  console.log(
    `seed ${values.seed}, ${values.kills} kills, ${values.pulls} answers, ${values.processes} server(s), ${postgres === undefined ? "SQLite" : "PostgreSQL"}, durability ${values.durability}`,
  );
  const report = await runOracle({
    data,
    database: postgres?.url,
    pulls: Number(values.pulls),
    kills: Number(values.kills),
    clients: Number(values.clients),
    processes: Number(values.processes),
    seed: Number(values.seed),
    settings: { HYTHE_PULLS_DURABILITY: values.durability },
    print: (line) => console.log(line),
  });
  const show = (when: string, { lost, doubled, wrong }: Difference): void => {
    console.log(`${when}: lost ${lost}, doubled ${doubled}, wrong numbers ${wrong.length}`);
    for (const line of wrong.slice(0, 50)) console.log(`  ${line}`);
  };
  console.log(
    `${report.answered} answers in ${report.seconds.toFixed(0)} s, ${report.brokenOff} broken off by ${report.kills} kills`,
  );
  show("after the last kill and replay", report.afterKill);
  show("after a graceful stop and start", report.afterStop);
  if (report.afterKill.wrong.length + report.afterStop.wrong.length > 0) process.exitCode = 1;
} finally {
  await postgres?.stop();
  rmSync(data, { recursive: true, force: true });
}
