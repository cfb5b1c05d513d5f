// The one thing that runs in the background: rows of the job table, claimed by lease and handed to the handlers of app.ts. Any number
// of processes may run on one database. A handler runs at least once per job, so it must bear being run again.

import type { Transaction } from "kysely";
import type { Database } from "../store/database.ts";
import { countJobs, deleteEndedJobs, insertJob } from "../store/jobs.ts";
import type { Schema } from "../store/schema.ts";
import type { JobKind, JobOutcome } from "./job.ts";
import { JobRunner } from "./runner.ts";

export interface JobsOptions {
  readonly db: Database;
  readonly handlers: Readonly<Record<string, JobKind>>;
  /** Milliseconds; the clocks of all processes on one database should agree within a fraction of the lease. */
  readonly now: () => number;
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
  /** Names this process in job rows, for people. */
  readonly owner?: string;
  /** Jobs at a time in this process. */
  readonly concurrency?: number;
  readonly pollMs?: number;
  readonly leaseMs?: number;
  /** Ended jobs are kept so long. */
  readonly keepDoneMs?: number;
  readonly keepDeadMs?: number;
  /** Told of each run that ended, and of each time that the database could not be asked (`kind` is "" then). */
  readonly report?: (outcome: JobOutcome) => void;
}

export interface JobRequest {
  readonly kind: string;
  readonly key: string;
  readonly payload?: unknown;
  /** Not before; default now. */
  readonly runAfterMs?: number;
}

export interface JobMetrics {
  /** Rows, over all processes; ended ones only as long as they are kept. */
  readonly rows: readonly {
    readonly kind: string;
    readonly state: "queued" | "running" | "done" | "dead";
    readonly jobs: number;
  }[];
  /** Runs of this process since start, by how they ended. */
  readonly outcomes: Readonly<Record<JobOutcome["outcome"], number>>;
}

export interface Jobs {
  /**
   * Adds a job unless a live one of the same kind and key exists; that one takes the newer payload and the earlier time, and runs
   * once more if it is running. With `tx` the job is part of that transaction.
   */
  enqueue(job: JobRequest, tx?: Transaction<Schema>): Promise<void>;
  start(): void;
  /** Takes no more jobs, waits `graceMs` for the running ones, then aborts them and gives them back to the queue. */
  stop(graceMs?: number): Promise<void>;
  metrics(): Promise<JobMetrics>;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const cleanBatch = 500;

export function createJobs(options: JobsOptions): Jobs {
  const { db, now } = options;
  const { keepDoneMs = day, keepDeadMs = 30 * day } = options;

  const clean: JobKind = {
    everyMs: hour,
    async run(_job, signal) {
      const before = { doneMs: now() - keepDoneMs, deadMs: now() - keepDeadMs };
      while (!signal.aborted && (await deleteEndedJobs(db, before, cleanBatch)) === cleanBatch) {
        // one batch a transaction
      }
    },
  };
  const handlers = new Map(Object.entries({ ...options.handlers, "jobs/clean": clean }));
  const runner = new JobRunner({
    db,
    now,
    handlers,
    random: options.random ?? Math.random,
    owner: options.owner ?? "",
    concurrency: options.concurrency ?? 4,
    pollMs: options.pollMs ?? 1000,
    leaseMs: options.leaseMs ?? minute,
    report: options.report ?? (() => undefined),
  });

  return {
    async enqueue(request, tx) {
      const nowMs = now();
      const job = {
        kind: request.kind,
        key: request.key,
        payload: JSON.stringify(request.payload ?? null),
        runAfterMs: request.runAfterMs ?? nowMs,
      };
      if (tx !== undefined) return insertJob(tx, job, nowMs);
      await db.transaction((own) => insertJob(own, job, nowMs));
      runner.wake();
    },
    start: () => runner.start(),
    stop: (graceMs = 10_000) => runner.stop(graceMs),
    metrics: async () => ({ rows: await countJobs(db), outcomes: { ...runner.outcomes } }),
  };
}
