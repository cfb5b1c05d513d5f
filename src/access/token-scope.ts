// What a token is asked to be good for, and what of it is given (distribution: docs/spec/auth/scope): `repository:team/app:pull,push`,
// several of them in any order, `*` for all actions. What may not be done is left out, without a word.

import { isRepositoryName } from "../oci/reference.ts";
import { isAllowed, maySeeCatalog, type Limits, type Principal } from "./principal.ts";
import type { Action } from "./rights.ts";

/** As the claim `access` of a token. */
export interface ScopeAccess {
  readonly type: "repository" | "registry";
  readonly name: string;
  readonly actions: readonly string[];
}

/** Of a token that we signed, as any version of ours may have. Undefined: in another form. */
export function parseAccess(value: unknown): readonly ScopeAccess[] | undefined {
  return Array.isArray(value) && value.every(isAccess) ? value : undefined;
}

function isAccess(value: unknown): value is ScopeAccess {
  const { type, name, actions } = (value ?? {}) as Partial<Record<keyof ScopeAccess, unknown>>;
  return (type === "repository" || type === "registry") && typeof name === "string" && Array.isArray(actions);
}

const repositoryActions = ["pull", "push", "delete"] as const;
/** A token travels in a header with every request, and proxies take no more than 8 KiB of them: so much of `access` is given, then no more. */
const maxBytes = 2500;

/**
 * What `principal` may do of what the texts ask for, each of them one scope or several with spaces between. Never an error: unknown types,
 * names that nothing can have (with a host, say) and unknown actions give nothing.
 */
export function grantScopes(texts: readonly string[], principal: Principal): ScopeAccess[] {
  const granted: ScopeAccess[] = [];
  let bytes = 0;
  for (const { type, name, asked } of mergeScopes(texts)) {
    const actions = grant(type, name, asked, principal);
    if (actions.length === 0) continue;
    const access = { type: type as ScopeAccess["type"], name, actions };
    bytes += JSON.stringify(access).length + 1;
    if (bytes > maxBytes) break;
    granted.push(access);
  }
  return granted;
}

/** For the answer of the token service. */
export function formatScopes(access: readonly ScopeAccess[]): string {
  return access.map(({ type, name, actions }) => `${type}:${name}:${actions.join(",")}`).join(" ");
}

/** What a token with this claim is good for at most. */
export function limitsOf(access: readonly ScopeAccess[]): Limits {
  const repositories = new Map<string, readonly string[]>();
  for (const { type, name, actions } of access) if (type === "repository") repositories.set(name, actions);
  return {
    may: (action, repository) => repositories.get(repository)?.some((given) => covers(given, action)) === true,
    catalog: access.some(({ type, name }) => type === "registry" && name === "catalog"),
  };
}

/** Whether moving a tag is allowed, the rights say: a scope has no word for it. Administration is never part of a registry token. */
function covers(given: string, action: Action): boolean {
  return given === action || (given === "push" && action === "overwrite");
}

/** Each resource once. `type(class):name:actions`: the type ends at the first colon, the actions begin after the last one. */
function mergeScopes(texts: readonly string[]): { type: string; name: string; asked: Set<string> }[] {
  const merged = new Map<string, { type: string; name: string; asked: Set<string> }>();
  // A plus sign is a space that was sent in a query; no name holds one.
  for (const scope of texts.flatMap((text) => text.split(/[ +]+/))) {
    const first = scope.indexOf(":");
    const last = scope.lastIndexOf(":");
    if (first === last) continue;
    const type = scope.slice(0, first).replace(/\([a-z0-9]*\)$/, "");
    const name = scope.slice(first + 1, last);
    const key = `${type} ${name}`;
    const entry = merged.get(key) ?? { type, name, asked: new Set() };
    for (const action of scope.slice(last + 1).split(",")) entry.asked.add(action);
    merged.set(key, entry);
  }
  return [...merged.values()];
}

function grant(type: string, name: string, asked: ReadonlySet<string>, principal: Principal): readonly string[] {
  if (type === "registry") return name === "catalog" && asked.has("*") && maySeeCatalog(principal) ? ["*"] : [];
  if (type !== "repository" || !isRepositoryName(name)) return [];
  const isAsked = (action: string): boolean => asked.has(action) || asked.has("*");
  return repositoryActions.filter((action) => isAsked(action) && isAllowed(principal, action, name));
}
