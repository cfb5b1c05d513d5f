// /api/v1/manifests

import { listManifests } from "../store/list-manifests.ts";
import { manifestsAnswer, manifestsQuery } from "../wire/manifests.ts";
import { parseSort } from "../wire/page.ts";
import { toSummary } from "./manifest.ts";
import { defineRoute } from "./route.ts";
import { toCountedPage, toPullCounts } from "./show.ts";

export const manifests = defineRoute({
  path: "/api/v1/manifests",
  access: "read",
  summary: "The manifests of a repository, untagged ones and children of an index too",
  query: manifestsQuery,
  answer: manifestsAnswer,
  async handle({ db, pulls }, { query, visible, repository }) {
    const request = { ...query, ...parseSort(query.sort), repository: repository(query.repository), visible };
    const list = await listManifests(db, pulls?.openUnfolded, request);
    return toCountedPage(list, (row) => ({ ...toSummary(row), pulls: toPullCounts(row.pulls) }));
  },
});
