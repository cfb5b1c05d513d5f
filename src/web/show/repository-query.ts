// What the address of the list of repositories says, as questions to the API, which refuses what is wrong in it. Pure.

import type { Search } from "./search-params.ts";

export interface RepositoryQuery extends Readonly<Record<string, string | number | boolean | undefined>> {
  readonly sort: string;
}

const folder = /^[a-z0-9._/-]+\/$/;

/** The latest pull first; by name where pulls are not counted. */
export function repositorySort({ sort }: Search, isCounted: boolean): string {
  if (!isCounted) return sort && !/pull/i.test(sort) ? sort : "name";
  return sort || "-lastPulledAt";
}

/** In which folder: "" for all of them; undefined: the list has no folders. */
export function folderOf({ view, under = "" }: Search): string | undefined {
  if (view !== "folders") return undefined;
  return folder.test(under) ? under : "";
}

export function repositoryFilters({ q, usage, kind }: Search): Readonly<Record<string, string | undefined>> {
  return { search: q || undefined, usage: usage || undefined, kind: kind || undefined };
}

export function isFiltered(search: Search): boolean {
  return Object.values(repositoryFilters(search)).some((value) => value !== undefined);
}

/** In a folder only what lies directly in it; a filter looks below it as well. */
export function toRepositoryQuery(search: Search, isCounted: boolean): RepositoryQuery {
  const under = folderOf(search);
  return {
    ...repositoryFilters(search),
    ...(under !== undefined && { under: under === "" ? undefined : under, direct: !isFiltered(search) || undefined }),
    sort: repositorySort(search, isCounted),
    detail: true,
  };
}

/** `team/app/` → the folders above it, the outermost first: `team/`, `team/app/`. */
export function foldersAbove(under: string): { readonly path: string; readonly name: string }[] {
  const names = under.split("/").slice(0, -1);
  return names.map((name, i) => ({ name, path: `${names.slice(0, i + 1).join("/")}/` }));
}
