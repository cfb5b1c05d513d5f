// Who asks, as every door knows it. Made per request out of what is known by then, never kept: rights may change at any time.

import type { RepositoryName } from "../oci/reference.ts";
import { allRights, includes, type Action, type Rights, type Role } from "./rights.ts";

export interface Principal {
  /** 0: anonymous, -1: system. */
  readonly id: number;
  readonly name: string;
  /** system: the registry's own work, and the console of its machine; never counted as a pull. */
  readonly kind: "anonymous" | "user" | "robot" | "system";
  readonly rights: Rights;
  readonly limits?: Limits;
}

/** Who works on the data without a server. May do everything: they can read and write the files. */
export const operator: Principal = { id: -1, name: "console", kind: "system", rights: allRights };

/** What a secret is good for at most, whatever its principal may do. */
export interface Limits {
  may(action: Action, repository: RepositoryName): boolean;
  /** Whether lists of more than one repository are part of it. */
  readonly catalog: boolean;
}

/** A token that was made for one role. */
export function limitedTo(role: Role): Limits {
  return { may: (action) => includes(role, action), catalog: true };
}

/** The one place that decides. */
export function isAllowed({ rights, limits }: Principal, action: Action, repository: RepositoryName): boolean {
  return rights.may(action, repository) && (limits === undefined || limits.may(action, repository));
}

/** Administration of the registry as a whole: users, robots, grants, the audit log. Never by a registry token. */
export function isAdmin({ rights, limits }: Principal): boolean {
  return rights.isAdmin && (limits === undefined || (limits.catalog && limits.may("admin", "*" as RepositoryName)));
}

/** The list of repositories, which shows everybody what they may pull: to members, and to the anonymous if there is anything for them. */
export function maySeeCatalog({ kind, rights, limits }: Principal): boolean {
  const sees = kind !== "anonymous" || rights.visible === undefined || rights.visible.length > 0;
  return sees && (limits === undefined || limits.catalog);
}
