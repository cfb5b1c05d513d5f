// Who holds a lock file, in the words that stand in it, and whether that process is gone. Only a process of the same boot of the same
// machine, and in a container of the same container, can be looked at: of any other nothing is known.

import { readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isErrno } from "./layout-files.ts";

interface Holder {
  /** Where its number means a process. */
  readonly machine: string;
  readonly pid: number;
  /** When it was started, as the kernel counts; "": not known. A number is given again to another process. */
  readonly started: string;
}

/** This process. */
export async function describeHolder(): Promise<Holder> {
  return { machine: thisMachine(), pid: process.pid, started: (await readProcess(process.pid))?.started ?? "" };
}

/** `text`: what stands in the lock. "unknown": it may live elsewhere, or it is none of ours. */
export async function findState(text: string): Promise<"alive" | "gone" | "unknown"> {
  const holder = parseHolder(text);
  if (holder?.machine !== thisMachine()) return "unknown";
  if (!hasProcess(holder.pid)) return "gone";
  const found = await readProcess(holder.pid);
  // Not every system lets others look.
  if (found === undefined) return "alive";
  return found.isDead || found.started !== holder.started ? "gone" : "alive";
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { machine, pid, started } = JSON.parse(text) as Partial<Holder>;
    if (typeof machine !== "string" || typeof started !== "string" || !Number.isSafeInteger(pid) || pid! <= 0) return undefined;
    return { machine, pid: pid!, started };
  } catch {
    return undefined; // a lock of something else
  }
}

let machine: string | undefined;

function thisMachine(): string {
  return (machine ??= readMachine());
}

function readMachine(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname(); // not Linux
  }
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !isErrno(error, "ESRCH");
  }
}

/** Undefined: this system does not tell. */
async function readProcess(pid: number): Promise<{ readonly started: string; readonly isDead: boolean } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name before it may hold anything (man proc_pid_stat): then come the state, the third, and the start, the twenty-second.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { started: fields[19] ?? "", isDead: /^[ZXx]$/.test(fields[0] ?? "") };
  } catch {
    return undefined;
  }
}
