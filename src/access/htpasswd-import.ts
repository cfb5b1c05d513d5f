// Makes users of an htpasswd file. They sign in with the passwords that they have; at the first time the hash becomes one of ours. What
// would surprise: whoever is here already stays as they are, so that the same file can be imported again when it has grown.

import { RegistryError } from "../oci/errors.ts";
import type { Author } from "../store/access-changes.ts";
import { parseHtpasswd } from "./htpasswd.ts";
import type { Members } from "./members.ts";
import { parseGroupNames, parseMemberName } from "./names.ts";

export interface HtpasswdImport {
  /** Names, in the order of the file. */
  readonly added: readonly string[];
  /** Those that were taken, by a user or a robot; nothing about them was changed. */
  readonly present: readonly string[];
}

/**
 * The file is checked whole before the first user is made. `groups`: of all of them; they have no other rights.
 * @throws REQUEST_INVALID with each line that cannot be taken
 */
export async function importHtpasswd(
  members: Pick<Members, "addUser">,
  { text, groups }: { readonly text: string; readonly groups: readonly string[] },
  author: Author,
): Promise<HtpasswdImport> {
  parseGroupNames(groups);
  const added: string[] = [];
  const present: string[] = [];
  for (const { name, hash } of parseHtpasswd(text, parseMemberName)) {
    try {
      await members.addUser({ name, passwordHash: hash, groups }, author);
      added.push(name);
    } catch (error) {
      if (!(error instanceof RegistryError && error.code === "CONFLICT")) throw error;
      present.push(name);
    }
  }
  return { added, present };
}
