// Claims due jobs and runs them, at most `concurrency` at a time. Every end of a run is written under the token of its lease, so a
// run that lost its lease (a stalled process, a database that was away) changes no row, whatever its handler did last.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Transaction } from "kysely";
import type { Database } from "../store/database.ts";
import {
  buryJob,
  claimJobs,
  extendLeases,
  finishJob,
  hasDueJob,
  insertJobOnce,
  releaseJob,
  retryJob,
  spentError,
  type LeasedJob,
} from "../store/jobs.ts";
import type { Schema } from "../store/schema.ts";
import type { JobKind, JobOutcome } from "./job.ts";

export interface RunnerOptions {
  readonly db: Database;
  readonly handlers: ReadonlyMap<string, JobKind>;
  readonly now: () => number;
  readonly random: () => number;
  readonly owner: string;
  readonly concurrency: number;
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly report: (outcome: JobOutcome) => void;
}

interface Run {
  readonly job: LeasedJob;
  readonly abort: AbortController;
  untilMs: number;
  ended: Promise<void>;
}

const defaultMaxAttempts = 10;
const firstBackoffMs = 1000;
const maxBackoffMs = 10 * 60_000;
/** Handlers that ignore their signal are left to their lease after this. */
const abortGraceMs = 2000;
const stopping = new Error("the process is stopping");
const leaseLost = new Error("the lease of this job was lost");

