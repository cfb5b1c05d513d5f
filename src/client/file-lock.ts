// A lock file beside a file that several processes change. A holder that died keeps nobody waiting: its lock is taken away. What would
// surprise: one that cannot be looked at from here (lock-holder.ts) is taken for dead when it holds on for too long, so whoever holds a
// lock asks again before it writes.

import { createHash, randomUUID } from "node:crypto";
import { open, readFile, rm, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createRegistryError } from "../oci/errors.ts";
import { isErrno } from "./layout-files.ts";
import { describeHolder, findState } from "./lock-holder.ts";

const pauseMs = 5;

export interface FileLock {
  /** @throws CONFLICT when somebody took it away */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** `patience`: milliseconds for which one and the same holder is waited for. @throws CONFLICT when it lives and holds on for longer */
export async function lockFile(path: string, patience: number): Promise<FileLock> {
  const own = JSON.stringify({ id: randomUUID(), ...(await describeHolder()) });
  const began = performance.now();
  let held: { readonly by: string; readonly since: number } | undefined;
  while (!(await createAlone(path, own))) {
    const now = performance.now();
    const by = await readText(path);
    if (held?.by !== by) held = { by, since: now };
    const state = await findState(by);
    const heldMs = now - held.since;
    if ((state === "alive" && heldMs > patience) || now - began > patience * 10)
      throw createRegistryError("CONFLICT", { message: `another process is writing, and holds ${path}` });
    const isOver = state === "gone" || (state === "unknown" && heldMs > patience);
    if (isOver) await takeAway(path, by, heldMs > 2 * patience);
    await sleep(pauseMs);
  }
  return {
    async check() {
      if ((await readText(path)) === own) return;
      throw createRegistryError("CONFLICT", { message: `another process has taken ${path} away; try again` });
    },
    async release() {
      if ((await readText(path)) === own) await rm(path, { force: true });
    },
  };
}

async function createAlone(path: string, text: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, "wx");
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
  try {
    await file.writeFile(text);
    return true;
  } catch (error) {
    await rm(path, { force: true }); // with a full disk it would name nobody
    throw error;
  } finally {
    await file.close();
  }
}

/** Removes the lock of `holder`. Of those who do so at the same time one may, so that nobody removes the lock of the next. */
async function takeAway(path: string, holder: string, isStuck: boolean): Promise<void> {
  const claim = `${path}.${createHash("sha256").update(holder).digest("hex").slice(0, 16)}`;
  if (await createAlone(claim, "")) {
    try {
      if ((await readText(path)) === holder) await rm(path, { force: true });
    } finally {
      await rm(claim, { force: true });
    }
  } else if (isStuck) await rm(claim, { force: true }); // whoever was at it was killed
}

/** "" also where there is none. */
async function readText(path: string): Promise<string> {
  return (await readIfThere(path)) ?? "";
}

/** Undefined: there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
