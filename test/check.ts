// npm run check: everything that is quick enough to run before each commit, in under a minute. Needs nothing installed beside npm's
// packages; PostgreSQL is used where it is there.

import { statfsSync } from "node:fs";
import { buildStep, runStep, staticSteps, type Step } from "./steps.ts";

// Temporary folders in memory where there is room: the tests of this command are not about the disk, and each flush of one costs.
const memory = "/dev/shm";
if (process.env["TMPDIR"] === undefined && freeBytes(memory) > 2 * 1024 ** 3) process.env["TMPDIR"] = memory;

const tests: Step = {
  name: "tests",
  command: ["vitest", "run", "--reporter=dot", "--maxWorkers=3", "--exclude", "test/journeys/**", "--exclude", "test/faults/**"],
};

const start = performance.now();
const results = [await runStep(buildStep), ...(await Promise.all([tests, ...staticSteps].map(runStep)))];
const failed = results.filter((ok) => !ok).length;
console.log(
  `${failed === 0 ? "all steps passed" : `${failed} steps failed`} in ${((performance.now() - start) / 1000).toFixed(0)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0; // not Linux
  }
}
