// /api/v1/manifests/{reference}: one manifest with everything around it, and its bytes

import { Readable } from "node:stream";
import { readConfigText, type ConfigText } from "../browse/config-text.ts";
import { contentKind } from "../oci/content-kinds.ts";
import { imageConfigTypes, parseCreated } from "../oci/image-config.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { readManifestBytes, type ManifestBytes } from "../store/list-manifest-found.ts";
import { showManifest, type ManifestDetails } from "../store/list-manifest-details.ts";
import type { ManifestItem } from "../store/list-manifests.ts";
import { usageOf } from "../store/usage.ts";
import {
  manifestAnswer,
  manifestBytesQuery,
  manifestParams,
  manifestQuery,
  type ManifestItem as WireManifestItem,
} from "../wire/manifests.ts";
import { showConfig, showRaw } from "./image-config.ts";
import { askRemote } from "./remote.ts";
import { remoteManifest, remoteManifestBytes } from "./remote-manifest.ts";
import { defineRoute, TextAnswer, type ApiHouse, type Ask } from "./route.ts";
import { toDescriptor, toMoment, toPullCounts, toTextOrNull, toTime, toTimeOrNull } from "./show.ts";
import { readUsageRules, toUsage } from "./usage.ts";

export const manifest = defineRoute({
  path: "/api/v1/manifests/{reference}",
  access: "read",
  summary:
    "One manifest by tag or digest: config, layers and who shares them, platforms, referrers, and the ways it was pulled by",
  query: manifestQuery,
  params: manifestParams,
  answer: manifestAnswer,
  async handle(house, { query, params, visible, repository, may, knowsPeople }) {
    const { registry, reveal } = query;
    if (registry !== undefined) {
      return askRemote(house.remotes, registry, (remote) =>
        remoteManifest(remote, { repository: query.repository, reference: params.reference, reveal }),
      );
    }
    const name = repository(query.repository);
    const details = await showManifest(house.db, house.pulls?.openUnfolded, { repository: name, ...params, visible });
    const config = await readImageConfig(house, name, details);
    const rules = await readUsageRules(house);
    const pushedMs = details.tag?.pushedMs ?? details.pushedMs;
    const usage = rules && usageOf(rules, { lastUsedMs: details.lastUsedMs, pushedMs });
    return {
      ...toManifest(details, config, reveal),
      // Else whoever pushes the same could ask what there is elsewhere.
      freesBytes: visible === undefined ? (details.freesBytes ?? null) : null,
      usage: toUsage(usage),
      rights: may(name, details.tag?.name),
      tag: toTag(house, name, details, knowsPeople),
      ...toMoment(details),
    };
  },
});

export const manifestBytes = defineRoute({
  path: "/api/v1/manifests/{reference}/raw",
  access: "read",
  summary: "The bytes of a manifest as they were pushed, to save; this is no pull",
  query: manifestBytesQuery,
  params: manifestParams,
  file: "application/octet-stream",
  async handle({ db, remotes }, { query, params: { reference }, visible, repository, header }) {
    const { registry } = query;
    const found =
      registry === undefined
        ? await readManifestBytes(db, { repository: repository(query.repository), reference, visible })
        : await askRemote(remotes, registry, (remote) => remoteManifestBytes(remote, query.repository, reference));
    return toFile(query.repository, found, header);
  },
});

/** Never shown by a browser as what it may say that it is. */
function toFile(repository: string, { body, digest }: Omit<ManifestBytes, "mediaType">, header: Ask["header"]): TextAnswer {
  const [, name = "manifest"] = /([a-z0-9._-]+)$/.exec(repository) ?? [];
  header("content-disposition", `attachment; filename="${name}-${digest.slice(7, 19)}.json"`);
  header("content-length", String(body.length));
  header("docker-content-digest", digest);
  return new TextAnswer("application/octet-stream", Readable.from([Buffer.from(body)], { objectMode: false }));
}

/** That of the image, or of the first platform of an index, which only tells when it was built. */
async function readImageConfig(
  { blobs }: ApiHouse,
  repository: RepositoryName,
  { config, imageConfig: digest }: ManifestDetails,
): Promise<ConfigText> {
  const isOther = config !== undefined && !imageConfigTypes.includes(config.mediaType);
  if (blobs === undefined || digest === undefined || isOther) return { text: undefined, problem: undefined };
  return readConfigText(blobs, { repository, digest });
}

function toManifest(details: ManifestDetails, config: ConfigText, reveal: boolean | undefined) {
  const shown = showConfig(config.text, { layers: details.layers.length, reveal });
  const isImage = details.config !== undefined;
  const builtMs = (isImage ? undefined : parseCreated(details.annotations[createdAnnotation])) ?? shown.builtMs;
  return {
    ...toSummary(details),
    size: details.size,
    annotations: { ...details.annotations },
    config: details.config === undefined ? null : toDescriptor(details.config),
    image: isImage ? shown.image : null,
    steps: isImage ? shown.steps : null,
    builtAt: builtMs === undefined ? null : toTime(builtMs),
    problem: (isImage ? config.problem : undefined) ?? null,
    layers: details.layers.map((layer) => ({ ...toDescriptor(layer), sharedBy: details.sharing.get(layer.digest) ?? null })),
    missing: [...details.missing],
    raw: showRaw(details.body),
    children: details.children.map((child) => ({
      ...toDescriptor(child),
      platform: toTextOrNull(child.platform),
      bytes: child.bytes ?? null,
      present: child.present,
      pulls: toPullCounts(child.pulls),
    })),
    parents: {
      count: details.parents.count,
      items: details.parents.items.map(({ artifactType, tags, ...item }) => ({
        ...item,
        artifactType: toTextOrNull(artifactType),
        tags: { count: tags.count, names: [...tags.names] },
      })),
    },
    referrers: toReferrers(details.referrers),
    pulls: toManifestPulls(details.pulls),
  };
}

const createdAnnotation = "org.opencontainers.image.created";

function toTag({ access }: ApiHouse, repository: RepositoryName, { tag }: ManifestDetails, knowsPeople: boolean) {
  if (tag === undefined) return null;
  const { name, pushedMs, by, pulls } = tag;
  const immutable = access.directory.isImmutable(repository, name);
  return { name, pushedAt: toTime(pushedMs), by: knowsPeople ? toTextOrNull(by) : null, pulls: toPullCounts(pulls), immutable };
}

export function toSummary(row: Omit<ManifestItem, "pulls">): Omit<WireManifestItem, "pulls"> {
  return {
    digest: row.digest,
    mediaType: row.mediaType,
    kind: contentKind(row.mediaType, row.artifactType),
    artifactType: toTextOrNull(row.artifactType),
    subject: toTextOrNull(row.subject),
    platforms: [...row.platforms],
    bytes: row.bytes,
    pushedAt: toTime(row.pushedMs),
    complete: row.complete,
    tags: { count: row.tags.count, names: [...row.tags.names] },
  };
}

function toReferrers({ count, items }: ManifestDetails["referrers"]) {
  return {
    count: count ?? null,
    items: items.map(({ artifactType, bytes, pushedMs, ...item }) => ({
      ...item,
      artifactType: toTextOrNull(artifactType),
      size: bytes,
      pushedAt: toTime(pushedMs),
    })),
  };
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
