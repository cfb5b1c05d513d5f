// A change of access as the operations here make it: in one transaction, and remembered by nobody in its old form afterwards.

import { changeAccess, type AccessChange, type ChangeOptions } from "../store/access-changes.ts";
import type { Database } from "../store/database.ts";
import type { Directory } from "./directory.ts";

export interface AccessParts {
  readonly db: Database;
  readonly now: () => number;
  readonly directory: Pick<Directory, "changed">;
}

export async function change<T>(
  { db, directory }: AccessParts,
  options: ChangeOptions,
  work: (change: AccessChange) => Promise<T>,
): Promise<T> {
  try {
    return await changeAccess(db, options, work);
  } finally {
    // An error may also mean that the answer of a commit was lost.
    directory.changed();
  }
}
