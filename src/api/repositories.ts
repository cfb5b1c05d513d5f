// /api/v1/repositories

import { listRepositories } from "../store/list-repositories.ts";
import { parseSort } from "../wire/page.ts";
import { repositoriesAnswer, repositoriesQuery } from "../wire/repositories.ts";
import { defineRoute } from "./route.ts";
import { toCountedPage, toPullCounts, toTime } from "./show.ts";

export const repositories = defineRoute({
  path: "/api/v1/repositories",
  access: "read",
  summary: "The repositories that you may see",
  query: repositoriesQuery,
  answer: repositoriesAnswer,
  async handle({ db, pulls }, { query, visible }) {
    const list = await listRepositories(db, pulls?.openUnfolded, { ...query, ...parseSort(query.sort), visible });
    return toCountedPage(list, ({ createdMs, updatedMs, pulls: tally, ...item }) => ({
      ...item,
      createdAt: toTime(createdMs),
      updatedAt: toTime(updatedMs),
      pulls: toPullCounts(tally),
    }));
  },
});
