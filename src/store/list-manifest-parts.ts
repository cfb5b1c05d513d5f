// What a manifest lists, and what lists it: children, parents, and blobs that are not here.

import { sql, type Transaction } from "kysely";
import { attestedDigest } from "../oci/content-kinds.ts";
import type { Child, ParsedManifest } from "../oci/manifest.ts";
import { addUnfolded, type Tally, type Unfolded } from "./list-live.ts";
import { splitNames, tagNames } from "./list-sort.ts";
import type { Schema } from "./schema.ts";

/** Parents that are listed; their number is told apart. */
const maxParents = 100;
const maxMissing = 100;

export interface ChildDetails extends Child {
  /** 0: it is no manifest, or not here. */
  readonly id: number;
  /** Of the whole image; undefined: not here. */
  readonly bytes: number | undefined;
  /** "" when it is not here, or names none. */
  readonly configDigest: string;
  /** Whether this repository has it. */
  readonly present: boolean;
  /** Undefined: not counted, or not here. */
  readonly pulls: Tally | undefined;
}
export interface Parents {
  readonly count: number;
  readonly ids: readonly number[];
  readonly items: readonly {
    readonly digest: string;
    readonly mediaType: string;
    readonly artifactType: string;
    readonly tags: { readonly count: number; readonly names: readonly string[] };
  }[];
}

interface Scope {
  readonly tx: Transaction<Schema>;
  readonly repositoryId: number;
  readonly unfolded: Unfolded | undefined;
}

/** Of an index, without attestations of builds: those are referrers. */
export async function readChildren(scope: Scope, parsed: ParsedManifest): Promise<ChildDetails[]> {
  const children = parsed.children.filter((child) => attestedDigest(child) === undefined);
  const digests = children.filter(({ kind }) => kind === "manifest").map(({ digest }) => digest as string);
  const blobs = children.filter(({ kind }) => kind === "blob").map(({ digest }) => digest as string);
  const rows = digests.length === 0 ? [] : await readChildRows(scope, digests);
  const linked = new Set(blobs.length === 0 ? [] : await readPresent(scope, blobs));
  const found = new Map(rows.map((row) => [row.digest, row]));
  const deltas = await scope.unfolded?.deltas(
    "manifest",
    rows.map((row) => row.id),
  );
  return children.map((child) => {
    const row = found.get(child.digest);
    return {
      ...child,
      id: row?.id ?? 0,
      bytes: row?.image_bytes ?? (linked.has(child.digest) ? child.size : undefined),
      configDigest: row?.config_digest ?? "",
      present: row !== undefined || linked.has(child.digest),
      pulls: row && deltas && addUnfolded(row, deltas.get(row.id)),
    };
  });
}

function readChildRows({ tx, repositoryId }: Scope, digests: readonly string[]) {
  return tx
    .selectFrom("manifest")
    .leftJoin("pull_total as total", (join) =>
      join.on("total.kind", "=", sql.lit("manifest")).onRef("total.id", "=", "manifest.id"),
    )
    .select(["manifest.id", "digest", "image_bytes", "config_digest"])
    .select(["total.pulls", "total.last_pulled_ms", "total.checks", "total.last_checked_ms"])
    .where("manifest.repository_id", "=", repositoryId)
    .where("digest", "in", digests)
    .where("trashed_ms", "=", sql.lit(0))
    .execute();
}

async function readPresent({ tx, repositoryId }: Scope, blobs: readonly string[]): Promise<string[]> {
  const links = await tx
    .selectFrom("repository_blob")
    .select("digest")
    .where("repository_id", "=", repositoryId)
    .where("digest", "in", blobs)
    .where("state", "=", "present")
    .execute();
  return links.map(({ digest }) => digest);
}

export async function readParents({ tx, repositoryId }: Scope, digest: string): Promise<Parents> {
  const parents = tx
    .selectFrom("manifest_edge as edge")
    .innerJoin("manifest", "manifest.id", "edge.parent_id")
    .where("edge.repository_id", "=", repositoryId)
    .where("edge.child_digest", "=", digest)
    .where("edge.kind", "=", "child")
    .where("trashed_ms", "=", sql.lit(0));
  const counted = await parents.select((eb) => eb.fn.count<number>("manifest.id").distinct().as("n")).executeTakeFirstOrThrow();
  const rows = await parents
    .select(["id", "digest", "media_type", "artifact_type", "tag_count", tagNames("manifest.id").as("tag_names")])
    .distinct()
    .limit(maxParents)
    .execute();
  return {
    count: counted.n,
    ids: rows.map(({ id }) => id),
    items: rows.map((row) => ({
      digest: row.digest,
      mediaType: row.media_type,
      artifactType: row.artifact_type,
      tags: { count: row.tag_count, names: splitNames(row.tag_names) },
    })),
  };
}

/** Foreign layers are elsewhere, and not missing. */
export async function readMissing({ tx }: Scope, manifestId: number): Promise<string[]> {
  const rows = await tx
    .selectFrom("manifest_blob as named")
    .innerJoin("repository_blob as link", (join) =>
      join.onRef("link.repository_id", "=", "named.repository_id").onRef("link.digest", "=", "named.digest"),
    )
    .select("named.digest")
    .distinct()
    .where("named.manifest_id", "=", manifestId)
    .where("link.state", "in", ["missing", "trashed"])
    .limit(maxMissing)
    .execute();
  return rows.map(({ digest }) => digest);
}
