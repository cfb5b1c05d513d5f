// Who refers to whom in a layout. Kept in an index under the tag `sha256-<hex>` of the subject (distribution-spec, referrers tag schema):
// regctl reads that, and oras finds the referrers in it. Those that other tools list without such an index are found, too.

import { digestOf, type Digest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { isImageManifestType, isIndexType, ociIndex } from "../oci/media-types.ts";
import type { Referrer } from "../oci/registry.ts";
import type { LayoutContent } from "./layout-blobs.ts";
import { findEntry, withoutChildren, withoutDigest, withoutTag, withTag, type Entries } from "./layout-entries.ts";
import { layoutRepository, maxManifestBytes } from "./layout-index.ts";
import { fallbackTag, listedIn, toReferrer, writeIndex } from "./referrers-fallback.ts";

/** In the order of their digests. */
export async function findReferrers(content: LayoutContent, entries: Entries, subject: Digest): Promise<Referrer[]> {
  const listed = await readListed(content, entries, subject);
  const found = new Map<Digest, Referrer>();
  for (const { digest, mediaType } of [...listed, ...entries]) {
    if (!isImageManifestType(mediaType) && !isIndexType(mediaType)) continue;
    const bytes = await content.read(digest, maxManifestBytes);
    const parsed = bytes && parseManifest(bytes, mediaType);
    if (parsed?.subject?.digest === subject) found.set(digest, toReferrer({ parsed, digest, size: bytes!.length }));
  }
  return [...found.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

export async function addReferrer(
  content: LayoutContent,
  entries: Entries,
  subject: Digest,
  referrer: Referrer,
): Promise<Entries> {
  const others = (await readListed(content, entries, subject)).filter(({ digest }) => digest !== referrer.digest);
  return list(content, entries, subject, [...others, referrer]);
}

export async function removeReferrer(content: LayoutContent, entries: Entries, subject: Digest, gone: Digest): Promise<Entries> {
  const listed = await readListed(content, entries, subject);
  const kept = listed.filter(({ digest }) => digest !== gone);
  return kept.length === listed.length ? entries : list(content, entries, subject, kept);
}

async function readListed(content: LayoutContent, entries: Entries, subject: Digest): Promise<readonly Referrer[]> {
  const entry = findEntry(entries, { repository: layoutRepository, tag: fallbackTag(subject) });
  if (entry === undefined || !isIndexType(entry.mediaType)) return [];
  const bytes = await content.read(entry.digest, maxManifestBytes);
  return bytes === undefined ? [] : listedIn(parseManifest(bytes, entry.mediaType));
}

/** Writes the index of a subject anew; the one before goes. */
async function list(content: LayoutContent, entries: Entries, subject: Digest, referrers: readonly Referrer[]): Promise<Entries> {
  const tag = fallbackTag(subject);
  const before = findEntry(entries, { repository: layoutRepository, tag });
  const cleared = before === undefined ? entries : withoutDigest(withoutTag(entries, tag), before.digest);
  if (before !== undefined) await content.remove(before.digest);
  if (referrers.length === 0) return cleared;
  const bytes = writeIndex(
    {},
    referrers.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)).map((referrer) => ({ ...referrer })),
  );
  const digest = digestOf(bytes);
  await content.write(digest, bytes);
  const children = parseManifest(bytes, ociIndex);
  return withTag(withoutChildren(cleared, children), { mediaType: ociIndex, digest, size: bytes.length }, tag);
}
