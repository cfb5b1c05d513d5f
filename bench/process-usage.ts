// What a process uses, as Linux tells it.

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const mebibyte = 1024 * 1024;

/** Resident memory in MiB; `peak`: the most since the start of the process. */
export function residentMiB(pid: number, peak = false): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = new RegExp(`^${peak ? "VmHWM" : "VmRSS"}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return Number(kibibytes) / 1024;
}

/** Makes the peak start again at what is resident now. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

export function folderMiB(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.reduce((sum, name) => sum + sizeOf(join(folder, name)), 0) / mebibyte;
}

function sizeOf(path: string): number {
  // A journal file may go while we look.
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : 0;
}

/** Notes when the worker thread of a server is busy, by asking the kernel every few milliseconds: that is a fold. */
export class WorkerWatch {
  readonly #pid: number;
  readonly #spans: { from: number; to: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #lastNs = 0;
  #lastMs = performance.now();

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), watchMs);
  }
  stop(): void {
    clearInterval(this.#timer);
  }
  /** Spans of work, in performance.now() milliseconds. */
  get spans(): readonly { readonly from: number; readonly to: number }[] {
    return this.#spans;
  }

  #look(): void {
    const now = performance.now();
    const ns = workerNanoseconds(this.#pid);
    const busy = (ns - this.#lastNs) / 1e6 > (now - this.#lastMs) * busyShare;
    const last = this.#spans.at(-1);
    if (busy && this.#lastNs > 0) {
      if (last !== undefined && this.#lastMs - last.to < joinMs) last.to = now;
      else this.#spans.push({ from: this.#lastMs, to: now });
    }
    this.#lastNs = ns;
    this.#lastMs = now;
  }
}

const watchMs = 25;
const busyShare = 0.15;
/** Pauses of a fold, which waits for the disk or for PostgreSQL, are part of it. */
const joinMs = 200;
const notWorkers = /MainThread|V8Worker|DelayedTask|SignalInsp|libuv/;

/** Processor time of all threads that are neither Node's main thread nor one of its own helpers. */
function workerNanoseconds(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  let sum = 0;
  for (const id of readdirSync(tasks)) {
    try {
      if (notWorkers.test(readFileSync(join(tasks, id, "comm"), "utf8"))) continue;
      sum += Number(readFileSync(join(tasks, id, "schedstat"), "utf8").split(" ")[0]);
    } catch {
      // The thread has just ended.
    }
  }
  return sum;
}
