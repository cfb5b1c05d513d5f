// Job rows. At most one live row per kind and key. What would surprise: `run_after_ms` of a running row is 0, unless the key was
// enqueued again meanwhile; then the row goes back to the queue when it ends, so that nobody's wish is lost to a job that had
// already looked.

import { sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";

const liveState = sql<boolean>`state in ('queued', 'running')`;
const maxErrorLength = 2000;
/** Of a job that never came to an end. */
export const spentError = "its lease ran out on its last attempt: the process died or stalled";

export interface NewJob {
  readonly kind: string;
  readonly key: string;
  /** JSON text. */
  readonly payload: string;
  readonly runAfterMs: number;
}

export interface LeasedJob {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly payload: string;
  /** Counts this run: 1 for the first. */
  readonly attempts: number;
  readonly token: string;
}

export interface Lease {
  readonly owner: string;
  /** Random, new for each claim: whoever comes later with another token cannot be mistaken for this one. */
  readonly token: string;
  readonly nowMs: number;
  readonly untilMs: number;
}

/**
 * Adds a job, or joins the live one of the same kind and key: it takes the newer payload and the earlier time.
 * Part of the caller's transaction: the job exists exactly if that commits.
 */
export async function insertJob(tx: Transaction<Schema>, job: NewJob, nowMs: number): Promise<void> {
  await tx
    .insertInto("job")
    .values({ kind: job.kind, key: job.key, payload: job.payload, created_ms: nowMs, run_after_ms: job.runAfterMs })
    .onConflict((conflict) =>
      conflict
        .columns(["kind", "key"])
        .where(liveState)
        .doUpdateSet({
          payload: job.payload,
          run_after_ms: sql<number>`case when job.run_after_ms = 0 or excluded.run_after_ms < job.run_after_ms
            then excluded.run_after_ms else job.run_after_ms end`,
        }),
    )
    .execute();
}

/** Makes sure that a live row exists; one that does keeps its time. */
export async function insertJobOnce(tx: Transaction<Schema>, job: NewJob, nowMs: number): Promise<void> {
  await tx
    .insertInto("job")
    .values({ kind: job.kind, key: job.key, payload: job.payload, created_ms: nowMs, run_after_ms: job.runAfterMs })
    .onConflict((conflict) => conflict.columns(["kind", "key"]).where(liveState).doNothing())
    .execute();
}

/** Whether a claim would find something: a read, so that idle runners never take the write lock. */
export async function hasDueJob(db: Database, kinds: readonly string[], nowMs: number): Promise<boolean> {
  const due = db.query.selectFrom("job").select("id").where("kind", "in", kinds).limit(1);
  const queued = await due.where("state", "=", sql.lit("queued")).where("run_after_ms", "<=", nowMs).executeTakeFirst();
  if (queued !== undefined) return true;
  const expired = await due.where("state", "=", sql.lit("running")).where("lease_until_ms", "<=", nowMs).executeTakeFirst();
  return expired !== undefined;
}

/**
 * Leases up to `limit` due jobs: those whose lease ran out first, then the queue in order of time. One that has used up
 * the `maxAttempts` of its kind and whose lease still ran out (it takes the process down with it) becomes a dead letter instead.
 */
export function claimJobs(
  db: Database,
  lease: Lease,
  limit: number,
  maxAttempts: ReadonlyMap<string, number>,
): Promise<{ leased: LeasedJob[]; buried: Pick<LeasedJob, "kind" | "key" | "attempts">[] }> {
  const kinds = [...maxAttempts.keys()];
  return db.transaction(
    async (tx) => {
      const due = tx
        .selectFrom("job")
        .select(["id", "kind", "key", "attempts"])
        .where("kind", "in", kinds)
        .$if(db.engine === "postgres", (query) => query.forUpdate().skipLocked());
      const expired = await due
        .where("state", "=", sql.lit("running"))
        .where("lease_until_ms", "<=", lease.nowMs)
        .orderBy("lease_until_ms")
        .limit(limit)
        .execute();
      const buried = expired.filter((row) => row.attempts >= maxAttempts.get(row.kind)!);
      if (buried.length > 0) {
        await tx
          .updateTable("job")
          .set({ state: "dead", finished_ms: lease.nowMs, error: spentError, lease_token: "" })
          .where(
            "id",
            "in",
            buried.map(({ id }) => id),
          )
          .execute();
      }
      const again = expired.filter((row) => !buried.includes(row));
      const queued = await due
        .where("state", "=", sql.lit("queued"))
        .where("run_after_ms", "<=", lease.nowMs)
        .orderBy("run_after_ms")
        .limit(limit - again.length)
        .execute();
      const ids = [...again, ...queued].map(({ id }) => id);
      if (ids.length === 0) return { leased: [], buried };
      const leased = await tx
        .updateTable("job")
        .set((eb) => ({
          state: "running",
          attempts: eb("attempts", "+", 1),
          run_after_ms: 0,
          lease_owner: lease.owner,
          lease_token: lease.token,
          lease_until_ms: lease.untilMs,
        }))
        .where("id", "in", ids)
        .returning(["id", "kind", "key", "payload", "attempts", "lease_token as token"])
        .execute();
      return { leased, buried };
    },
    { durable: false },
  );
}

/** Extends the leases that are still held and returns their jobs; whatever is missing from the answer was lost. */
export function extendLeases(db: Database, jobs: readonly LeasedJob[], untilMs: number): Promise<Set<LeasedJob>> {
  return db.transaction(
    async (tx) => {
      const held = new Set<LeasedJob>();
      for (const job of jobs) {
        const row = await whileLeased(tx, job).set({ lease_until_ms: untilMs }).returning("id").executeTakeFirst();
        if (row !== undefined) held.add(job);
      }
      return held;
    },
    { durable: false },
  );
}

/** Ends a job well, or queues it once more if it was enqueued while it ran. False: the lease was lost, nothing changed. */
export async function finishJob(tx: Transaction<Schema>, job: LeasedJob, nowMs: number): Promise<boolean> {
  const again = await whileLeased(tx, job)
    .where("run_after_ms", ">", 0)
    .set({ state: "queued", attempts: 0, lease_token: "", error: "" })
    .returning("id")
    .executeTakeFirst();
  if (again !== undefined) return true;
  const done = await whileLeased(tx, job)
    .set({ state: "done", finished_ms: nowMs, lease_token: "", error: "" })
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Queues a failed job for another attempt. False: the lease was lost, nothing changed. */
export async function retryJob(tx: Transaction<Schema>, job: LeasedJob, runAfterMs: number, error: string): Promise<boolean> {
  const row = await whileLeased(tx, job)
    .set({ state: "queued", run_after_ms: runAfterMs, lease_token: "", error: error.slice(0, maxErrorLength) })
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives a job back unharmed: the attempt does not count. */
export async function releaseJob(tx: Transaction<Schema>, job: LeasedJob, nowMs: number): Promise<boolean> {
  const row = await whileLeased(tx, job)
    .set((eb) => ({ state: "queued", run_after_ms: nowMs, lease_token: "", attempts: eb("attempts", "-", 1) }))
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** Makes a dead letter: kept for people, never run again. False: the lease was lost, nothing changed. */
export async function buryJob(tx: Transaction<Schema>, job: LeasedJob, nowMs: number, error: string): Promise<boolean> {
  const row = await whileLeased(tx, job)
    .set({ state: "dead", finished_ms: nowMs, lease_token: "", error: error.slice(0, maxErrorLength) })
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** Deletes ended jobs, at most `limit`; returns how many went. */
export function deleteEndedJobs(db: Database, before: { doneMs: number; deadMs: number }, limit: number): Promise<number> {
  return db.transaction(
    async (tx) => {
      const old = await tx
        .selectFrom("job")
        .select("id")
        .where((eb) =>
          eb.or([
            eb.and([eb("state", "=", sql.lit("done")), eb("finished_ms", "<", before.doneMs)]),
            eb.and([eb("state", "=", sql.lit("dead")), eb("finished_ms", "<", before.deadMs)]),
          ]),
        )
        .where("finished_ms", ">", 0)
        .where("finished_ms", "<", Math.max(before.doneMs, before.deadMs))
        .limit(limit)
        .execute();
      if (old.length > 0)
        await tx
          .deleteFrom("job")
          .where(
            "id",
            "in",
            old.map(({ id }) => id),
          )
          .execute();
      return old.length;
    },
    { durable: false },
  );
}

/** Rows of each kind and state, ended ones too. */
export function countJobs(
  db: Database,
): Promise<{ kind: string; state: "queued" | "running" | "done" | "dead"; jobs: number }[]> {
  return db.query
    .selectFrom("job")
    .select(["kind", "state", (eb) => eb.fn.countAll<number>().as("jobs")])
    .groupBy(["kind", "state"])
    .orderBy("kind")
    .orderBy("state")
    .execute();
}

function whileLeased(tx: Transaction<Schema>, job: LeasedJob) {
  return tx
    .updateTable("job")
    .where("id", "=", job.id)
    .where("lease_token", "=", job.token)
    .where("state", "=", sql.lit("running"));
}
