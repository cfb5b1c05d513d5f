// `/v2/<name>/tags/list` (distribution-spec "Listing Tags"). Without `n` a page is large: many scripts read only one.

import { answerJson, type RouteHandler } from "./exchange.ts";
import { nextLink, pageOf } from "./paging.ts";

export const getTags: RouteHandler<"tags"> = async (exchange) => {
  const { door, route } = exchange;
  const page = pageOf(route.query, door.limits.tagsPage, door.limits.tagsPage);
  const { items, more } = await door.registry.tags(route.repository, page);
  answerJson(exchange, { name: route.repository, tags: items }, more ? nextLink(route, page.limit, items.at(-1)) : []);
};
