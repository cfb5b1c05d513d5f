// Changes a small file of secrets without losing what somebody else changes at the same time: read, change and write happen under a lock
// file beside it, and the new file replaces the old one whole. Programs that know no lock see the old or the new one, never a half.

import { randomUUID } from "node:crypto";
import { open, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { createRegistryError } from "../oci/errors.ts";
import { lockFile, readIfThere } from "./file-lock.ts";
import { makeFolder } from "./make-folder.ts";

export interface UpdateOptions {
  /** See lockFile. Default 5,000. */
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
    const lock = await lockFile(`${target}.lock`, options.patience ?? 5000);
    try {
      const text = change(await readIfThere(target));
      if (text === undefined) return;
      await lock.check();
      await replaceFile(target, text);
    } finally {
      await lock.release();
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
