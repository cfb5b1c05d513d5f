// The examples of a page: each ```ts block, and the ```text block that says what it prints. They run in a process of their own from
// the root of the checkout, where the package's own name leads to its sources, as it does for whoever installed it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

export interface DocExample {
  /** The heading above it. */
  readonly heading: string;
  /** Line of the page where the code begins. */
  readonly line: number;
  readonly code: string;
  /** Undefined: nothing. */
  readonly printed: string | undefined;
}

export function readExamples(page: string): DocExample[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```\n(?:\s*^```text\n(.*?)^```\n)?/gms)].map((block) => ({
    heading: [...text.slice(0, block.index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? "",
    line: text.slice(0, block.index).split("\n").length + 1,
    code: block[1]!,
    printed: block[2],
  }));
}

/** Runs an example to its end and returns what it printed. @throws Error with its stderr when it fails */
export async function runExample(code: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--disable-warning=ExperimentalWarning", "-"], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  child.stdin.end(code);
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`the example ended with ${status}:\n${stderr}`);
  return stdout;
}
