// What somebody may do with a repository or a tag, and why: /api/v1/may, and the `may` of items.

import type { Directory } from "../access/directory.ts";
import { isAllowed, type Principal } from "../access/principal.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { May } from "../wire/access.ts";

/** `tag`: one that exists there. Rules that keep it where it is hold for everybody. */
export function mayOf(
  principal: Principal,
  directory: Pick<Directory, "isImmutable">,
  repository: string,
  tag: string | undefined,
): May {
  const name = repository as RepositoryName;
  const stays = tag !== undefined && directory.isImmutable(repository, tag);
  return {
    pull: isAllowed(principal, "pull", name),
    push: isAllowed(principal, "push", name),
    overwrite: !stays && isAllowed(principal, "overwrite", name),
    delete: !stays && isAllowed(principal, "delete", name),
    admin: isAllowed(principal, "admin", name),
  };
}
