// The children of the indexes of one page, in one question: what their pulls add to the use of a tag, what one client fetches, and the
// rows below a tag.

import { sql, type Transaction } from "kysely";
import { addUnfolded, type Tally, type Unfolded } from "./list-live.ts";
import type { Schema } from "./schema.ts";

/** An image for one platform in an index. */
export interface PlatformRow {
  /** os/architecture[/variant]; "" when unknown. */
  readonly platform: string;
  readonly digest: string;
  /** With its blobs; undefined: its manifest is not here. */
  readonly bytes: number | undefined;
  /** Undefined: not counted, or not here. */
  readonly pulls: Tally | undefined;
}
export interface IndexChildren {
  /** By platform, without attestations. */
  readonly platforms: readonly PlatformRow[];
  /** BuildKit's, which travel as images for an unknown platform. */
  readonly attestations: number;
  /** The newest pull or check of any of them, attestations too; 0: none, or not counted. */
  readonly lastUsedMs: number;
}

export const noChildren: IndexChildren = { platforms: [], attestations: 0, lastUsedMs: 0 };

/** By manifest id, of those `indexIds` that list any. */
export async function readIndexChildren(
  tx: Transaction<Schema>,
  unfolded: Unfolded | undefined,
  indexIds: readonly number[],
): Promise<ReadonlyMap<number, IndexChildren>> {
  if (indexIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom("manifest_edge as edge")
    .leftJoin("manifest as child", (join) =>
      join.onRef("child.repository_id", "=", "edge.repository_id").onRef("child.digest", "=", "edge.child_digest"),
    )
    .leftJoin("pull_total as total", (join) => join.on("total.kind", "=", sql.lit("manifest")).onRef("total.id", "=", "child.id"))
    .select([
      "edge.parent_id",
      "edge.child_digest as digest",
      "edge.platform",
      "child.id",
      "child.image_bytes",
      "child.platforms",
    ])
    .select(["child.trashed_ms", "total.pulls", "total.last_pulled_ms", "total.checks", "total.last_checked_ms"])
    .where("edge.parent_id", "in", [...new Set(indexIds)])
    .where("edge.kind", "=", "child")
    .execute();
  const deltas = await unfolded?.deltas("manifest", new Set(rows.flatMap(({ id }) => id ?? [])));
  const children = rows.map((row) => {
    const pulls = deltas !== undefined && row.id !== null ? addUnfolded(row, deltas.get(row.id)) : undefined;
    const isHere = row.trashed_ms === 0;
    return {
      parentId: row.parent_id,
      lastUsedMs: Math.max(pulls?.lastPulledMs ?? 0, pulls?.lastCheckedMs ?? 0),
      platform: row.platform === "" ? ownPlatform(row.platforms) : row.platform,
      digest: row.digest,
      bytes: isHere ? (row.image_bytes ?? undefined) : undefined,
      pulls: isHere ? pulls : undefined,
    };
  });
  return new Map([...Map.groupBy(children, ({ parentId }) => parentId)].map(([id, own]) => [id, toChildren(own)]));
}

/** What the child itself says, when the index does not. */
function ownPlatform(json: string | null): string {
  const [platform = "", ...more] = JSON.parse(json ?? "[]") as string[];
  return more.length === 0 ? platform : "";
}

type Child = PlatformRow & { readonly lastUsedMs: number };

function toChildren(children: readonly Child[]): IndexChildren {
  const isAttestation = ({ platform }: Child): boolean => platform === "unknown/unknown";
  return {
    platforms: children
      .filter((child) => !isAttestation(child))
      .map(({ platform, digest, bytes, pulls }) => ({ platform, digest, bytes, pulls }))
      .toSorted((a, b) => (`${a.platform} ${a.digest}` < `${b.platform} ${b.digest}` ? -1 : 1)),
    attestations: children.filter(isAttestation).length,
    lastUsedMs: children.reduce((last, child) => Math.max(last, child.lastUsedMs), 0),
  };
}
