// The real server as a process of its own: `node bin/hythe.js serve`, on a free port, killed or stopped at will.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stopProcess } from "./program.ts";

const root = join(import.meta.dirname, "..", "..");
const startTimeoutMs = 120_000;

export interface HytheOptions {
  /** Absent: whatever `serve` takes then. */
  readonly data?: string;
  /** postgres://…; absent: SQLite in the data folder. */
  readonly database?: string | undefined;
  /** 127.0.0.1:0 when absent. */
  readonly listen?: string;
  /** More of the environment, such as settings as HYTHE_… variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More flags of `serve`. */
  readonly flags?: readonly string[];
  /** For Node itself, such as --cpu-prof. */
  readonly nodeOptions?: readonly string[];
  /** Kills the process (SIGKILL), whether it has started or not. */
  readonly signal?: AbortSignal;
}

export interface Hythe {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** SIGKILL, and gone when this resolves. */
  kill(): Promise<void>;
  /** SIGTERM: it folds and closes. Resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts the server and waits for the line that names its address. */
export async function startHythe(options: HytheOptions): Promise<Hythe> {
  const args = [...(options.nodeOptions ?? []), "bin/hythe.js", "serve", "--listen", options.listen ?? "127.0.0.1:0"];
  if (options.data !== undefined) args.push("--data", options.data);
  args.push(...(options.flags ?? []));
  if (options.database !== undefined) args.push("--database", options.database);
  const env = { ...process.env, NODE_ENV: "production", ...options.settings };
  const child = spawn(hytheNode(), args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  options.signal?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  let output = "";
  const keep = (line: string): void => {
    output = `${output}${line}\n`.slice(-20_000);
  };
  const lines = createInterface({ input: child.stdout });
  lines.on("line", keep);
  createInterface({ input: child.stderr }).on("line", keep);
  const { promise: address, resolve, reject } = Promise.withResolvers<string>();
  const fail = (what: string): void => reject(new Error(`hythe ${what}:\n${output}`));
  const timer = setTimeout(() => fail("did not say its address in time"), startTimeoutMs);
  const exited = (): void => fail("ended instead of starting");
  child.once("exit", exited);
  const look = (line: string): void => {
    const found = /http:\/\/[\d.]+:\d+/.exec(line);
    if (found !== null) resolve(found[0]);
  };
  lines.on("line", look);
  try {
    const url = await address;
    return {
      url,
      pid: child.pid!,
      process: child,
      output: () => output,
      async kill() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      },
      async stop() {
        await stopProcess(child);
        return child.exitCode;
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
    child.off("exit", exited);
    lines.off("line", look);
  }
}

/** Runs the command line against a server and returns what it printed and its exit code. */
export async function runHythe(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(hytheNode(), ["bin/hythe.js", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

/** The Node that npm installed beside us (the machine's own may be too old), else the one that runs the tests. */
export function hytheNode(): string {
  const own = join(root, "node_modules", ".bin", "node");
  return existsSync(own) ? own : process.execPath;
}
