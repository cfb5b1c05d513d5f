// What the operating system says, in the words of the house.

import { RegistryError } from "../oci/errors.ts";

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Runs `work`. @throws STORAGE_FULL when the disk or a quota is full */
export async function toDiskError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isErrno(cause, "ENOSPC", "EDQUOT")) throw new RegistryError("STORAGE_FULL", { cause });
    throw cause;
  }
}
