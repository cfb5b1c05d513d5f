// Times in which pulls may have gone uncounted, or counted but not attributed to their tag: "unknown" is not "never".

import type { Kysely, Transaction } from "kysely";
import type { PullGapTable, Schema } from "./schema.ts";

/** `end_ms` 0: still open. */
export type PullGap = Omit<PullGapTable, "instance">;

/** Gaps that touch [fromMs, toMs), oldest first. */
export function selectGaps(db: Kysely<Schema>, fromMs: number, toMs: number): Promise<PullGap[]> {
  return db
    .selectFrom("pull_gap")
    .select(["kind", "start_ms", "end_ms", "reason"])
    .where("start_ms", "<", toMs)
    .where((eb) => eb.or([eb("end_ms", ">=", fromMs), eb("end_ms", "=", 0)]))
    .orderBy("start_ms")
    .orderBy("end_ms")
    .execute();
}

/** Adds a gap, or gives the one of the same start another end: telling it twice changes nothing. */
export async function upsertGap(tx: Transaction<Schema>, gap: PullGapTable): Promise<void> {
  await tx
    .insertInto("pull_gap")
    .values(gap)
    .onConflict((conflict) =>
      conflict.columns(["instance", "kind", "start_ms"]).doUpdateSet({ end_ms: gap.end_ms, reason: gap.reason }),
    )
    .execute();
}

/** Adds a gap; one of the same start stays as it is. */
export async function insertGap(tx: Transaction<Schema>, gap: PullGapTable): Promise<void> {
  await tx
    .insertInto("pull_gap")
    .values(gap)
    .onConflict((conflict) => conflict.columns(["instance", "kind", "start_ms"]).doNothing())
    .execute();
}

/** The gap did not come to be: everything in it has been written after all. */
export async function deleteOpenGaps(tx: Transaction<Schema>, instance: string): Promise<void> {
  await tx.deleteFrom("pull_gap").where("instance", "=", instance).where("end_ms", "=", 0).execute();
}

/** Its process died with the gap open. */
export async function closeOpenGaps(tx: Transaction<Schema>, instance: string, endMs: number): Promise<void> {
  await tx.updateTable("pull_gap").set({ end_ms: endMs }).where("instance", "=", instance).where("end_ms", "=", 0).execute();
}
