// Paging of lists: `n` and `last` in, a Link to the next page out (distribution-spec "Listing Tags"; RFC 8288).

import { RegistryError } from "../oci/errors.ts";
import type { Page } from "../oci/registry.ts";
import { buildRoute, type Route } from "../oci/route.ts";

/** The page that a request asks for: `n` is cut at `most`, `fallback` stands in when there is none. @throws PAGE_INVALID */
export function pageOf(query: URLSearchParams | undefined, fallback: number, most: number): Page {
  const n = query?.get("n");
  const last = query?.get("last");
  if (n && !/^\d{1,15}$/.test(n)) throw new RegistryError("PAGE_INVALID", { message: "n must be a whole number, 0 or more" });
  return { limit: n ? Math.min(Number(n), most) : fallback, ...(last && { last }) };
}

/** The header that leads to what follows `last`; relative, so that no host name can be wrong. None when the page was empty. */
export function nextLink(route: Route, limit: number, last: string | undefined): string[] {
  if (last === undefined) return [];
  const query = new URLSearchParams(route.query);
  query.set("last", last);
  query.set("n", String(limit));
  return ["Link", `<${buildRoute({ ...route, query })}>; rel="next"`];
}
