// What is folded: one row per journal segment, with the position up to which its frames are in the totals; and one row per process
// that counts. Written by the fold only, in the transaction that writes the sums.

import type { Kysely, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

const idsPerQuery = 500;

/** Bytes of the segment that the totals contain; 0 when it is unknown. */
export async function selectAppliedBytes(db: Kysely<Schema>, id: string): Promise<number> {
  const row = await db.selectFrom("pull_segment").select("applied_bytes").where("id", "=", id).executeTakeFirst();
  return row?.applied_bytes ?? 0;
}

/**
 * Those of `ids` that are folded. In a snapshot with totals or buckets: they contain exactly the sums of these segments, so the
 * sums in memory of all others come on top.
 */
export async function selectAppliedSegments(db: Kysely<Schema>, ids: readonly string[]): Promise<Set<string>> {
  const applied = new Set<string>();
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const part = ids.slice(at, at + idsPerQuery);
    const rows = await db
      .selectFrom("pull_segment")
      .select("id")
      .where("id", "in", part)
      .where("applied_bytes", ">", 0)
      .execute();
    for (const { id } of rows) applied.add(id);
  }
  return applied;
}

/**
 * Moves the position of a segment from `fromBytes` to `toBytes`, first of all in the transaction that adds the sums in between.
 * False: somebody else has moved it, and nothing may be added. `foldedMs` is kept in `sealed_ms`.
 */
export async function moveAppliedBytes(
  tx: Transaction<Schema>,
  segment: { readonly id: string; readonly instance: string },
  move: { readonly fromBytes: number; readonly toBytes: number; readonly foldedMs: number },
): Promise<boolean> {
  await tx
    .insertInto("pull_segment")
    .values({ id: segment.id, instance: segment.instance, applied_bytes: 0, history_bytes: 0, sealed_ms: 0, unlinked_ms: 0 })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
  const { numUpdatedRows } = await tx
    .updateTable("pull_segment")
    .set({ applied_bytes: move.toBytes, history_bytes: move.toBytes, sealed_ms: move.foldedMs })
    .where("id", "=", segment.id)
    .where("applied_bytes", "=", move.fromBytes)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Segments of an instance whose files may still exist, with the time of their fold. */
export function selectKeptSegments(
  db: Kysely<Schema>,
  instance: string,
): Promise<{ id: string; applied_bytes: number; sealed_ms: number }[]> {
  return db
    .selectFrom("pull_segment")
    .select(["id", "applied_bytes", "sealed_ms"])
    .where("instance", "=", instance)
    .where("unlinked_ms", "=", 0)
    .execute();
}

/** Those of `ids` that were folded before a time. */
export async function selectFoldedBefore(db: Kysely<Schema>, ids: readonly string[], beforeMs: number): Promise<string[]> {
  const folded: string[] = [];
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const part = ids.slice(at, at + idsPerQuery);
    const query = db.selectFrom("pull_segment").select("id").where("id", "in", part).where("applied_bytes", ">", 0);
    folded.push(...(await query.where("sealed_ms", "<=", beforeMs).execute()).map((row) => row.id));
  }
  return folded;
}

export async function markUnlinked(tx: Transaction<Schema>, ids: readonly string[], nowMs: number): Promise<void> {
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const part = ids.slice(at, at + idsPerQuery);
    await tx.updateTable("pull_segment").set({ unlinked_ms: nowMs }).where("id", "in", part).execute();
  }
}

/** Forgets segments whose files went before `beforeMs`. */
export async function deleteUnlinked(tx: Transaction<Schema>, beforeMs: number): Promise<void> {
  await tx.deleteFrom("pull_segment").where("unlinked_ms", ">", 0).where("unlinked_ms", "<", beforeMs).execute();
}

/** Notes that a process counts, and up to when everything it has counted is folded. */
export async function upsertInstance(
  tx: Transaction<Schema>,
  instance: { readonly id: string; readonly host: string },
  seenMs: number,
  foldedUntilMs: number,
): Promise<void> {
  await tx
    .insertInto("pull_instance")
    .values({ ...instance, seen_ms: seenMs, folded_until_ms: foldedUntilMs, gone_ms: 0 })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ seen_ms: seenMs, folded_until_ms: foldedUntilMs }))
    .execute();
}

const silentMs = 15 * 60_000;

/**
 * Up to when everything that other processes have counted is in the totals; `nowMs` when there are none. One that has been silent
 * for a quarter of an hour is taken for dead, and is folded by whoever finds its folder.
 */
export async function selectOthersFoldedUntil(db: Kysely<Schema>, ownId: string, nowMs: number): Promise<number> {
  const row = await db
    .selectFrom("pull_instance")
    .select((eb) => eb.fn.min("folded_until_ms").as("until"))
    .where("id", "!=", ownId)
    .where("gone_ms", "=", 0)
    .where("seen_ms", ">", nowMs - silentMs)
    .executeTakeFirst();
  return Math.min(nowMs, row?.until ?? nowMs);
}

export async function markInstanceGone(tx: Transaction<Schema>, id: string, nowMs: number): Promise<void> {
  await tx.updateTable("pull_instance").set({ gone_ms: nowMs, folded_until_ms: nowMs }).where("id", "=", id).execute();
}

const trackedSinceKey = "pulls.tracked_since";

/** Undefined before the first process with statistics has started. */
export async function selectTrackedSince(db: Kysely<Schema>): Promise<number | undefined> {
  const row = await db.selectFrom("pull_setting").select("value").where("key", "=", trackedSinceKey).executeTakeFirst();
  return row === undefined ? undefined : Number(row.value);
}

/** Keeps the first time for ever. */
export async function insertTrackedSince(tx: Transaction<Schema>, sinceMs: number): Promise<void> {
  await tx
    .insertInto("pull_setting")
    .values({ key: trackedSinceKey, value: String(sinceMs) })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
}