/** Doubles from one second to ten minutes; between half and all of that, so that failures do not come back in step. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(attempt - 1, 20)) * (0.5 + random() / 2);
}

export class JobRunner {
  readonly outcomes: Record<JobOutcome["outcome"], number> = { done: 0, retry: 0, dead: 0, released: 0, lost: 0, error: 0 };
  readonly #options: RunnerOptions;
  readonly #maxAttempts: ReadonlyMap<string, number>;
  /** One job can be here twice: a run that lost its lease, and the next one. */
  readonly #runs = new Set<Run>();
  #state: "new" | "started" | "stopping" = "new";
  #pollTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #pollAgain = false;
  #seeded = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#maxAttempts = new Map(
      [...options.handlers].map(([kind, { maxAttempts }]) => [kind, maxAttempts ?? defaultMaxAttempts]),
    );
  }

  start(): void {
    if (this.#state !== "new") return;
    this.#state = "started";
    this.#heartbeatTimer = setInterval(() => void this.#heartbeat(), this.#options.leaseMs / 4).unref();
    this.wake();
  }

  async stop(graceMs: number): Promise<void> {
    this.#state = "stopping";
    clearTimeout(this.#pollTimer);
    await this.#polling;
    const patience = new AbortController();
    const ended = Promise.all([...this.#runs].map((run) => run.ended)).then(() => patience.abort());
    await pause(graceMs, undefined, { signal: patience.signal }).catch(() => undefined);
    for (const run of this.#runs) run.abort.abort(stopping);
    await Promise.race([ended, pause(abortGraceMs, undefined, { ref: false })]);
    clearInterval(this.#heartbeatTimer);
  }

  /** Looks for due jobs now instead of at the next poll. */
  wake(): void {
    if (this.#state !== "started") return;
    if (this.#polling !== undefined) {
      this.#pollAgain = true;
      return;
    }
    clearTimeout(this.#pollTimer);
    this.#polling = this.#poll().finally(() => {
      this.#polling = undefined;
      if (this.#state !== "started") return;
      if (this.#pollAgain) {
        this.#pollAgain = false;
        this.wake();
      } else {
        // Jitter, so that several processes do not ask in step.
        const waitMs = this.#options.pollMs * (0.75 + this.#options.random() / 2);
        this.#pollTimer = setTimeout(() => this.wake(), waitMs).unref();
      }
    });
  }

  async #poll(): Promise<void> {
    const { db, now, owner, leaseMs, concurrency } = this.#options;
    try {
      if (!this.#seeded) await this.#seedRecurring();
      const free = concurrency - this.#runs.size;
      if (free <= 0 || !(await hasDueJob(db, [...this.#maxAttempts.keys()], now()))) return;
      const nowMs = now();
      const lease = { owner, token: randomUUID(), nowMs, untilMs: nowMs + leaseMs };
      const { leased, buried } = await claimJobs(db, lease, free, this.#maxAttempts);
      for (const job of leased) this.#launch(job, lease.untilMs);
      for (const { kind, key, attempts } of buried) {
        this.#report({ kind, key, attempt: attempts, outcome: "dead", error: spentError });
        this.#seeded = false;
      }
    } catch (error) {
      // The next poll tries again; jobs wait in their rows meanwhile.
      this.#report({ kind: "", key: "", attempt: 0, outcome: "error", error });
    }
  }

  async #seedRecurring(): Promise<void> {
    await this.#options.db.transaction(async (tx) => {
      for (const kind of this.#options.handlers.keys()) await this.#insertNext(tx, kind, 0);
    });
    this.#seeded = true;
  }

  async #insertNext(tx: Transaction<Schema>, kind: string, delayMs: number): Promise<void> {
    if (this.#options.handlers.get(kind)?.everyMs === undefined) return;
    const nowMs = this.#options.now();
    await insertJobOnce(tx, { kind, key: "", payload: "null", runAfterMs: nowMs + delayMs }, nowMs);
  }

  #launch(job: LeasedJob, untilMs: number): void {
    const run: Run = { job, abort: new AbortController(), untilMs, ended: Promise.resolve() };
    this.#runs.add(run);
    run.ended = this.#run(job, run.abort.signal).then((outcome) => {
      this.#runs.delete(run);
      this.#report(outcome);
      this.wake();
    });
  }

  async #run(job: LeasedJob, signal: AbortSignal): Promise<JobOutcome> {
    const { kind, key, attempts: attempt } = job;
    let failure: { error: unknown } | undefined;
    try {
      await this.#options.handlers.get(kind)!.run({ kind, key, payload: JSON.parse(job.payload), attempt }, signal);
    } catch (error) {
      failure = { error };
    }
    if (signal.reason === leaseLost) return { kind, key, attempt, outcome: "lost" };
    try {
      return { kind, key, attempt, ...(await this.#writeEnd(job, failure, signal.aborted)) };
    } catch (error) {
      // The row keeps its lease, which runs out: another attempt follows.
      return { kind, key, attempt, outcome: "error", error };
    }
  }

  #writeEnd(
    job: LeasedJob,
    failure: { error: unknown } | undefined,
    stopped: boolean,
  ): Promise<Pick<JobOutcome, "outcome" | "error">> {
    const { db, now, random } = this.#options;
    const everyMs = this.#options.handlers.get(job.kind)!.everyMs ?? 0;
    return db.transaction(
      async (tx) => {
        if (failure === undefined) {
          if (!(await finishJob(tx, job, now()))) return { outcome: "lost" };
          await this.#insertNext(tx, job.kind, everyMs);
          return { outcome: "done" };
        }
        if (stopped) return { outcome: (await releaseJob(tx, job, now())) ? "released" : "lost" };
        const { error } = failure;
        if (job.attempts < this.#maxAttempts.get(job.kind)!) {
          const runAfterMs = Math.round(now() + backoffMs(job.attempts, random));
          return { outcome: (await retryJob(tx, job, runAfterMs, String(error))) ? "retry" : "lost", error };
        }
        if (!(await buryJob(tx, job, now(), String(error)))) return { outcome: "lost", error };
        await this.#insertNext(tx, job.kind, everyMs);
        return { outcome: "dead", error };
      },
      // A power cut that takes this back leaves a leased row, whose job runs again.
      { durable: false },
    );
  }

  async #heartbeat(): Promise<void> {
    const runs = [...this.#runs];
    if (runs.length === 0) return;
    const untilMs = this.#options.now() + this.#options.leaseMs;
    let held: Set<LeasedJob> | undefined;
    try {
      held = await extendLeases(
        this.#options.db,
        runs.map(({ job }) => job),
        untilMs,
      );
    } catch (error) {
      this.#report({ kind: "", key: "", attempt: 0, outcome: "error", error });
    }
    for (const run of runs) {
      if (held?.has(run.job) === true) run.untilMs = untilMs;
      // Ended while we asked, or really lost; without an answer a lease is lost when its time is over.
      else if (this.#runs.has(run) && (held !== undefined || this.#options.now() >= run.untilMs)) run.abort.abort(leaseLost);
    }
  }

  #report(outcome: JobOutcome): void {
    this.outcomes[outcome.outcome]++;
    this.#options.report(outcome);
  }
}
