// One manifest of another registry in the shape of ours. What it cannot tell is null.

import type { BrowsedManifest } from "../browse/browser.ts";
import { attestedDigest, contentKind, referrerKind } from "../oci/content-kinds.ts";
import type { ParsedManifest } from "../oci/manifest.ts";
import { parseReference } from "../oci/reference.ts";
import type { ManifestBytes } from "../store/list-manifest-found.ts";
import type { ManifestAnswer, WireReferrer } from "../wire/manifests.ts";
import { showConfig, showRaw } from "./image-config.ts";
import { never, toTimeOrNothing, uncounted, type Capable } from "./remote.ts";
import { toDescriptor } from "./show.ts";

interface Asked {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly reveal: boolean | undefined;
}

export async function remoteManifest({ browser }: Capable, { repository, reference, reveal }: Asked): Promise<ManifestAnswer> {
  const asked = parseReference(browser.repositoryName(repository), reference);
  const found = await browser.manifest(asked);
  const { facts, parsed, bytes: body, children, configText } = found;
  const { digest, mediaType, artifactType, subject, platforms, bytes, builtMs, problem } = facts;
  const { image, steps } = showConfig(configText, { layers: parsed.layers.length, reveal });
  const unknownTag = { pushedAt: null, by: null, pulls: uncounted, immutable: null };
  return {
    digest,
    mediaType,
    kind: contentKind(mediaType, artifactType ?? parsed.config?.mediaType ?? ""),
    artifactType: artifactType ?? null,
    subject: subject ?? null,
    platforms: [...platforms],
    bytes: bytes ?? null,
    pushedAt: null,
    complete: null,
    tags: null,
    tag: asked.tag === undefined ? null : { name: asked.tag, ...unknownTag },
    size: body.length,
    annotations: { ...parsed.annotations },
    config: parsed.config === undefined ? null : toDescriptor(parsed.config),
    image,
    steps,
    layers: parsed.layers.map((layer) => ({ ...toDescriptor(layer), sharedBy: null })),
    missing: null,
    usage: null,
    freesBytes: null,
    raw: showRaw(body),
    rights: null,
    children: parsed.children
      .filter((child) => attestedDigest(child) === undefined)
      .map((child) => ({
        ...toDescriptor(child),
        platform: child.platform === "" ? null : child.platform,
        bytes: null,
        present: children.get(child.digest) ?? null,
        pulls: uncounted,
      })),
    parents: null,
    referrers: toReferrers(digest, found),
    pulls: { ...uncounted, byTag: null, direct: null, asChild: null, lastTag: null, lastTagAt: null },
    builtAt: toTimeOrNothing(builtMs),
    problem: problem ?? null,
    capabilities: browser.capabilities(),
    ...never,
  };
}

export async function remoteManifestBytes(
  { browser }: Capable,
  repository: string,
  reference: string,
): Promise<Omit<ManifestBytes, "mediaType">> {
  const { digest, bytes: body } = await browser.bytes(parseReference(browser.repositoryName(repository), reference));
  return { digest, body };
}

const maxReferrers = 100;

/** Those that the registry tells of, and the attestations that the index names. */
function toReferrers(digest: string, { parsed, referrers }: Pick<BrowsedManifest, "parsed" | "referrers">) {
  const attestations = attestationsIn(parsed);
  if (referrers === undefined) return attestations.length === 0 ? null : { count: null, items: attestations };
  const told = referrers.items.map(({ digest: own, mediaType, artifactType }): WireReferrer => {
    const kind = referrerKind(artifactType ?? "");
    const unknown = { size: null, pushedAt: null };
    return {
      ...unknown,
      digest: own,
      mediaType,
      artifactType: artifactType ?? null,
      kind,
      subject: digest,
      depth: 1,
      via: "subject",
    };
  });
  const items = [...told, ...attestations];
  return { count: referrers.more ? null : items.length, items: items.slice(0, maxReferrers) };
}

function attestationsIn({ children }: ParsedManifest): WireReferrer[] {
  return children.flatMap((child): WireReferrer[] => {
    const subject = attestedDigest(child);
    const { digest, mediaType } = child;
    if (subject === undefined) return [];
    const unknown = { size: null, pushedAt: null, artifactType: null };
    return [{ ...unknown, digest, mediaType, kind: "attestation", subject, depth: 1, via: "index" }];
  });
}
