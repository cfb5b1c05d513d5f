// What somebody may do, out of the grants that hold for them. By name alone: whether a repository exists plays no part, so that
// hidden and missing ones cannot be told apart.

import { matches } from "./pattern.ts";

/** overwrite: moving a tag that exists; push alone only creates. admin: also grants and rules; on `*`: of the whole registry. */
export type Action = "pull" | "push" | "overwrite" | "delete" | "admin";
export type Role = "pull" | "push" | "delete" | "admin";

export const actions: readonly Action[] = ["pull", "push", "overwrite", "delete", "admin"];
export const roles: readonly Role[] = ["pull", "push", "delete", "admin"];

/** What each role includes: who may delete need not push, and the other way round. */
const actionsOf: Readonly<Record<Role, readonly Action[]>> = {
  pull: ["pull"],
  push: ["pull", "push", "overwrite"],
  delete: ["pull", "delete"],
  admin: actions,
};

export interface Grant {
  readonly id: number;
  readonly role: Role;
  /** See pattern.ts. */
  readonly pattern: string;
  /** false: of role push, only creating tags. */
  readonly overwrite: boolean;
  /** Whom it was given to: "everyone", "group dev", "user ann". */
  readonly to: string;
}

export interface Rights {
  may(action: Action, repository: string): boolean;
  /** A grant that allows it, of the widest role. */
  grantOf(action: Action, repository: string): Grant | undefined;
  /** Patterns of the repositories that may be pulled; undefined: all. */
  readonly visible: readonly string[] | undefined;
  /** Patterns of the repositories on which others may be given rights; undefined: all. */
  readonly administered: readonly string[] | undefined;
  /** admin on `*`. */
  readonly isAdmin: boolean;
}

const bits: Readonly<Record<Action, number>> = { pull: 1, push: 2, overwrite: 4, delete: 8, admin: 16 };
const maxRemembered = 10_000;

/** The union of what the grants allow. */
export function createRights(grants: readonly Grant[]): Rights {
  const remembered = new Map<string, number>();
  const evaluate = (repository: string): number => {
    let mask = 0;
    for (const grant of grants) if (matches(grant.pattern, repository)) mask |= maskOf(grant);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(repository, mask);
    return mask;
  };
  const ordered = grants.toSorted((a, b) => roles.indexOf(b.role) - roles.indexOf(a.role));
  const administers = grants.filter(({ role }) => role === "admin");
  return {
    may: (action, repository) => ((remembered.get(repository) ?? evaluate(repository)) & bits[action]) !== 0,
    grantOf: (action, repository) =>
      ordered.find((grant) => (maskOf(grant) & bits[action]) !== 0 && matches(grant.pattern, repository)),
    visible: patternsOf(grants),
    administered: patternsOf(administers),
    isAdmin: patternsOf(administers) === undefined,
  };
}

/** Undefined: all names. */
function patternsOf(grants: readonly Grant[]): readonly string[] | undefined {
  const patterns = [...new Set(grants.map(({ pattern }) => pattern))];
  return patterns.includes("*") ? undefined : patterns;
}

function maskOf({ role, overwrite }: Pick<Grant, "role" | "overwrite">): number {
  let mask = 0;
  for (const action of actionsOf[role]) if (action !== "overwrite" || overwrite || role === "admin") mask |= bits[action];
  return mask;
}

/** Whether a role, as the limit of a token, leaves room for an action. */
export function includes(role: Role, action: Action): boolean {
  return actionsOf[role].includes(action);
}

/** An open registry: everybody may do everything. */
export const allRights: Rights = createRights([{ id: 0, role: "admin", pattern: "*", overwrite: true, to: "everyone" }]);
export const noRights: Rights = createRights([]);
