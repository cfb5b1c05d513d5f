// What would be free without some images: they themselves, those of their children that nothing else holds, and the blobs that nothing
// else in the registry uses. Told for several groups of images at once, each as if it alone went.

import { sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import { jsonTuples } from "./json-rows.ts";
import type { Schema } from "./schema.ts";

/** What a row tells of an index with more children costs too much. */
export const maxFreedChildren = 200;

/** An image that would go, and with which others. */
export type Going = readonly [group: number, manifestId: number];

/** Bytes by group; a group of which nothing would be free is absent. */
export async function readFreed(
  tx: Transaction<Schema>,
  engine: Database["engine"],
  going: readonly Going[],
): Promise<ReadonlyMap<number, number>> {
  if (going.length === 0) return new Map();
  // An index outside of the group lists it. A child in an index in an index is not looked for: it stays, which is too little, never too much.
  const isListed = (manifest: string, group: string) => sql`exists (
    select 1 from manifest_edge as edge cross join manifest as parent
    where edge.repository_id = ${sql.ref(`${manifest}.repository_id`)} and edge.child_digest = ${sql.ref(`${manifest}.digest`)}
      and edge.kind = 'child' and parent.id = edge.parent_id and parent.trashed_ms = 0
      and not exists (select 1 from given as same where same.grp = ${sql.ref(group)} and same.id = parent.id)
  )`;
  const found = await sql<{ grp: number; bytes: number }>`
    with given as materialized (
      select cast(value ->> 0 as bigint) as grp, cast(value ->> 1 as bigint) as id from ${jsonTuples(engine, going)}
    ), gone as materialized (
      select given.grp, image.id, image.size
      from given cross join manifest as image
      where image.id = given.id and not ${isListed("image", "given.grp")}
      union
      select given.grp, child.id, child.size
      from given cross join manifest_edge as listed cross join manifest as child
      where listed.parent_id = given.id and listed.kind = 'child'
        and child.repository_id = listed.repository_id and child.digest = listed.child_digest
        and child.trashed_ms = 0 and child.tag_count = 0 and not ${isListed("child", "given.grp")}
    ), theirs as materialized (
      select distinct gone.grp, named.digest from gone cross join manifest_blob as named where named.manifest_id = gone.id
    )
    select grp, sum(size) as bytes from (
      select grp, size from gone
      union all
      select theirs.grp, blob.size
      from theirs cross join blob
      where blob.digest = theirs.digest and blob.state = 'present' and not exists (
        select 1
        from repository_blob as link cross join manifest_blob as named cross join manifest as other
        where link.digest = theirs.digest and named.repository_id = link.repository_id and named.digest = link.digest
          and other.id = named.manifest_id and other.trashed_ms = 0
          and not exists (select 1 from gone as same where same.grp = theirs.grp and same.id = other.id)
      )
    ) as freed
    group by grp
  `.execute(tx);
  return new Map(found.rows.map(({ grp, bytes }) => [grp, bytes]));
}
