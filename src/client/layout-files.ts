// Files of a layout: written whole or not at all, and on the disk when that is told.

import { randomUUID } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { RegistryError } from "../oci/errors.ts";

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** @throws STORAGE_FULL */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const staged = `${path}.${randomUUID()}`;
  try {
    const file = await open(staged, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(staged, path);
  } catch (error) {
    await rm(staged, { force: true });
    throw toStorageError(error);
  }
}

/** Gives a file that is on the disk its name, for good. */
export async function publish(staged: string, path: string): Promise<void> {
  await rename(staged, path);
  const folder: FileHandle = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function toStorageError(error: unknown): unknown {
  return isErrno(error, "ENOSPC", "EDQUOT") ? new RegistryError("STORAGE_FULL", { cause: error }) : error;
}
