// npm test: everything. Installs the Debian packages that the tests use (as root, on Debian), builds the Go clients (where Go is), runs
// all checks and all suites, and ends by saying what was skipped and why.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { installPackages, packageVersions, type DebianPackage } from "./peers/debian.ts";
import { buildGoTools, findGoTool, goToolVersion, type GoTool } from "./peers/go-tools.ts";
import { buildStep, execute, runStep, staticSteps } from "./steps.ts";

const packages: readonly DebianPackage[] = ["postgresql", "skopeo", "docker-registry", "chromium", "firefox-esr", "zsh", "fish"];
const tools: readonly GoTool[] = ["crane", "regctl", "oras", "helm", "registry"];

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly ancestorTitles: readonly string[];
      readonly title: string;
    }[];
  }[];
}

const print = (line: string): void => console.log(line);
const lacking = [...installPackages(packages, print), ...buildGoTools(tools, "test/journeys", print)];
print(`node: ${process.version}`);
for (const line of packageVersions(packages)) print(line);
for (const tool of tools) if (findGoTool(tool) !== undefined) print(goToolVersion(tool));

const checks: boolean[] = [];
for (const step of [buildStep, ...staticSteps]) checks.push(await runStep(step));
const report = await runVitest();

const skipped = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(
      ({ ancestorTitles, title }) =>
        `${relative(process.cwd(), name)}: ${[...ancestorTitles, title].filter(Boolean).join(" > ")}`,
    ),
);
// A file that cannot be loaded fails without a single test.
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
).length;
const passed = report.numPassedTests + checks.filter(Boolean).length;
const failed = report.numFailedTests + brokenFiles + checks.filter((ok) => !ok).length;

print(skipped.length + lacking.length === 0 ? "\nnothing was skipped" : "\nskipped:");
for (const line of [...lacking, ...summary(skipped)]) print(`  ${line}`);
print(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runVitest(): Promise<VitestReport> {
  const folder = mkdtempSync(join(tmpdir(), "hythe-report-"));
  const file = join(folder, "report.json");
  try {
    await execute(
      ["vitest", "run", "--maxWorkers=2", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
      true,
    );
    return JSON.parse(readFileSync(file, "utf8")) as VitestReport;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The reason stands in the name of the suite: "… (skipped: PostgreSQL is not installed)". One line for all tests of a suite. */
function summary(lines: readonly string[]): string[] {
  const suites = new Map<string, number>();
  for (const line of lines) {
    const end = line.indexOf("(skipped:");
    const suite = end === -1 ? line : line.slice(0, line.indexOf(")", end) + 1);
    suites.set(suite, (suites.get(suite) ?? 0) + 1);
  }
  return [...suites].map(([suite, count]) => (count === 1 ? suite : `${suite}: ${count} tests`));
}
