// What a job is to the one who handles it.

export interface Job {
  readonly kind: string;
  /** Names the job among the live ones of its kind. */
  readonly key: string;
  /** What was enqueued, as JSON gives it back: the handler checks it. */
  readonly payload: unknown;
  /** 1 for the first. */
  readonly attempt: number;
}

/** `signal` fires when the lease is lost or the process stops: end soon, and change nothing more. A rejection is tried again later. */
export type JobHandler = (job: Job, signal: AbortSignal) => Promise<void>;

export interface JobKind {
  readonly run: JobHandler;
  /** Recurring: there is always one live job of this kind, with key ""; the next one runs this long after the last has ended. */
  readonly everyMs?: number;
  /** After so many failures the job is a dead letter (default 10); a recurring kind goes on with its next turn. */
  readonly maxAttempts?: number;
}

export interface JobOutcome {
  readonly kind: string;
  readonly key: string;
  readonly attempt: number;
  /** retry: failed, runs again; dead: failed for good; released: given back at stop; lost: another process has it; error: not even that could be written. */
  readonly outcome: "done" | "retry" | "dead" | "released" | "lost" | "error";
  readonly error?: unknown;
}
