// /api/v1/manifests and one manifest with everything around it

import { parseDigest } from "../oci/digest.ts";
import { showManifest, type ManifestDetails, type Related } from "../store/list-manifest-details.ts";
import { listManifests, type ManifestItem } from "../store/list-manifests.ts";
import { manifestAnswer, manifestParams, manifestQuery, manifestsAnswer, manifestsQuery } from "../wire/manifests.ts";
import { parseSort } from "../wire/page.ts";
import { askRemote, remoteManifest, toDescriptor } from "./remote.ts";
import { defineRoute } from "./route.ts";
import { toCountedPage, toMoment, toPullCounts, toTextOrNull, toTime, toTimeOrNull } from "./show.ts";

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

export const manifest = defineRoute({
  path: "/api/v1/manifests/{digest}",
  access: "read",
  summary: "One manifest: parts, parents, referrers, tags, and the ways it was pulled by",
  query: manifestQuery,
  params: manifestParams,
  answer: manifestAnswer,
  async handle({ db, pulls, remotes }, { query, params, visible, repository }) {
    const { registry } = query;
    if (registry !== undefined) {
      return askRemote(remotes, registry, (remote) => remoteManifest(remote, query.repository, params.digest));
    }
    const request = { repository: repository(query.repository), digest: parseDigest(params.digest), visible };
    const details = await showManifest(db, pulls?.openUnfolded, request);
    return {
      ...toSummary(details),
      size: details.size,
      annotations: { ...details.annotations },
      config: details.config === undefined ? null : toDescriptor(details.config),
      layers: details.layers.map(toDescriptor),
      children: details.children.map((child) => ({
        ...toDescriptor(child),
        platform: toTextOrNull(child.platform),
        present: child.present,
        pulls: toPullCounts(child.pulls),
      })),
      parents: toRelated(details.parents),
      referrers: toRelated(details.referrers),
      pulls: toManifestPulls(details.pulls),
      ...toMoment(details),
    };
  },
});

function toSummary(row: Omit<ManifestItem, "pulls">) {
  return {
    digest: row.digest,
    mediaType: row.mediaType,
    artifactType: toTextOrNull(row.artifactType),
    subject: toTextOrNull(row.subject),
    platforms: [...row.platforms],
    bytes: row.bytes,
    pushedAt: toTime(row.pushedMs),
    complete: row.complete,
    tags: { count: row.tags.count, names: [...row.tags.names] },
  };
}

function toRelated({ count, items }: Related) {
  return { count, items: items.map((item) => ({ ...item, artifactType: toTextOrNull(item.artifactType) })) };
}

function toManifestPulls(pulls: ManifestDetails["pulls"]) {
  return {
    ...toPullCounts(pulls),
    byTag: pulls?.byTag ?? null,
    direct: pulls?.direct ?? null,
    asChild: pulls?.asChild ?? null,
    lastTag: toTextOrNull(pulls?.lastTag ?? ""),
    lastTagAt: toTimeOrNull(pulls?.lastTagMs ?? 0),
  };
}
