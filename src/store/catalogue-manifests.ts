// Putting a manifest: one transaction for the row, its bytes, its edges, its blobs, its tags and all numbers kept about them.

import type { Transaction } from "kysely";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { ParsedManifest } from "../oci/manifest.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { AssertMayLeave } from "../oci/registry.ts";
import type { CatalogueParts } from "./catalogue.ts";
import { checkContent, childManifestsOf, type CheckedContent } from "./catalogue-content.ts";
import { changeRepository, type RepositoryChange } from "./catalogue-repository.ts";
import { findTag, moveTag } from "./catalogue-tags.ts";
import type { Schema } from "./schema.ts";

export interface PutManifest {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly parsed: ParsedManifest;
  /** os/architecture[/variant] of an image, from its config; of an index they are found in its children. */
  readonly platforms: readonly string[];
  readonly tags: readonly Tag[];
  /** What the conditions look at: the tag, or the digest when absent. */
  readonly conditionTag?: Tag;
  readonly ifMatch?: readonly Digest[];
  readonly ifNoneMatch?: boolean;
  readonly by: string;
  /** Milliseconds: when an image of the trash that comes back is said to have been pushed; absent: now. */
  readonly pushedMs?: number;
  readonly assertMayLeave?: AssertMayLeave;
  /** Content may be missing and come later. */
  readonly sparse?: boolean;
}

interface ManifestRow {
  readonly id: number;
  readonly trashed_ms: number;
  readonly leased_ms: number;
  readonly image_bytes: number;
  readonly media_type: string;
}

/** @throws MANIFEST_BLOB_UNKNOWN, MANIFEST_INVALID, PRECONDITION_FAILED, and what `assertMayLeave` throws */
export async function putManifest(parts: CatalogueParts, put: PutManifest): Promise<void> {
  await changeRepository(parts, put.repository, { create: true }, async (tx, change) => {
    const current = await findManifest(tx, change.id, put.digest);
    const live = current?.trashed_ms === 0;
    await checkCondition(tx, change, put, live);
    const { parsed, sparse = false } = put;
    const content = await checkContent(tx, { repositoryId: change.id, parsed, sparse });
    const imageBytes = current?.image_bytes ?? sumBytes(put, content);
    const id = current?.id ?? (await insertManifest(tx, change, put, content, imageBytes));
    if (current !== undefined) {
      const values = renewedValues(current, put, content.complete, change.now, parts.leaseRefreshMs);
      if (values !== undefined) await tx.updateTable("manifest").set(values).where("id", "=", id).execute();
    }
    if (!live) {
      change.manifests += 1;
      change.bytes += put.bytes.length;
      change.events.push({ type: "birth", repositoryId: change.id, tagEpoch: 0, manifestId: id });
    }
    for (const tag of put.tags) await moveTag(tx, change, tag, { id, digest: put.digest, bytes: imageBytes }, put);
    change.touched = true;
  });
}

async function findManifest(tx: Transaction<Schema>, repositoryId: number, digest: Digest): Promise<ManifestRow | undefined> {
  return tx
    .selectFrom("manifest")
    .select(["id", "trashed_ms", "leased_ms", "image_bytes", "media_type"])
    .where("repository_id", "=", repositoryId)
    .where("digest", "=", digest)
    .executeTakeFirst();
}

async function checkCondition(
  tx: Transaction<Schema>,
  change: RepositoryChange,
  { digest, conditionTag, ifMatch, ifNoneMatch }: PutManifest,
  live: boolean,
): Promise<void> {
  if (ifMatch === undefined && ifNoneMatch !== true) return;
  const now = conditionTag === undefined ? (live ? digest : undefined) : (await findTag(tx, change.id, conditionTag))?.digest;
  if (ifNoneMatch === true && now !== undefined) {
    throw new RegistryError("PRECONDITION_FAILED", { message: `it exists already: ${now}` });
  }
  refuseOther(now, ifMatch);
}

/** @throws PRECONDITION_FAILED unless `now` is one of `ifMatch` */
export function refuseOther(now: string | undefined, ifMatch: readonly Digest[] | undefined): void {
  if (ifMatch === undefined || ifMatch.some((digest) => digest === now)) return;
  throw new RegistryError("PRECONDITION_FAILED", {
    message: now === undefined ? "there is nothing here yet" : `it is ${now} by now`,
  });
}

