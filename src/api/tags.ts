// /api/v1/tags and the history of one tag

import type { z } from "zod";
import { RegistryError } from "../oci/errors.ts";
import { parseTag } from "../oci/reference.ts";
import type { PlatformRow } from "../store/list-index-children.ts";
import { listTagHistory } from "../store/list-tag-history.ts";
import { listTags, type TagDetail, type TagItem as ListedTag } from "../store/list-tags.ts";
import {
  remoteTagSorts,
  tagHistoryAnswer,
  tagHistoryQuery,
  tagParams,
  tagsAnswer,
  tagSorts,
  tagsQuery,
  type TagItem,
  type TagsAnswer,
} from "../wire/tags.ts";
import { askRemote, assertOurs, chooseSort, ofOthers, ourOwn, remoteTags } from "./remote.ts";
import { defineRoute, type ApiHouse } from "./route.ts";
import { toCountedPage, toPageEnd, toPullCounts, toTextOrNull, toTime, toTimeOrNull } from "./show.ts";
import { readTrends } from "./trends.ts";
import { readUsageRules, toUsage } from "./usage.ts";

type Query = z.output<typeof tagsQuery>;

export const tags = defineRoute({
  path: "/api/v1/tags",
  access: "read",
  summary: "The tags of a repository or of all of them, here or in another registry",
  query: tagsQuery,
  answer: tagsAnswer,
  async handle(house, { query, visible, repository, may, knowsPeople }) {
    if (query.registry !== undefined) return listRemote(house, query, query.registry);
    const { registry: _registry, ...asked } = query;
    const list = await listTags(house.db, house.pulls?.openUnfolded, {
      ...asked,
      ...chooseSort(query.sort, tagSorts, ourOwn),
      repository: query.repository === undefined ? undefined : repository(query.repository),
      visible,
      rules: await readUsageRules(house),
    });
    const epochs = list.items.map(({ epoch }) => epoch);
    const trendOf = query.detail === true ? await readTrends(house, "tag", epochs) : () => null;
    const { directory } = house.access;
    return toCountedPage(list, (item) => ({
      ...toTag(item),
      pushedBy: knowsPeople ? toTextOrNull(item.pushedBy) : null,
      may: may(item.repository, item.name),
      immutable: directory.isImmutable(item.repository, item.name),
      ...(item.detail && { ...toDetail(item.detail, visible === undefined), trend: trendOf(item.epoch) }),
    }));
  },
});

/** @throws REQUEST_INVALID for what another registry cannot be asked */
function listRemote(
  { remotes }: ApiHouse,
  { repository, platform, usage, type, digest, registry: _registry, detail, ...query }: Query,
  registry: string,
): Promise<TagsAnswer> {
  if (repository === undefined) {
    throw new RegistryError("REQUEST_INVALID", { message: "of another registry give a repository as well" });
  }
  assertOurs({ usage, type, digest });
  const request = { ...query, platform, namesOnly: detail === false, ...chooseSort(query.sort, remoteTagSorts, ofOthers) };
  return askRemote(remotes, registry, (remote) =>
    remoteTags(remote, { ...request, repository: remote.browser.repositoryName(repository) }),
  );
}

type Shown = Omit<TagItem, "may" | "immutable" | "trend" | "pushedBy" | keyof TagDetail>;

function toTag({ epoch: _epoch, detail: _detail, pushedBy: _by, pushedMs, siblings, ...item }: ListedTag): Shown {
  return {
    ...item,
    artifactType: toTextOrNull(item.artifactType),
    platforms: [...item.platforms],
    pullBytes: item.pullBytes === undefined ? null : { ...item.pullBytes },
    pushedAt: toTime(pushedMs),
    pulls: toPullCounts(item.pulls),
    imagePulls: toPullCounts(item.imagePulls),
    usage: toUsage(item.usage),
    siblings: { count: siblings.count, names: [...siblings.names] },
  };
}

/** What others use is known to those who see all of it: the rest could ask what there is elsewhere by pushing the same. */
function toDetail({ children, childCount, referrers, uniqueBytes }: TagDetail, seesAll: boolean): Pick<TagItem, keyof TagDetail> {
  const { signature, sbom, attestation, other } = referrers;
  return {
    children: children.map(toPlatformRow),
    childCount,
    referrers: { signatures: signature, sboms: sbom, attestations: attestation, other },
    uniqueBytes: seesAll ? (uniqueBytes ?? null) : null,
  };
}

function toPlatformRow({ platform, digest, bytes, pulls }: PlatformRow) {
  return {
    platform: toTextOrNull(platform),
    digest,
    bytes: bytes ?? null,
    present: bytes !== undefined,
    pulls: toPullCounts(pulls),
  };
}

export const tagHistory = defineRoute({
  path: "/api/v1/tags/{tag}/history",
  access: "read",
  summary: "The manifests that a tag stood on, the latest first",
  query: tagHistoryQuery,
  params: tagParams,
  answer: tagHistoryAnswer,
  async handle({ db }, { query, params, visible, repository, knowsPeople }) {
    const request = { ...query, repository: repository(query.repository), tag: parseTag(params.tag), visible };
    const list = await listTagHistory(db, request);
    return {
      items: list.items.map(({ startMs, endMs, by, endReason, epoch, ...item }) => ({
        ...item,
        startedAt: toTime(startMs),
        endedAt: toTimeOrNull(endMs),
        by: knowsPeople ? toTextOrNull(by) : null,
        endReason: toTextOrNull(endReason),
        life: epoch,
      })),
      ...toPageEnd(list),
    };
  },
});
