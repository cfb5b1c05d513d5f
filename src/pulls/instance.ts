// A process that counts has a folder of its own, journal/<uuid>/, as long as it holds an exclusive lock on the lock.db in it. The
// lock is SQLite's because Node has no flock; the kernel frees it when the process dies, however it dies.

import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { hostname, uptime } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const attempts = 10;
const gapFileBytes = 4096;
const minuteMs = 60_000;

/** Names this boot of the machine. */
export function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    // Not Linux: the minute of the boot. If it is computed differently one day, an unsealed segment opens a gap too many, never one too few.
    return `${hostname()}-${Math.round((Date.now() - uptime() * 1000) / minuteMs)}`;
  }
}

/** Closing it frees the folder. */
export interface FolderLock {
  close(): void;
}

/** Undefined while somebody else, alive, holds the folder; also when the folder has just gone. */
export function lockFolder(folder: string): FolderLock | undefined {
  const path = join(folder, "lock.db");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("begin exclusive");
    // The holder before us may have removed the folder between our opening and our locking.
    if (existsSync(path)) return { close: () => database!.close() };
  } catch {
    // Busy: it lives. Cannot be opened: it is gone.
  }
  database?.close();
  return undefined;
}

export interface Instance {
  readonly id: string;
  readonly folder: string;
  /** In the file `gap`; closed with the instance. */
  readonly mark: Pick<RiskMark, "set" | "clear">;
  /** Frees the folder: whoever comes next adopts it. */
  close(): void;
}

/** Creates and locks a new folder under `journal`. */
export function openInstance(journal: string): Instance {
  for (let attempt = 1; ; attempt++) {
    const id = randomUUID();
    const folder = join(journal, id);
    mkdirSync(folder, { recursive: true });
    const lock = lockFolder(folder);
    if (lock === undefined) {
      // Another process has taken the new folder for that of a dead one; it will remove it.
      if (attempt < attempts) continue;
      throw new Error(`cannot lock a new folder in ${journal}`);
    }
    const mark = new RiskMark(folder);
    return {
      id,
      folder,
      mark,
      close() {
        mark.close();
        lock.close();
      },
    };
  }
}

/** Four kilobytes, written in advance and only ever overwritten in place, so that a full disk can be noted on it. */
class RiskMark {
  readonly #file: number;

  constructor(folder: string) {
    this.#file = openSync(join(folder, "gap"), "w");
    writeSync(this.#file, Buffer.alloc(gapFileBytes, " "));
    this.clear();
    fsyncSync(this.#file);
  }

  /** Since when counts exist in memory only; a process that dies leaves this behind. @throws when even that cannot be written */
  set(sinceMs: number): void {
    this.#write(`at risk since ${sinceMs}\n`);
  }
  clear(): void {
    this.#write("not at risk\n");
  }
  #write(text: string): void {
    const bytes = Buffer.from(text.padEnd(64));
    if (writeSync(this.#file, bytes, 0, bytes.length, 0) !== bytes.length) throw new Error("short write on the gap file");
  }
  close(): void {
    closeSync(this.#file);
  }
}

/** What a dead process noted; 0: it was not at risk. */
export function readRiskMark(folder: string): number {
  const path = join(folder, "gap");
  if (!existsSync(path)) return 0;
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(64);
    readSync(file, bytes, 0, bytes.length, 0);
    return Number(/^at risk since (\d+)/.exec(bytes.toString("latin1"))?.[1] ?? 0);
  } finally {
    closeSync(file);
  }
}
