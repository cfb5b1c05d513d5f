// `/v2/_catalog` of the Docker registry API: the repositories that the caller may pull.

import { answerJson, type RouteHandler } from "./exchange.ts";
import { nextLink, pageOf } from "./paging.ts";

const usualPage = 100;
const largestPage = 1000;

export const getCatalog: RouteHandler<"catalog"> = async (exchange) => {
  const { door, principal, route } = exchange;
  const page = pageOf(route.query, usualPage, largestPage);
  const { visible } = principal.rights;
  const { items, more } = await door.registry.repositories({ ...page, ...(visible && { visible }) });
  answerJson(exchange, { repositories: items }, more ? nextLink(route, page.limit, items.at(-1)) : []);
};
