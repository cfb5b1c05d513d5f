// One manifest with everything around it: its parts, parents, referrers, tags, and the ways it was pulled by. Every list is bounded.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import { parseManifest, type Descriptor, type ParsedManifest } from "../oci/manifest.ts";
import type { Database } from "./database.ts";
import { addUnfolded, type ManifestTally, type OpenUnfolded, type Tally, type Unfolded } from "./list-live.ts";
import { findRepository } from "./list-repositories.ts";
import { splitNames, tagNames } from "./list-sort.ts";
import type { InRepository } from "./list-tags.ts";
import type { PullTotalTable, Schema } from "./schema.ts";

/** Parents and referrers that are listed; their number is told apart. */
export const maxRelated = 100;

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
  /** Absent for an index. */
  readonly config: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
  readonly children: readonly ChildDetails[];
  readonly parents: Related;
  readonly referrers: Related;
  readonly tags: { readonly count: number; readonly names: readonly string[] };
  /** Undefined: not counted. */
  readonly pulls: ManifestPulls | undefined;
  readonly asOfMs: number | undefined;
  readonly replaying: boolean;
}
export interface ChildDetails extends Descriptor {
  readonly platform: string;
  /** Whether this repository has it. */
  readonly present: boolean;
  /** Undefined: not counted, or not here. */
  readonly pulls: Tally | undefined;
}
export interface Related {
  readonly count: number;
  readonly items: readonly { readonly digest: string; readonly mediaType: string; readonly artifactType: string }[];
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

/** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN */
export async function showManifest(
  db: Database,
  openUnfolded: OpenUnfolded | undefined,
  request: InRepository & { readonly digest: string },
): Promise<ManifestDetails> {
  const readUnfolded = await openUnfolded?.();
  return db.snapshot(async (tx) => {
    const repository = await findRepository(tx, request.repository, request.visible);
    const unfolded = await readUnfolded?.(tx);
    const scope = { tx, repositoryId: repository.id, unfolded };
    const row = await tx
      .selectFrom("manifest")
      .innerJoin("manifest_body", "manifest_body.manifest_id", "manifest.id")
      .select(["id", "digest", "media_type", "artifact_type", "subject_digest", "platforms", "size", "image_bytes", "pushed_ms"])
      .select(["complete_ms", "tag_count", "body", tagNames("manifest.id").as("tag_names")])
      .where("repository_id", "=", repository.id)
      .where("digest", "=", request.digest)
      .where("trashed_ms", "=", sql.lit(0))
      .executeTakeFirst();
    if (row === undefined) {
      throw new RegistryError("MANIFEST_UNKNOWN", { message: `there is no manifest ${request.digest} in ${request.repository}` });
    }
    const parsed = parseManifest(row.body, row.media_type);
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
      config: parsed.config,
      layers: parsed.layers,
      children: await readChildren(scope, parsed),
      parents: await readParents(scope, row.digest),
      referrers: await readReferrers(scope, row.digest),
      tags: { count: row.tag_count, names: splitNames(row.tag_names) },
      pulls: await readPulls(scope, row.id),
      asOfMs: unfolded?.asOfMs,
      replaying: unfolded?.replaying ?? false,
    };
  });
}

async function readChildren({ tx, repositoryId, unfolded }: Scope, { children }: ParsedManifest): Promise<ChildDetails[]> {
  const digests = children.filter(({ kind }) => kind === "manifest").map(({ digest }) => digest as string);
  const blobs = children.filter(({ kind }) => kind === "blob").map(({ digest }) => digest as string);
  const rows =
    digests.length === 0
      ? []
      : await tx
          .selectFrom("manifest")
          .leftJoin("pull_total as total", (join) =>
            join.on("total.kind", "=", sql.lit("manifest")).onRef("total.id", "=", "manifest.id"),
          )
          .select(["manifest.id", "digest", "total.pulls", "total.last_pulled_ms", "total.checks", "total.last_checked_ms"])
          .where("manifest.repository_id", "=", repositoryId)
          .where("digest", "in", digests)
          .where("trashed_ms", "=", sql.lit(0))
          .execute();
  const links =
    blobs.length === 0
      ? []
      : await tx
          .selectFrom("repository_blob")
          .select("digest")
          .where("repository_id", "=", repositoryId)
          .where("digest", "in", blobs)
          .where("state", "=", "present")
          .execute();
  const found = new Map(rows.map((row) => [row.digest, row]));
  const linked = new Set(links.map(({ digest }) => digest));
  const deltas = await unfolded?.deltas(
    "manifest",
    rows.map(({ id }) => id),
  );
  return children.map((child) => {
    const row = found.get(child.digest);
    const pulls = row && deltas && addUnfolded(row, deltas.get(row.id));
    return { ...child, present: row !== undefined || linked.has(child.digest), pulls };
  });
}

async function readParents({ tx, repositoryId }: Scope, digest: string): Promise<Related> {
  const parents = tx
    .selectFrom("manifest_edge as edge")
    .innerJoin("manifest", "manifest.id", "edge.parent_id")
    .where("edge.repository_id", "=", repositoryId)
    .where("edge.child_digest", "=", digest)
    .where("edge.kind", "=", "child")
    .where("trashed_ms", "=", sql.lit(0));
  const counted = await parents.select((eb) => eb.fn.count<number>("manifest.id").distinct().as("n")).executeTakeFirstOrThrow();
  const rows = await parents.select(["digest", "media_type", "artifact_type"]).distinct().limit(maxRelated).execute();
  return { count: counted.n, items: rows.map(toRelated) };
}

async function readReferrers({ tx, repositoryId }: Scope, digest: string): Promise<Related> {
  const referrers = tx
    .selectFrom("manifest")
    .where("repository_id", "=", repositoryId)
    .where("subject_digest", "=", digest)
    .where("subject_digest", "<>", sql.lit(""))
    .where("trashed_ms", "=", sql.lit(0));
  const counted = await referrers.select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
  const rows = await referrers.select(["digest", "media_type", "artifact_type"]).orderBy("digest").limit(maxRelated).execute();
  return { count: counted.n, items: rows.map(toRelated) };
}

function toRelated(row: { digest: string; media_type: string; artifact_type: string }): Related["items"][number] {
  return { digest: row.digest, mediaType: row.media_type, artifactType: row.artifact_type };
}

async function readPulls({ tx, unfolded }: Scope, id: number): Promise<ManifestPulls | undefined> {
  if (unfolded === undefined) return undefined;
  const folded = await tx
    .selectFrom("pull_total")
    .selectAll()
    .where("kind", "=", "manifest")
    .where("id", "=", id)
    .executeTakeFirst();
  const delta = (await unfolded.deltas("manifest", [id])).get(id);
  const sums = addUnfolded(folded ?? { pulls: 0, last_pulled_ms: 0, checks: 0, last_checked_ms: 0 }, delta);
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
