// What would be free without some manifests: they themselves, and their blobs that nothing else in the registry uses.

import { sql, type Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** Bytes. `ids`: of manifests that would be gone together, at least one and at most a few hundred. */
export async function readUniqueBytes(tx: Transaction<Schema>, ids: readonly number[]): Promise<number> {
  const gone = sql.join(ids);
  const { rows } = await sql<{ bytes: number }>`
    select (select coalesce(sum(size), 0) from manifest where id in (${gone})) + coalesce(sum(blob.size), 0) as bytes
    from (select distinct digest from manifest_blob where manifest_id in (${gone})) as few
      cross join blob
    where blob.digest = few.digest and blob.state = 'present' and not exists (
      select 1
      from repository_blob as link
        cross join manifest_blob as other
        cross join manifest as user_of
      where link.digest = few.digest and other.repository_id = link.repository_id and other.digest = few.digest
        and user_of.id = other.manifest_id and user_of.trashed_ms = 0 and user_of.id not in (${gone})
    )
  `.execute(tx);
  return rows[0]!.bytes;
}
