// npm run check: everything that is quick enough to run before each commit, in under a minute. Needs nothing installed beside npm's
// packages; PostgreSQL is used where it is there.

import { runStep, staticSteps, type Step } from "./steps.ts";

const tests: Step = {
  name: "tests",
  command: ["vitest", "run", "--reporter=dot", "--exclude", "test/journeys/**", "--exclude", "test/faults/**"],
};

const start = performance.now();
const results = await Promise.all(staticSteps.map(runStep));
results.push(await runStep(tests));
const failed = results.filter((ok) => !ok).length;
console.log(
  `${failed === 0 ? "all steps passed" : `${failed} steps failed`} in ${((performance.now() - start) / 1000).toFixed(0)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;
