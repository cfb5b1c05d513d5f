// /api/v1/repositories

import { listRepositories } from "../store/list-repositories.ts";
import { remoteRepositorySorts, repositoriesAnswer, repositoriesQuery, repositorySorts } from "../wire/repositories.ts";
import { askRemote, chooseSort, ofOthers, ourOwn, remoteRepositories } from "./remote.ts";
import { defineRoute } from "./route.ts";
import { toCountedPage, toPullCounts, toTime } from "./show.ts";

export const repositories = defineRoute({
  path: "/api/v1/repositories",
  access: "read",
  summary: "The repositories that you may see, here or in another registry",
  query: repositoriesQuery,
  answer: repositoriesAnswer,
  async handle({ db, pulls, remotes }, { query: { registry, ...query }, visible, may }) {
    if (registry !== undefined) {
      const request = { ...query, ...chooseSort(query.sort, remoteRepositorySorts, ofOthers) };
      return askRemote(remotes, registry, (remote) => remoteRepositories(remote, request));
    }
    const request = { ...query, ...chooseSort(query.sort, repositorySorts, ourOwn), visible };
    const list = await listRepositories(db, pulls?.openUnfolded, request);
    return toCountedPage(list, ({ createdMs, updatedMs, pulls: tally, ...item }) => ({
      ...item,
      createdAt: toTime(createdMs),
      updatedAt: toTime(updatedMs),
      pulls: toPullCounts(tally),
      may: may(item.name),
    }));
  },
});
