// Changes a small file of secrets without losing what somebody else changes at the same time: read, change and write happen under a lock
// file beside it, and the new file replaces the old one whole. Programs that know no lock see the old or the new one, never a half.

import { randomUUID } from "node:crypto";
import { link, open, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRegistryError } from "../oci/errors.ts";
import { makeFolder } from "./make-folder.ts";

const pauseMs = 15;

export interface UpdateOptions {
  /** Milliseconds for which one and the same holder of the lock is waited for, then it is taken for dead. Default 5,000. */
  readonly patience?: number;
}

/**
 * `change` gets the text (undefined: there is no file) and gives the new one, or undefined to leave everything as it is. Only the user may
 * read the file. Links are followed. @throws REQUEST_INVALID when it cannot be written, CONFLICT when others never stop writing
 */
export async function updateFile(
  path: string,
  change: (text: string | undefined) => string | undefined,
  options: UpdateOptions = {},
): Promise<void> {
  const target = await realpath(path).catch(() => path); // there is none yet
  try {
    await makeFolder(dirname(target), 0o700);
    const unlock = await lock(`${target}.lock`, options.patience ?? 5000);
    try {
      const text = change(await readIfThere(target));
      if (text !== undefined) await replaceFile(target, text);
    } finally {
      await unlock();
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw createRegistryError("REQUEST_INVALID", { message: `${path} cannot be written (${code})`, cause: error });
  }
}

async function replaceFile(target: string, text: string): Promise<void> {
  const next = `${target}.${randomUUID()}`;
  try {
    const file = await open(next, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Resolves with what gives it free. */
async function lock(path: string, patience: number): Promise<() => Promise<void>> {
  const own = randomUUID();
  let holder: string | undefined;
  let [same, whole] = [0, 0];
  while (!(await createAlone(path, own))) {
    const seen = await readIfThere(path);
    same = seen === holder ? same + pauseMs : 0;
    holder = seen;
    whole += pauseMs;
    if (whole > patience * 10) throw createRegistryError("CONFLICT", { message: `${path} is always held by somebody else` });
    if (same > patience && seen !== undefined) await takeAway(path, seen, own);
    else await sleep(pauseMs);
  }
  return async () => {
    if ((await readIfThere(path)) === own) await rm(path, { force: true });
  };
}

async function createAlone(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes the lock of `holder`; should it be somebody else's by now, that one gets it back. */
async function takeAway(path: string, holder: string, own: string): Promise<void> {
  const aside = `${path}.${own}`;
  try {
    await rename(path, aside);
    if ((await readIfThere(aside)) !== holder) await link(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EEXIST") throw error; // somebody else was faster
  } finally {
    await rm(aside, { force: true });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
