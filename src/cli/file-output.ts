// A file that is written as it comes and appears under its name when it is whole.

import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RegistryError } from "../oci/errors.ts";

/** Ends or destroys `body`. What was there before stays until everything has come. @throws REQUEST_INVALID for a file that cannot be written */
export async function writeWhole(path: string, body: Readable): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  // A device or a pipe is written where it is.
  const isReplaced = there === undefined || there.isFile();
  const target = isReplaced ? `${path}.${randomUUID().slice(0, 8)}.part` : path;
  try {
    await pipeline(body, createWriteStream(target, { flags: isReplaced ? "wx" : "w" }));
    if (isReplaced) await rename(target, path);
  } catch (error) {
    if (isReplaced) await rm(target, { force: true });
    throw toFileError(path, error);
  }
}

const reasons: Readonly<Record<string, (path: string) => string>> = {
  EACCES: () => "there is no right to write it",
  EISDIR: () => "it is a folder",
  ENOENT: (path) => `there is no folder ${dirname(path)}`,
  ENOSPC: () => "the disk is full",
  ENOTDIR: (path) => `${dirname(path)} is not a folder`,
  EROFS: () => "its disk can only be read",
};

function toFileError(path: string, error: unknown): unknown {
  const reason = reasons[String((error as NodeJS.ErrnoException).code)];
  if (reason === undefined || error instanceof RegistryError) return error;
  return new RegistryError("REQUEST_INVALID", { message: `cannot write ${path}: ${reason(path)}`, cause: error });
}
