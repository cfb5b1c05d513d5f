// What the first page shows is asked for while its code is still on the way: one wait, not two. Later pages ask as they are drawn, since
// their code is there by then.

import type { QueryClient } from "@tanstack/react-query";
import { manifest, overview, tags } from "../ask/queries.ts";
import { blockQuery } from "../grid/blocks.ts";
import { placeOfPath } from "../show/place-path.ts";
import type { Search } from "../show/search-params.ts";
import { toTagQuery, type TagScope } from "../show/tag-query.ts";

/** `path` below /ui. What fails here is asked again by the page, which shows why. */
export function askAhead(data: QueryClient, path: string, search: Search): void {
  if (path === "/") return void data.prefetchQuery(overview());
  if (path === "/tags") return askTags(data, {}, search);
  const place = placeOfPath(path);
  if (place === undefined || search["view"] !== undefined) return;
  const { registry, repository, tag, digest } = place;
  const reference = tag ?? digest;
  if (reference === undefined) return askTags(data, { repository, registry }, search);
  void data.prefetchQuery(manifest(repository, reference, registry));
}

function askTags(data: QueryClient, scope: TagScope, search: Search): void {
  void data.prefetchQuery(tags(blockQuery(toTagQuery(scope, search), 0)));
}
