// Every repository, tag epoch and manifest has a row of totals, so that lists sorted by pulls show what was never pulled. Births
// and deaths arrive through the journal; what came to be without statistics, or was lost with a process, is found by comparing.

import { sql, type RawBuilder, type Transaction } from "kysely";
import type { ContentKind, Schema } from "./schema.ts";

export interface LifeRow {
  readonly id: number;
  readonly repositoryId: number;
  readonly live: boolean;
}

const rowsPerStatement = 200;
const noPulls = {
  pulls: 0,
  last_pulled_ms: 0,
  checks: 0,
  last_checked_ms: 0,
  tag_pulls: 0,
  child_pulls: 0,
  last_direct_ms: 0,
  last_child_ms: 0,
  last_tag_ms: 0,
  last_tag: 0,
};

/** Applies births and deaths, by ascending id; the last word on an id counts. */
export async function upsertLives(tx: Transaction<Schema>, kind: ContentKind, rows: readonly LifeRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsPerStatement) {
    const values = rows.slice(at, at + rowsPerStatement).map((row) => ({
      kind,
      id: row.id,
      repository_id: row.repositoryId,
      live: row.live ? 1 : 0,
      ...noPulls,
    }));
    await tx
      .insertInto("pull_total")
      .values(values)
      .onConflict((conflict) => conflict.columns(["kind", "id"]).doUpdateSet((eb) => ({ live: eb.ref("excluded.live") })))
      .execute();
  }
}

/**
 * Where the catalogue keeps a kind: table, the column that is its id in statistics, its repository, and when it is there. A repository
 * that was never updated only carries uploads.
 */
const catalogueOf: Record<ContentKind, { table: string; id: string; repository: string; isLive: RawBuilder<boolean> }> = {
  repository: { table: "repository", id: "id", repository: "id", isLive: sql`c.deleted_ms = 0 and c.updated_ms > 0` },
  tag: { table: "tag", id: "epoch", repository: "repository_id", isLive: sql`c.end_ms = 0` },
  manifest: { table: "manifest", id: "id", repository: "repository_id", isLive: sql`c.trashed_ms = 0` },
};

/** The greatest id that reconciling has to look at. */
export async function selectLastId(tx: Transaction<Schema>, kind: ContentKind): Promise<number> {
  const { table, id } = catalogueOf[kind];
  const { rows } = await sql<{ last: number | null }>`select max(id) as last from (
      select max(${sql.ref(id)}) as id from ${sql.table(table)} union all select max(id) as id from pull_total where kind = ${kind}
    ) as ids`.execute(tx);
  return rows[0]?.last ?? 0;
}

/** Makes the rows of ids in (after, upTo] agree with the catalogue about what lives. Journal records that are still unfolded say the same later. */
export async function reconcileLives(tx: Transaction<Schema>, kind: ContentKind, after: number, upTo: number): Promise<void> {
  const { table, id, repository, isLive } = catalogueOf[kind];
  const catalogue = sql`${sql.table(table)} as c`;
  const [cId, cRepository] = [sql.ref(`c.${id}`), sql.ref(`c.${repository}`)];
  await sql`insert into pull_total (kind, id, repository_id, live, pulls, last_pulled_ms, checks, last_checked_ms)
    select distinct ${sql.lit(kind)}, ${cId}, ${cRepository}, 1, 0, 0, 0, 0 from ${catalogue}
    where ${cId} > ${after} and ${cId} <= ${upTo} and ${isLive}
    on conflict (kind, id) do nothing`.execute(tx);
  const lives = sql`exists (select 1 from ${catalogue} where ${cId} = pull_total.id and ${isLive})`;
  const range = sql`kind = ${kind} and id > ${after} and id <= ${upTo}`;
  await sql`update pull_total set live = 0 where ${range} and live = 1 and not ${lives}`.execute(tx);
  await sql`update pull_total set live = 1 where ${range} and live = 0 and ${lives}`.execute(tx);
}
