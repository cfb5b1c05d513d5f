// One manifest with everything around it: its parts, who shares them, parents, referrers, tags, and the ways it was pulled by. Every list
// is bounded.

import type { Transaction } from "kysely";
import type { Digest } from "../oci/digest.ts";
import { parseManifest, type Descriptor, type ParsedManifest } from "../oci/manifest.ts";
import type { Database } from "./database.ts";
import { maxFreedChildren, readFreed } from "./list-freed.ts";
import { boundChildren, lastUsed, noChildren, sumChildren } from "./list-index-children.ts";
import { addUnfolded, type ManifestTally, type OpenUnfolded, type Tally, type Unfolded } from "./list-live.ts";
import { findReference, type FoundTag } from "./list-manifest-found.ts";
import { readChildren, readMissing, readParents, type ChildDetails, type Parents } from "./list-manifest-parts.ts";
import { readReferrers, type ReferrerTree } from "./list-referrers.ts";
import { findRepository } from "./list-repositories.ts";
import { readSharing, type Sharing } from "./list-sharing.ts";
import { splitNames, tagNames } from "./list-sort.ts";
import type { InRepository } from "./list-tags.ts";
import type { PullTotalTable, Schema } from "./schema.ts";

export interface ManifestDetails {
  readonly digest: string;
  readonly mediaType: string;
  /** "" when the manifest names none; so is the subject. */
  readonly artifactType: string;
  readonly subject: string;
  readonly platforms: readonly string[];
  /** Of the manifest itself, and of the whole image. */
  readonly size: number;
  readonly bytes: number;
  readonly pushedMs: number;
  readonly complete: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  /** As it was pushed. */
  readonly body: Uint8Array;
  /** Absent for an index. */
  readonly config: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
  /** By digest of a layer; absent where it was not counted. */
  readonly sharing: ReadonlyMap<string, Sharing>;
  readonly children: readonly ChildDetails[];
  readonly parents: Parents;
  readonly referrers: ReferrerTree;
  /** Of blobs that are not here, the first ones. */
  readonly missing: readonly string[];
  /** Config of the image, or of the first platform of an index that is here; undefined: there is none. */
  readonly imageConfig: Digest | undefined;
  /** With the children that nothing else holds; undefined: too many to say. */
  readonly freesBytes: number | undefined;
  /** Undefined: it was asked for by digest. */
  readonly tag: TagDetails | undefined;
  /** By any way, its children's too; 0: never. */
  readonly lastUsedMs: number;
  readonly tags: { readonly count: number; readonly names: readonly string[] };
  /** Undefined: not counted. */
  readonly pulls: ManifestPulls | undefined;
  readonly asOfMs: number | undefined;
  readonly replaying: boolean;
}
export interface TagDetails extends FoundTag {
  readonly pulls: Tally | undefined;
}
export interface ManifestPulls extends Tally {
  readonly byTag: number;
  readonly direct: number;
  readonly asChild: number;
  /** Name of the tag that it was last pulled by, and when; "" and 0: never by a tag. */
  readonly lastTag: string;
  readonly lastTagMs: number;
}

interface Scope {
  readonly tx: Transaction<Schema>;
  readonly repositoryId: number;
  readonly unfolded: Unfolded | undefined;
}

