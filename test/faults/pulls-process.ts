// A process that counts and kills itself at a given step. Arguments: data folder, database url or "", clock, step, which time it
// comes to that step. Prints one line before each request and one when it is answered, so that the parent knows what must count.

import { writeSync } from "node:fs";
import { openDatabase } from "../../src/store/database.ts";
import { ask, openLaboratory, type Request } from "../pulls-laboratory.ts";

const [folder = "", url = "", clockText = "0", step = "", timesText = "1"] = process.argv.slice(2);
const hourMs = 3_600_000;
const rounds = 12;
const stdout = 1;

const options = url === "" ? { folder } : { folder, url };
const db = await openDatabase(options);
const clock = { nowMs: Number(clockText) };
let times = Number(timesText);
const pulls = await openLaboratory(
  { folder, database: options, db, clock },
  { hoursKeep: 3 * hourMs, daysKeep: 48 * hourMs },
  {
    failpoint(name) {
      if (name === step && --times === 0) process.kill(process.pid, "SIGKILL");
    },
  },
);

async function tell(what: string, ...requests: readonly Request[]): Promise<void> {
  for (const request of requests) {
    writeSync(stdout, `sent ${what}\n`);
    await ask(pulls, request);
    writeSync(stdout, `answered ${what}\n`);
  }
}

for (let round = 0; round < rounds; round++) {
  await tell("tag", { tag: 11, client: "a" });
  await ask(pulls, { method: "HEAD", tag: 11, client: "b" });
  await tell("tag", { digest: 21, client: "b" });
  await Promise.all([tell("digest", { digest: 24, client: "c" }), tell("digest", { digest: 24, client: "d" })]);
  await pulls.foldNow();
  clock.nowMs += 12 * hourMs;
  await pulls.tendNow();
}
await pulls.close();
await db.close();
writeSync(stdout, "ended\n");
