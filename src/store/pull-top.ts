// What was pulled in a stretch of time, in bounded pieces: who comes into question, from the indexes on last pulls, and sums by primary
// key. Nothing here joins: the file of statistics is walked alone.

import { sql, type Kysely } from "kysely";
import { bucketWidths } from "./pull-totals.ts";
import type { ContentKind, Schema } from "./schema.ts";

/** Something that was pulled at that time or later; `pulls`: of its whole life. */
export interface PulledRow {
  readonly id: number;
  readonly pulls: number;
  readonly last_pulled_ms: number;
}

const fields = ["id", "pulls", "last_pulled_ms"] as const;

/** Repositories, those that are gone too. */
export function selectPulledRepositories(db: Kysely<Schema>, sinceMs: number): Promise<PulledRow[]> {
  return db
    .selectFrom("pull_total")
    .select(fields)
    .where("kind", "=", sql.lit("repository"))
    .where("live", "in", [sql.lit(0), sql.lit(1)])
    .where("last_pulled_ms", ">=", sinceMs)
    .execute();
}

export interface PulledPlace {
  readonly kind: ContentKind;
  readonly repositoryId: number;
  /** Of what is there, or of what is gone. */
  readonly live: 0 | 1;
}

/**
 * Up to `limit` rows of one repository behind `after`, by last pull upwards: a row that is pulled meanwhile moves on, so that a walk meets
 * it again and never misses it.
 */
export function selectPulled(
  db: Kysely<Schema>,
  { kind, repositoryId, live }: PulledPlace,
  after: Pick<PulledRow, "last_pulled_ms" | "id">,
  limit: number,
): Promise<PulledRow[]> {
  return db
    .selectFrom("pull_total")
    .select(fields)
    .where("kind", "=", kind)
    .where("repository_id", "=", repositoryId)
    .where("live", "=", live)
    .where(sql<boolean>`(last_pulled_ms, id) > (${after.last_pulled_ms}, ${after.id})`)
    .orderBy("last_pulled_ms")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Pulls of each of these ids in buckets of any width that start within [fromMs, toMs); those without any are left out. */
export function selectSums(
  db: Kysely<Schema>,
  { kind, ids }: { readonly kind: ContentKind; readonly ids: readonly number[] },
  fromMs: number,
  toMs: number,
): Promise<{ id: number; pulls: number }[]> {
  return db
    .selectFrom("pull_bucket")
    .select("id")
    .select((eb) => eb.fn.sum<number>("pulls").as("pulls"))
    .where("kind", "=", kind)
    .where("id", "in", ids)
    .where("width_ms", "in", Object.values(bucketWidths))
    .where("start_ms", ">=", fromMs)
    .where("start_ms", "<", toMs)
    .groupBy("id")
    .execute();
}
