// A process that takes one job and never ends it, for tests that kill it: node test/faults/jobs-process.ts DATA-FOLDER DATABASE-URL|-

import { createJobs } from "../../src/jobs/jobs.ts";
import { openDatabase } from "../../src/store/database.ts";

const [folder = "", url = "-"] = process.argv.slice(2);
const db = await openDatabase(url === "-" ? { folder } : { folder, url });
const hang = (): Promise<void> => {
  process.stdout.write("claimed\n");
  return new Promise(() => undefined);
};
createJobs({ db, handlers: { hang: { run: hang } }, now: Date.now, pollMs: 20, leaseMs: 1000, owner: "victim" }).start();
setInterval(() => undefined, 60_000);
