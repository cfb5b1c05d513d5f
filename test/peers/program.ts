// Programs that a test or a benchmark starts: found on the path, waited for, stopped by their own pid.

import { execFile, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const startTimeoutMs = 120_000;
const stopTimeoutMs = 60_000;

/** A server that listens on a port of its own and leaves no trace once stopped. */
export interface PeerServer {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The full path of a program; Debian keeps servers in sbin, which is not on everyone's path. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false; // not there: the next folder
      }
    });
}

const execute = promisify(execFile);

/** Runs a program to its end and returns what it printed; rejects with that text when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { stdout, stderr } = await execute(program, args, { maxBuffer: 64 * 1024 * 1024, ...options });
  return stdout + stderr;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Ends a process by its pid, gently first, and waits until it is gone. */
export async function stopProcess(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await gone;
  clearTimeout(timer);
}

/** Starts a server and waits until `path` answers anything but 5xx; `cleanUp` runs after its end, also when it never came up. */
export async function startServer(
  command: readonly [program: string, ...args: string[]],
  url: string,
  options: SpawnOptions & { readonly path?: string; readonly cleanUp?: () => void } = {},
): Promise<PeerServer> {
  const { path = "/", cleanUp = () => undefined, ...spawnOptions } = options;
  const [program, ...args] = command;
  const child = spawn(program, args, { ...spawnOptions, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk: unknown): void => {
    output = (output + String(chunk)).slice(-4000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const stop = async (): Promise<void> => {
    await stopProcess(child);
    cleanUp();
  };
  const deadline = performance.now() + startTimeoutMs;
  while (!(await answers(url + path))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`${program} did not start:\n${output}`);
    }
    await pause(20);
  }
  return { url, pid: child.pid!, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false; // not listening yet
  }
}
