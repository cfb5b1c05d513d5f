// Who else uses the layers of an image, in all repositories that the caller may see. Counted so far and no further: a base layer may be
// in a hundred thousand images, and nobody waits for that number.

import { sql, type Transaction } from "kysely";
import { nameVisible } from "./list-search.ts";
import type { Schema } from "./schema.ts";

/** Manifests that are looked at for one layer, for all of them, and layers. */
const maxUses = 200;
const maxAllUses = 2000;
const maxLayers = 128;

export interface Sharing {
  readonly manifests: number;
  readonly tags: number;
  readonly repositories: number;
  /** There are more than were counted. */
  readonly more: boolean;
}

export interface SharedScope {
  readonly tx: Transaction<Schema>;
  readonly visible: readonly string[] | undefined;
  /** The image itself and the indexes that list it: not others. */
  readonly own: readonly number[];
}

/** By digest of a layer; what was not looked at any more is absent. */
export async function readSharing(scope: SharedScope, digests: Iterable<string>): Promise<ReadonlyMap<string, Sharing>> {
  const found = new Map<string, Sharing>();
  let looked = 0;
  for (const digest of [...new Set(digests)].slice(0, maxLayers)) {
    if (looked >= maxAllUses) break;
    const sharing = await countUses(scope, digest);
    looked += sharing.manifests;
    found.set(digest, sharing);
  }
  return found;
}

/** A tag on an index is one on the images in it. */
async function countUses({ tx, visible, own }: SharedScope, digest: string): Promise<Sharing> {
  const { rows } = await sql<{ manifests: number; repositories: number; tags: number }>`
    with few as materialized (
      select manifest.id, manifest.repository_id, manifest.digest, manifest.tag_count
      from repository_blob as link
        cross join repository as place
        cross join manifest_blob as used
        cross join manifest
      where link.digest = ${digest}
        and place.id = link.repository_id and place.deleted_ms = 0 and ${nameVisible(sql.ref("place.name"), visible)}
        and used.repository_id = link.repository_id and used.digest = link.digest and used.role = 'layer'
        and manifest.id = used.manifest_id and manifest.trashed_ms = 0 and manifest.id not in (${sql.join(own)})
      limit ${sql.lit(maxUses + 1)}
    ), named as (
      select id, tag_count from few
      union
      select parent.id, parent.tag_count
      from few
        cross join manifest_edge as edge
        cross join manifest as parent
      where edge.repository_id = few.repository_id and edge.child_digest = few.digest and edge.kind = 'child'
        and parent.id = edge.parent_id and parent.trashed_ms = 0 and parent.id not in (${sql.join(own)})
    )
    select
      (select count(*) from few) as manifests,
      (select count(distinct repository_id) from few) as repositories,
      (select coalesce(sum(tag_count), 0) from named) as tags
  `.execute(tx);
  const { manifests, repositories, tags } = rows[0]!;
  return { manifests: Math.min(manifests, maxUses), repositories, tags, more: manifests > maxUses };
}
