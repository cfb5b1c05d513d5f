// Tags as history: a move ends one row and starts another of the same epoch, a delete ends the epoch. Some names also say what they
// belong to (the referrers fallback tag, cosign's .sig .att .sbom): those become edges, so that retention keeps a signature with its image.

import type { Transaction } from "kysely";
import type { Digest } from "../oci/digest.ts";
import { naturalKey, versionKey } from "../oci/name-orders.ts";
import type { Tag } from "../oci/reference.ts";
import type { AssertMayLeave } from "../oci/registry.ts";
import { none, type RepositoryChange } from "./catalogue-repository.ts";
import type { Schema } from "./schema.ts";

export interface ActiveTag {
  readonly id: number;
  readonly name: string;
  readonly epoch: number;
  readonly manifest_id: number;
  readonly digest: string;
}

export interface TagTarget {
  readonly id: number;
  readonly digest: Digest;
  /** image_bytes of the manifest. */
  readonly bytes: number;
}

const columns = ["id", "name", "epoch", "manifest_id", "digest"] as const;

export async function findTag(tx: Transaction<Schema>, repositoryId: number, name: string): Promise<ActiveTag | undefined> {
  return tx
    .selectFrom("tag")
    .select(columns)
    .where("repository_id", "=", repositoryId)
    .where("name", "=", name)
    .where("end_ms", "=", none)
    .executeTakeFirst();
}

export async function tagsOf(tx: Transaction<Schema>, manifestId: number): Promise<ActiveTag[]> {
  return tx.selectFrom("tag").select(columns).where("manifest_id", "=", manifestId).where("end_ms", "=", none).execute();
}

export interface TagMove {
  readonly by: string;
  readonly assertMayLeave?: AssertMayLeave;
}

/** Points the tag at the manifest; nothing happens when it does already. */
export async function moveTag(
  tx: Transaction<Schema>,
  change: RepositoryChange,
  name: Tag,
  target: TagTarget,
  { by, assertMayLeave }: TagMove,
): Promise<void> {
  const current = await findTag(tx, change.id, name);
  if (current?.manifest_id === target.id) return;
  if (current !== undefined) {
    assertMayLeave?.(name);
    await endTag(tx, change, current, "moved");
  }
  const id = await startTag(tx, change, name, { target, by, epoch: current?.epoch ?? 0 });
  if (current !== undefined) return;
  await tx.updateTable("tag").set({ epoch: id }).where("id", "=", id).execute();
  bornTag(change, id);
}

/**
 * The last row of a name goes on as if it had never ended: numbers, push time and pusher are those that were. There is no tag of that
 * name, and none was since, so that nothing of its history overlaps.
 */
export async function reopenTag(
  tx: Transaction<Schema>,
  change: RepositoryChange,
  ended: Omit<ActiveTag, "digest">,
): Promise<void> {
  await tx.updateTable("tag").set({ end_ms: 0, end_reason: "" }).where("id", "=", ended.id).execute();
  await tieTag(tx, change, ended.name, ended.manifest_id);
  bornTag(change, ended.epoch);
}

function bornTag(change: RepositoryChange, epoch: number): void {
  change.tags += 1;
  change.events.push({ type: "birth", repositoryId: change.id, tagEpoch: epoch, manifestId: 0 });
}

/** The id of the new row. */
async function startTag(
  tx: Transaction<Schema>,
  change: RepositoryChange,
  name: Tag,
  { target, epoch, by }: { readonly target: TagTarget; readonly epoch: number; readonly by: string },
): Promise<number> {
  const { id } = await tx
    .insertInto("tag")
    .values({
      repository_id: change.id,
      name,
      epoch,
      manifest_id: target.id,
      digest: target.digest,
      bytes: target.bytes,
      natural_key: naturalKey(name),
      version_key: versionKey(name),
      start_ms: change.now,
      by,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await tieTag(tx, change, name, target.id);
  return id;
}

/** What its manifest has of an active tag: one more that points at it, and what its name says that it belongs to. */
async function tieTag(tx: Transaction<Schema>, change: RepositoryChange, name: string, manifestId: number): Promise<void> {
  await countTags(tx, manifestId, 1);
  const edge = edgeOf(name);
  if (edge === undefined) return;
  await tx
    .insertInto("manifest_edge")
    .values({ repository_id: change.id, parent_id: manifestId, child_digest: edge.subject, kind: edge.kind })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Ends this life of the name. */
export async function deleteTag(tx: Transaction<Schema>, change: RepositoryChange, tag: ActiveTag): Promise<void> {
  await endTag(tx, change, tag, "deleted");
  change.tags -= 1;
  change.events.push({ type: "death", repositoryId: change.id, tagEpoch: tag.epoch, manifestId: 0 });
}

async function endTag(
  tx: Transaction<Schema>,
  change: RepositoryChange,
  tag: ActiveTag,
  reason: "moved" | "deleted",
): Promise<void> {
  await tx.updateTable("tag").set({ end_ms: change.now, end_reason: reason }).where("id", "=", tag.id).execute();
  await countTags(tx, tag.manifest_id, -1);
  const edge = edgeOf(tag.name);
  if (edge === undefined) return;
  // .sig, .att and .sbom of one image may be one manifest: the edge stays until its last name is gone.
  const others = await tagsOf(tx, tag.manifest_id);
  if (others.some(({ name }) => edgeOf(name)?.kind === edge.kind && edgeOf(name)?.subject === edge.subject)) return;
  await tx
    .deleteFrom("manifest_edge")
    .where("parent_id", "=", tag.manifest_id)
    .where("kind", "=", edge.kind)
    .where("child_digest", "=", edge.subject)
    .execute();
}

async function countTags(tx: Transaction<Schema>, manifestId: number, difference: number): Promise<void> {
  await tx
    .updateTable("manifest")
    .set((eb) => ({ tag_count: eb("tag_count", "+", difference) }))
    .where("id", "=", manifestId)
    .execute();
}

const edgeNames = /^(?<algorithm>sha256|sha512)-(?<hex>[a-f0-9]{64})(?<suffix>\.(?:sig|att|sbom))?$/;

/**
 * What a tag's name says its manifest belongs to. The fallback tag of a sha512 subject holds only 64 of 128 characters
 * (distribution-spec, "Referrers Tag Schema"): `subject` is then that beginning of the digest.
 */
export function edgeOf(name: string): { kind: "fallback" | "cosign"; subject: string } | undefined {
  const { algorithm, hex, suffix } = edgeNames.exec(name)?.groups ?? {};
  if (hex === undefined) return undefined;
  return { kind: suffix === undefined ? "fallback" : "cosign", subject: `${algorithm}:${hex}` };
}
