// Manifests that only somebody who knows their digest still finds: no tag is on them, no index lists them, and they belong to no other.

import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { Database } from "./database.ts";

/** Whether a manifest is such; `manifest`: the table, or its alias. */
export function isUntagged(manifest: string): RawBuilder<SqlBool> {
  const column = (name: string) => sql.ref(`${manifest}.${name}`);
  return sql<SqlBool>`${column("tag_count")} = 0 and ${column("subject_digest")} = '' and not exists (
    select 1 from manifest_edge as edge where edge.repository_id = ${column("repository_id")}
      and edge.child_digest = ${column("digest")} and edge.kind = 'child'
  )`;
}

/** How many of up to `limit` manifests without a tag behind `afterId` are such. */
export async function countUntagged(
  db: Database,
  repositoryId: number,
  afterId: number,
  limit: number,
): Promise<{ readonly untagged: number; readonly lastId: number; readonly more: boolean }> {
  const rows = await db.query
    .selectFrom("manifest")
    .select("id")
    .select(sql<number>`case when ${isUntagged("manifest")} then 1 else 0 end`.as("untagged"))
    .where("repository_id", "=", repositoryId)
    .where("trashed_ms", "=", sql.lit(0))
    .where("tag_count", "=", sql.lit(0))
    .where("id", ">", afterId)
    .orderBy("id")
    .limit(limit)
    .execute();
  const untagged = rows.filter((row) => row.untagged === 1).length;
  return { untagged, lastId: rows.at(-1)?.id ?? afterId, more: rows.length === limit };
}
