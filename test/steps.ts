// The steps of `npm run check` and `npm test`: each a program that must end with 0, shown as one line with its time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
const binaries = join(root, "node_modules", ".bin");

export interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

/** What needs no running server: format, lint with type information, types, dead code. */
export const staticSteps: readonly Step[] = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "types", command: ["tsc", "--noEmit", "-p", "."] },
  { name: "dead code", command: ["knip"] },
];

/** Before everything that starts a server, which would else build it and say so. */
export const buildStep: Step = { name: "web", command: ["node", "src/web-build.ts"] };

/** Runs a program from node_modules; with `show` its output goes to the terminal, else it is returned. */
export async function execute(command: Step["command"], show = false): Promise<{ ok: boolean; output: string }> {
  const [program, ...args] = command;
  const child = spawn(join(binaries, program), args, {
    cwd: root,
    stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(show ? {} : { NO_COLOR: "1" }), PATH: `${binaries}${delimiter}${process.env["PATH"]}` },
  });
  let output = "";
  const keep = (chunk: unknown): void => {
    output += String(chunk);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const [code] = (await once(child, "close")) as [number | null];
  return { ok: code === 0, output };
}

/** Runs a step, prints its line, and its output when it failed. */
export async function runStep({ name, command }: Step): Promise<boolean> {
  const start = performance.now();
  const { ok, output } = await execute(command);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${ok ? "ok    " : "FAILED"} ${name.padEnd(12)} ${seconds.padStart(6)} s`);
  if (!ok) console.log(output.trimEnd());
  return ok;
}
