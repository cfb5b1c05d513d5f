// Pushes against a server that is killed, at length: node test/faults/pushes-run.ts [--kills 500] [--pushers 12] [--postgres] [--seed N]

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../peers/postgres-server.ts";
import { runPushes } from "./pushes.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    pushers: { type: "string", default: "12" },
    postgres: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});

const data = mkdtempSync(join(tmpdir(), "hythe-pushes-"));
const postgres = values.postgres ? await startPostgres() : undefined;
if (values.postgres && postgres === undefined) throw new Error("PostgreSQL is not installed here");
try {
  console.log(
    `seed ${values.seed}, ${values.kills} kills, ${values.pushers} clients, ${postgres === undefined ? "SQLite" : "PostgreSQL"}`,
  );
  const kills = Number(values.kills);
  const print = (line: string): void => console.log(line);
  await runPushes({ data, database: postgres?.url, kills, pushers: Number(values.pushers), seed: Number(values.seed), print });
  console.log("everything acknowledged is there, nothing is mis-hashed");
} finally {
  await postgres?.stop();
  rmSync(data, { recursive: true, force: true });
}
