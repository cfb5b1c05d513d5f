// Folders with all that is missing above them, as mkdir -p makes them. Not Node's `recursive`, which goes on for ever where the system says
// "not there" of a folder that it does not let anybody make, as in /proc.

import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** `mode`: of those that are made. Rejects with what Node says of the folder that cannot be made. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    return await makeOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) throw error;
    await makeFolder(parent, mode);
  }
  await makeOne(path, mode);
}

async function makeOne(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Whatever it says of one that is there already: systems differ.
    if (!(await isFolder(path))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
