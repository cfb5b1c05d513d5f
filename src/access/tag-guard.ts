// What keeps a tag where it is: a rule, for everybody, or that somebody may only create tags.

import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { AssertMayLeave } from "../oci/registry.ts";
import type { Directory } from "./directory.ts";
import { isAllowed, type Principal } from "./principal.ts";

/**
 * For the transaction that changes tags of `repository`. `action`: overwrite where a tag would move, delete where it would go.
 * `refused`: told before it throws. What it returns @throws DENIED with who may change that.
 */
export function guardTags(
  { isImmutable }: Pick<Directory, "isImmutable">,
  principal: Principal,
  action: "overwrite" | "delete",
  repository: RepositoryName,
  refused?: (tag: Tag) => void,
): AssertMayLeave {
  const may = isAllowed(principal, action, repository);
  return (tag) => {
    const isKept = isImmutable(repository, tag);
    if (may && !isKept) return;
    refused?.(tag);
    const message = isKept
      ? `the tag '${tag}' is immutable: a rule of the administrator keeps it on its image`
      : `there is a tag '${tag}' already and ${principal.name} may only create tags: push under another tag`;
    throw new RegistryError("DENIED", { message });
  };
}