/** The manifest itself, each of its blobs once, and each of its children with all of theirs; foreign layers are not here. */
function sumBytes(put: PutManifest, { blobs, children }: CheckedContent): number {
  const sizes = new Map(blobs.filter(({ foreign }) => !foreign).map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  let sum = put.bytes.length;
  for (const size of sizes.values()) sum += size;
  for (const child of children) sum += child.image_bytes;
  // Indexes of indexes can claim any number; the column holds none beyond this.
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}

function platformsOf({ parsed, platforms }: PutManifest, { children }: CheckedContent): string[] {
  const found = new Set(platforms);
  const ofChild = new Map(children.map((child) => [child.digest, child.platforms]));
  for (const { digest, platform } of childManifestsOf(parsed)) {
    if (platform !== "") found.add(platform);
    else for (const own of JSON.parse(ofChild.get(digest) ?? "[]") as string[]) found.add(own);
  }
  // Build attestations travel in the index as images for an unknown platform.
  found.delete("unknown/unknown");
  return [...found];
}

async function insertManifest(
  tx: Transaction<Schema>,
  { id: repository_id, now }: RepositoryChange,
  put: PutManifest,
  content: CheckedContent,
  imageBytes: number,
): Promise<number> {
  const { parsed, digest, bytes } = put;
  const { id } = await tx
    .insertInto("manifest")
    .values({
      repository_id,
      digest,
      media_type: parsed.mediaType,
      artifact_type: parsed.artifactType ?? parsed.config?.mediaType ?? "",
      config_media_type: parsed.config?.mediaType ?? "",
      config_digest: parsed.config?.digest ?? "",
      subject_digest: parsed.subject?.digest ?? "",
      size: bytes.length,
      image_bytes: imageBytes,
      layer_count: parsed.layers.length,
      platforms: JSON.stringify(platformsOf(put, content)),
      pushed_ms: now,
      leased_ms: now,
      complete_ms: content.complete ? now : 0,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await tx.insertInto("manifest_body").values({ manifest_id: id, body: bytes }).execute();
  await insertEdges(tx, repository_id, id, parsed);
  await insertBlobs(tx, repository_id, id, content);
  return id;
}

async function insertEdges(
  tx: Transaction<Schema>,
  repository_id: number,
  parent_id: number,
  parsed: ParsedManifest,
): Promise<void> {
  const edges = childManifestsOf(parsed).map((child) => ({
    repository_id,
    parent_id,
    child_digest: child.digest as string,
    kind: "child" as "child" | "subject",
    platform: child.platform,
  }));
  if (parsed.subject !== undefined) {
    edges.push({ repository_id, parent_id, child_digest: parsed.subject.digest, kind: "subject", platform: "" });
  }
  if (edges.length === 0) return;
  await tx
    .insertInto("manifest_edge")
    .values(edges)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function insertBlobs(
  tx: Transaction<Schema>,
  repository_id: number,
  manifest_id: number,
  { blobs }: CheckedContent,
): Promise<void> {
  if (blobs.length === 0) return;
  const rows = blobs.map(({ descriptor: { digest, mediaType, size }, role }) => ({
    repository_id,
    manifest_id,
    digest,
    role,
    media_type: mediaType,
    size,
  }));
  await tx.insertInto("manifest_blob").values(rows).execute();
}

/** The same bytes again: revives what was in the trash. The type is what the last push said, as bytes without one can be either. */
function renewedValues(current: ManifestRow, put: PutManifest, complete: boolean, now: number, leaseRefreshMs: number) {
  const { parsed, pushedMs = now } = put;
  const renewed = { media_type: parsed.mediaType, leased_ms: now };
  if (current.trashed_ms !== 0) {
    return { ...renewed, trashed_ms: 0, trashed_run: 0, pushed_ms: pushedMs, complete_ms: complete ? now : 0 };
  }
  const fresh = current.media_type === parsed.mediaType && current.leased_ms > now - leaseRefreshMs;
  return fresh ? undefined : renewed;
}
