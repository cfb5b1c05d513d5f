// What the address of a list of tags says, as a question to the API. Pure.

import { splitList, type Search } from "./search-params.ts";
import { usageOrder } from "./usage.ts";

/** The tags of a repository, here or elsewhere; without one those of all. */
export interface TagScope {
  readonly repository?: string | undefined;
  readonly registry?: string | undefined;
}

/** What can be chosen from; anything else in an address is taken for nothing. */
export const contentTypes = { image: "image", index: "multi-platform image", chart: "Helm chart", artifact: "artifact" } as const;

export interface TagQuery extends Readonly<Record<string, string | number | boolean | undefined>> {
  readonly sort: string;
}

export function tagSort({ registry }: TagScope, search: Search): string {
  const sort = search["sort"] ?? "";
  if (registry !== undefined) return /^-?(?:name|natural|version|digest|bytes|builtAt)$/.test(sort) ? sort : "-version";
  const known = /^-?(?:name|natural|version|digest|bytes|pushedAt|imagePulls|pulls|lastPulledAt|checks|lastCheckedAt)$/;
  return known.test(sort) ? sort : "-pushedAt";
}

/** The filters of the address that can be asked for. */
function tagFilters({ registry }: TagScope, search: Search): Readonly<Record<string, string | undefined>> {
  const { q, platform, usage, type } = search;
  const text = { search: q === "" ? undefined : q, platform: platform === "" ? undefined : platform };
  if (registry !== undefined) return text;
  const states = splitList(usage).filter((state) => usageOrder.some((known) => known === state));
  return {
    ...text,
    usage: states.length === 0 ? undefined : states.join(","),
    type: type !== undefined && Object.hasOwn(contentTypes, type) ? type : undefined,
  };
}

/** What of a question for tags is its filter, for deleting all that it lets through. */
export function filtersOf(query: Readonly<Record<string, unknown>>): Readonly<Record<string, string | undefined>> {
  const names = ["search", "platform", "usage", "type"];
  return Object.fromEntries(names.flatMap((name) => (typeof query[name] === "string" ? [[name, query[name]]] : [])));
}

export function toTagQuery(scope: TagScope, search: Search): TagQuery {
  return {
    repository: scope.repository,
    registry: scope.registry,
    ...tagFilters(scope, search),
    sort: tagSort(scope, search),
    // Of another registry the names come first, and what is behind those in view by /tags/details.
    detail: scope.registry === undefined,
  };
}

export function isFiltered(scope: TagScope, search: Search): boolean {
  return Object.values(tagFilters(scope, search)).some((value) => value !== undefined);
}
