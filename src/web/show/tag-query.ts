// What the address of a list of tags says, as a question to the API. What would surprise: what it says wrongly is asked for, too, so that
// the API refuses it: a filter with a typing error would else be none, and all tags would be there to delete. Pure.

import type { Search } from "./search-params.ts";

/** The tags of a repository, here or elsewhere; without one those of all. */
export interface TagScope {
  readonly repository?: string | undefined;
  readonly registry?: string | undefined;
}

/** What can be chosen from. */
export const contentTypes = { image: "image", index: "multi-platform image", chart: "Helm chart", artifact: "artifact" } as const;

export interface TagQuery extends Readonly<Record<string, string | number | boolean | undefined>> {
  readonly sort: string;
}

function tagFilters({ q, platform, usage, type }: Search): Readonly<Record<string, string | undefined>> {
  return { search: q || undefined, platform: platform || undefined, usage: usage || undefined, type: type || undefined };
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
    ...tagFilters(search),
    sort: search["sort"] || (scope.registry === undefined ? "-pushedAt" : "-version"),
    // Of another registry the names come first, and what is behind those in view by /tags/details.
    detail: scope.registry === undefined,
  };
}

export function isFiltered(search: Search): boolean {
  return Object.values(tagFilters(search)).some((value) => value !== undefined);
}
