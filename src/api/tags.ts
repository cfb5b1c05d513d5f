// /api/v1/tags and the history of one tag

import { RegistryError } from "../oci/errors.ts";
import { parseTag } from "../oci/reference.ts";
import { listTagHistory, listTags } from "../store/list-tags.ts";
import { remoteTagSorts, tagHistoryAnswer, tagHistoryQuery, tagParams, tagsAnswer, tagSorts, tagsQuery } from "../wire/tags.ts";
import { askRemote, chooseSort, ofOthers, ourOwn, remoteTags } from "./remote.ts";
import { defineRoute } from "./route.ts";
import { toCountedPage, toPageEnd, toPullCounts, toTextOrNull, toTime, toTimeOrNull } from "./show.ts";

export const tags = defineRoute({
  path: "/api/v1/tags",
  access: "read",
  summary: "The tags of a repository, here or in another registry",
  query: tagsQuery,
  answer: tagsAnswer,
  async handle({ db, pulls, remotes }, { query: { registry, platform, ...query }, visible, repository, may }) {
    if (registry !== undefined) {
      const request = { ...query, platform, ...chooseSort(query.sort, remoteTagSorts, ofOthers) };
      return askRemote(remotes, registry, (remote) =>
        remoteTags(remote, { ...request, repository: remote.browser.repositoryName(query.repository) }),
      );
    }
    if (platform !== undefined) {
      throw new RegistryError("REQUEST_INVALID", { message: "platform is for other registries: give registry=NAME as well" });
    }
    const sort = chooseSort(query.sort, tagSorts, ourOwn);
    const request = { ...query, ...sort, repository: repository(query.repository), visible };
    const list = await listTags(db, pulls?.openUnfolded, request);
    return toCountedPage(list, ({ artifactType, platforms, pushedMs, pulls: own, imagePulls, siblings, ...item }) => ({
      ...item,
      artifactType: toTextOrNull(artifactType),
      platforms: [...platforms],
      pushedAt: toTime(pushedMs),
      pulls: toPullCounts(own),
      imagePulls: toPullCounts(imagePulls),
      siblings: { count: siblings.count, names: [...siblings.names] },
      may: may(request.repository, item.name),
    }));
  },
});

export const tagHistory = defineRoute({
  path: "/api/v1/tags/{tag}/history",
  access: "read",
  summary: "The manifests that a tag stood on, the latest first",
  query: tagHistoryQuery,
  params: tagParams,
  answer: tagHistoryAnswer,
  async handle({ db }, { query, params, visible, repository }) {
    const request = { ...query, repository: repository(query.repository), tag: parseTag(params.tag), visible };
    const list = await listTagHistory(db, request);
    return {
      items: list.items.map(({ startMs, endMs, by, endReason, epoch, ...item }) => ({
        ...item,
        startedAt: toTime(startMs),
        endedAt: toTimeOrNull(endMs),
        by: toTextOrNull(by),
        endReason: toTextOrNull(endReason),
        life: epoch,
      })),
      ...toPageEnd(list),
    };
  },
});
