// What a request needs, in the words of token servers (distribution: docs/spec/auth/scope).

import type { RepositoryName } from "../oci/reference.ts";

export type Action = "pull" | "push" | "delete";

export type Scope = { readonly repository: RepositoryName; readonly actions: readonly Action[] } | { readonly catalog: true };

/** `repository:team/app:pull,push` or `registry:catalog:*`. */
export function formatScope(scope: Scope): string {
  return "catalog" in scope ? "registry:catalog:*" : `repository:${scope.repository}:${scope.actions.join(",")}`;
}

/**
 * Each resource once, with all actions that were asked for in alphabetical order, `*` alone; the strongest first, because some servers
 * honour only that. What is not of the form type:name:actions (Forgejo asks for `*`) is kept as it is.
 */
export function mergeScopes(texts: readonly string[]): string[] {
  const resources = new Map<string, Set<string>>();
  for (const text of texts) {
    const end = text.lastIndexOf(":");
    const [resource, actions] = text.indexOf(":") === end ? [text, ""] : [text.slice(0, end), text.slice(end + 1)];
    const merged = resources.get(resource) ?? new Set();
    for (const action of actions.split(",")) if (action !== "") merged.add(action);
    if (resource !== "") resources.set(resource, merged);
  }
  return [...resources]
    .map(([resource, actions]) => ({ resource, actions: actions.has("*") ? ["*"] : [...actions].toSorted() }))
    .toSorted((a, b) => strength(b.actions) - strength(a.actions) || (a.resource < b.resource ? -1 : 1))
    .map(({ resource, actions }) => (actions.length === 0 ? resource : `${resource}:${actions.join(",")}`));
}

const strengths: Readonly<Record<string, number>> = { "*": 1000, delete: 100, push: 10 };

function strength(actions: readonly string[]): number {
  return actions.reduce((sum, action) => sum + (strengths[action] ?? 1), 0);
}
