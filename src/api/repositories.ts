// /api/v1/repositories

import { RegistryError } from "../oci/errors.ts";
import { noTags, type CensusCount } from "../pulls/census.ts";
import { listRepositories, type RepositoryItem as Row } from "../store/list-repositories.ts";
import {
  remoteRepositorySorts,
  repositoriesAnswer,
  repositoriesQuery,
  repositorySorts,
  type RepositoryItem,
} from "../wire/repositories.ts";
import type { UsageState } from "../wire/usage.ts";
import { askRemote, assertOurs, chooseSort, ofOthers, ourOwn, remoteRepositories } from "./remote.ts";
import { defineRoute, type ApiHouse, type Ask } from "./route.ts";
import { toCountedPage, toPullCounts, toTime, toTimeOrNull } from "./show.ts";
import { readTrends } from "./trends.ts";

/** What a list waits for a new count, where one can be had so soon. */
const censusMs = 200;

export const repositories = defineRoute({
  path: "/api/v1/repositories",
  access: "read",
  summary: "The repositories that you may see, here or in another registry",
  query: repositoriesQuery,
  answer: repositoriesAnswer,
  async handle(house, { query: { registry, usage, detail, ...query }, visible, may }) {
    const { db, pulls, remotes, census } = house;
    if (registry !== undefined) {
      const { name, under, direct, kind, ...others } = query;
      assertOurs({ name, under, direct, kind, usage });
      const request = { ...others, ...chooseSort(query.sort, remoteRepositorySorts, ofOthers) };
      return askRemote(remotes, registry, (remote) => remoteRepositories(remote, request));
    }
    const among = usage && (await inUsage(house, usage));
    const request = { ...query, ...chooseSort(query.sort, repositorySorts, ourOwn), visible, among };
    const list = await listRepositories(db, pulls?.openUnfolded, request);
    const counted = await census?.soon(censusMs);
    const ids = list.items.map(({ id }) => id);
    const trendOf = detail === true ? await readTrends(house, "repository", ids) : undefined;
    return toCountedPage(list, (row) => ({
      ...toItem(row, may),
      ...ofCensus(counted, row.id),
      ...(trendOf && { trend: trendOf(row.id) }),
    }));
  },
});

function toItem({ name, kind, tags, manifests, bytes, createdMs, updatedMs, pushedMs, pulls }: Row, may: Ask["may"]) {
  return {
    name,
    kind,
    tags,
    manifests,
    bytes,
    createdAt: toTime(createdMs),
    updatedAt: toTime(updatedMs),
    pushedAt: toTimeOrNull(pushedMs),
    pulls: toPullCounts(pulls),
    may: may(name),
  };
}

function ofCensus(counted: CensusCount | undefined, id: number): Pick<RepositoryItem, "usage" | "untagged"> {
  if (counted === undefined) return { usage: null, untagged: null };
  // What was pushed since the count has no entry yet.
  const { tags = noTags, untagged = 0 } = counted.repositories.get(id) ?? {};
  return { usage: { ...tags }, untagged };
}

/** Ids of the repositories with a tag in one of these states. @throws REQUEST_INVALID when pulls are not counted */
async function inUsage({ census }: ApiHouse, states: readonly UsageState[]): Promise<number[]> {
  if (census === undefined) {
    throw new RegistryError("REQUEST_INVALID", {
      message: "cannot filter by usage: this registry does not count pulls (pulls.enabled is false)",
    });
  }
  const { repositories: all } = (await census.soon(censusMs)) ?? (await census.read());
  return [...all].filter(([, { tags }]) => states.some((state) => tags[state] > 0)).map(([id]) => id);
}