/** `reference`: see findReference. @throws NAME_UNKNOWN, and what findReference throws */
export async function showManifest(
  db: Database,
  openUnfolded: OpenUnfolded | undefined,
  request: InRepository & { readonly reference: string },
): Promise<ManifestDetails> {
  const readUnfolded = await openUnfolded?.();
  return db.snapshot(async (tx) => {
    const repository = await findRepository(tx, request.repository, request.visible);
    const unfolded = await readUnfolded?.(tx);
    const scope = { tx, repositoryId: repository.id, unfolded };
    const found = await findReference(tx, repository, request.reference);
    const row = await tx
      .selectFrom("manifest")
      .innerJoin("manifest_body", "manifest_body.manifest_id", "manifest.id")
      .select(["id", "digest", "media_type", "artifact_type", "subject_digest", "platforms", "size", "image_bytes", "pushed_ms"])
      .select(["complete_ms", "tag_count", "body", tagNames("manifest.id").as("tag_names")])
      .where("id", "=", found.manifestId)
      .executeTakeFirstOrThrow();
    const parsed = parseManifest(row.body, row.media_type);
    const pulls = await readPulls(scope, row.id);
    const tag = found.tag && { ...found.tag, pulls: await readTagPulls(scope, found.tag.epoch) };
    const children = await readChildren(scope, parsed);
    const sums = await sumChildren(tx, unfolded, await boundChildren(tx, [row.id]));
    const parents = await readParents(scope, row.digest);
    const shared = { tx, visible: request.visible, own: [row.id, ...parents.ids] };
    const layers = parsed.layers.map(({ digest }) => digest);
    return {
      digest: row.digest,
      mediaType: row.media_type,
      artifactType: row.artifact_type,
      subject: row.subject_digest,
      platforms: JSON.parse(row.platforms) as string[],
      size: row.size,
      bytes: row.image_bytes,
      pushedMs: row.pushed_ms,
      complete: row.complete_ms !== 0,
      annotations: parsed.annotations ?? {},
      body: row.body,
      config: parsed.config,
      layers: parsed.layers,
      sharing: await readSharing(shared, layers),
      children,
      parents,
      referrers: await readReferrers(scope, row.digest, parsed),
      missing: await readMissing(scope, row.id),
      imageConfig: imageConfigOf(parsed, children),
      freesBytes: await freedBy(db, tx, row.id, parsed.children.length),
      tags: { count: row.tag_count, names: splitNames(row.tag_names) },
      tag,
      lastUsedMs: lastUsed([pulls, tag?.pulls], sums.get(row.id) ?? noChildren),
      pulls,
      asOfMs: unfolded?.asOfMs,
      replaying: unfolded?.replaying ?? false,
    };
  });
}

function imageConfigOf({ config }: ParsedManifest, children: readonly ChildDetails[]): Digest | undefined {
  if (config !== undefined) return config.digest;
  return children.find(({ platform, configDigest }) => !platform.startsWith("unknown/") && configDigest !== "")?.configDigest as
    | Digest
    | undefined;
}

async function freedBy(db: Database, tx: Transaction<Schema>, id: number, children: number): Promise<number | undefined> {
  if (children > maxFreedChildren) return undefined;
  return (await readFreed(tx, db.engine, [[id, id]])).get(id) ?? 0;
}

async function readTagPulls({ tx, unfolded }: Scope, epoch: number): Promise<Tally | undefined> {
  if (unfolded === undefined) return undefined;
  const folded = await tx
    .selectFrom("pull_total")
    .select(["pulls", "last_pulled_ms", "checks", "last_checked_ms"])
    .where("kind", "=", "tag")
    .where("id", "=", epoch)
    .executeTakeFirst();
  return addUnfolded(folded ?? nothing, (await unfolded.deltas("tag", [epoch])).get(epoch));
}

const nothing = { pulls: 0, last_pulled_ms: 0, checks: 0, last_checked_ms: 0 };

async function readPulls({ tx, unfolded }: Scope, id: number): Promise<ManifestPulls | undefined> {
  if (unfolded === undefined) return undefined;
  const folded = await tx
    .selectFrom("pull_total")
    .selectAll()
    .where("kind", "=", "manifest")
    .where("id", "=", id)
    .executeTakeFirst();
  const delta = (await unfolded.deltas("manifest", [id])).get(id);
  const sums = addUnfolded(folded ?? nothing, delta);
  const byTag = (folded?.tag_pulls ?? 0) + (delta?.tagPulls ?? 0);
  const asChild = (folded?.child_pulls ?? 0) + (delta?.childPulls ?? 0);
  const last = latestTag(folded, delta);
  const tag = await tx.selectFrom("tag").select("name").where("epoch", "=", last.epoch).limit(1).executeTakeFirst();
  return {
    ...sums,
    byTag,
    direct: Math.max(0, sums.pulls - byTag - asChild),
    asChild,
    lastTag: tag?.name ?? "",
    lastTagMs: last.ms,
  };
}

function latestTag(folded: PullTotalTable | undefined, delta: ManifestTally | undefined): { epoch: number; ms: number } {
  if (delta !== undefined && delta.lastTagMs >= (folded?.last_tag_ms ?? 0) && delta.lastTag !== 0) {
    return { epoch: delta.lastTag, ms: delta.lastTagMs };
  }
  return { epoch: folded?.last_tag ?? 0, ms: folded?.last_tag_ms ?? 0 };
}
