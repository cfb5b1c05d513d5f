// Totals and buckets as the database has them, for the read side. Numbers are signed here (a HEAD that became a pull is taken back
// where it was counted), so clamp at 0 only after everything is added up.

import { sql, type Kysely, type Transaction } from "kysely";
import type { CountedKind, PullTotalTable, Schema } from "./schema.ts";

/** The one id of kind `registry`. */
export const registryId = 1;

const idsPerQuery = 1000;

/** Rows of those `ids` that have one; every object that ever lived has one, soon after its birth. */
export async function selectTotals(db: Kysely<Schema>, kind: CountedKind, ids: readonly number[]): Promise<PullTotalTable[]> {
  const rows: PullTotalTable[] = [];
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const part = ids.slice(at, at + idsPerQuery);
    rows.push(...(await db.selectFrom("pull_total").selectAll().where("kind", "=", kind).where("id", "in", part).execute()));
  }
  return rows;
}

/** Widths of a bucket; a month has no fixed width and is called 0. */
export const bucketWidths = { hour: 3_600_000, day: 86_400_000, month: 0 } as const;

export interface BucketRow {
  readonly width_ms: number;
  readonly start_ms: number;
  readonly pulls: number;
  readonly checks: number;
}

/**
 * Buckets of every width that start within [fromMs, toMs), oldest first, of these ids together. They add up: compaction moves sums, it
 * never copies.
 */
export function selectBuckets(
  db: Kysely<Schema>,
  key: { readonly kind: CountedKind; readonly ids: readonly number[] },
  fromMs: number,
  toMs: number,
): Promise<BucketRow[]> {
  return db
    .selectFrom("pull_bucket")
    .select(["width_ms", "start_ms"])
    .select((eb) => [eb.fn.sum<number>("pulls").as("pulls"), eb.fn.sum<number>("checks").as("checks")])
    .where("kind", "=", key.kind)
    .where("id", "in", key.ids)
    .where("width_ms", "in", Object.values(bucketWidths))
    .where("start_ms", ">=", fromMs)
    .where("start_ms", "<", toMs)
    .groupBy(["width_ms", "start_ms"])
    .orderBy("start_ms")
    .execute();
}

/** Pulls of each of these ids in each day (UTC) from `fromMs` on, which is the start of one; days without any are left out. */
export function selectDays(
  db: Kysely<Schema>,
  key: { readonly kind: CountedKind; readonly ids: readonly number[] },
  fromMs: number,
): Promise<{ id: number; day_ms: number; pulls: number }[]> {
  const day = sql<number>`start_ms - start_ms % ${sql.lit(bucketWidths.day)}`;
  return db
    .selectFrom("pull_bucket")
    .select(["id", day.as("day_ms")])
    .select((eb) => eb.fn.sum<number>("pulls").as("pulls"))
    .where("kind", "=", key.kind)
    .where("id", "in", key.ids)
    .where("width_ms", "in", Object.values(bucketWidths))
    .where("start_ms", ">=", fromMs)
    .groupBy(["id", day])
    .execute();
}

export interface FineBucket {
  readonly kind: CountedKind;
  readonly id: number;
  readonly start_ms: number;
  readonly pulls: number;
  readonly checks: number;
}

/** Takes away up to `limit` buckets of a width that start before `beforeMs`, oldest first; the same transaction adds them to a wider one. */
export async function takeBuckets(
  tx: Transaction<Schema>,
  widthMs: number,
  beforeMs: number,
  limit: number,
): Promise<FineBucket[]> {
  const key = sql`kind, id, width_ms, start_ms`;
  const { rows } = await sql<FineBucket>`delete from pull_bucket where (${key}) in (
      select ${key} from pull_bucket where width_ms = ${widthMs} and start_ms < ${beforeMs} order by start_ms limit ${limit}
    ) returning kind, id, start_ms, pulls, checks`.execute(tx);
  return rows;
}
