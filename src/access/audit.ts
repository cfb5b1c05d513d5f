// Records what happened outside of a transaction of its own: grouped, in one transaction for all that came while the last one ran.
// What is refused is recorded once a minute and not every time: a flood of refusals must not become a flood of rows.

import { endOfTurn } from "../http/turn.ts";
import { deleteAudit, insertTimedAudit, type AuditEvent, type TimedAuditEvent } from "../store/audit.ts";
import type { Database } from "../store/database.ts";

export interface Audit {
  /** Resolves when the row is written, or known not to be: that is logged and fails nothing. A power cut may take the last ones. */
  record(event: AuditEvent): Promise<void>;
  /** Removes what is older than `audit.keep`. A job. */
  trim(signal: AbortSignal): Promise<void>;
  /** Writes what waits. */
  close(): Promise<void>;
}

export interface AuditOptions {
  readonly db: Database;
  readonly now: () => number;
  /** Milliseconds. */
  readonly keepMs: number;
  readonly log: (sentence: string, error?: unknown) => void;
}

/** Rows that wait for a database that is away; beyond it events are counted and not kept. */
const maxWaiting = 10_000;
/** Rows of one statement: PostgreSQL takes 65,535 parameters. */
const batch = 1000;
/** Different refusals that are recorded in one minute. */
const maxRefusals = 1000;
const minuteMs = 60_000;

/** The caller closes it. */
export function createAudit(options: AuditOptions): Audit {
  const writer = new AuditWriter(options);
  const refusals = new Refusals();
  const { db, now, keepMs } = options;
  return {
    record(event) {
      const atMs = now();
      const { left, isNew } = event.outcome === "refused" ? refusals.see(event, atMs) : recorded;
      if (left > 0) void writer.add({ event: leftOut(left), atMs });
      return isNew ? writer.add({ event, atMs }) : done;
    },
    async trim(signal) {
      const beforeMs = now() - keepMs;
      while (!signal.aborted && (await deleteAudit(db, beforeMs, batch)) === batch) {
        // one batch a transaction
      }
    },
    async close() {
      const left = refusals.end();
      if (left > 0) void writer.add({ event: leftOut(left), atMs: now() });
      await writer.settle();
    },
  };
}

const done = Promise.resolve();
const recorded = { left: 0, isNew: true };

/** Stands for refusals of the last minute, when there were more different ones than are recorded. */
function leftOut(refusals: number): AuditEvent {
  return {
    principal: { id: -1, name: "system" },
    action: "audit.skip",
    objectKind: "registry",
    object: "",
    outcome: "refused",
    detail: { refusals },
  };
}

class Refusals {
  readonly #seen = new Set<string>();
  #minute = 0;
  #left = 0;

  /** Whether it is the first of its kind in this minute; `left`: those that a minute before it was too full for. */
  see({ principal, action, objectKind, object, caller }: AuditEvent, atMs: number): { left: number; isNew: boolean } {
    const minute = Math.floor(atMs / minuteMs);
    const left = minute === this.#minute ? 0 : this.end();
    this.#minute = minute;
    const key = JSON.stringify([principal.id, action, objectKind, object.slice(0, 255), caller?.address]);
    if (this.#seen.has(key)) return { left, isNew: false };
    const isNew = this.#seen.size < maxRefusals;
    if (isNew) this.#seen.add(key);
    else this.#left++;
    return { left, isNew };
  }

  /** Of the minute. */
  end(): number {
    const left = this.#left;
    this.#left = 0;
    this.#seen.clear();
    return left;
  }
}

class AuditWriter {
  readonly #options: AuditOptions;
  #waiting: TimedAuditEvent[] = [];
  #next: Promise<void> | undefined;
  #running: Promise<void> = done;
  #lost = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  add(event: TimedAuditEvent): Promise<void> {
    if (this.#waiting.length >= maxWaiting) {
      this.#lost++;
      return done;
    }
    this.#waiting.push(event);
    if (this.#next === undefined) {
      const next = this.#running.then(endOfTurn).then(() => {
        this.#next = undefined;
        return this.#write();
      });
      this.#next = next;
      this.#running = next;
    }
    return this.#next;
  }

  async settle(): Promise<void> {
    while (this.#next !== undefined) await this.#next;
    await this.#running;
  }

  async #write(): Promise<void> {
    const { db, log } = this.#options;
    const events = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < events.length; at += batch) {
      const rows = events.slice(at, at + batch);
      try {
        await db.transaction((tx) => insertTimedAudit(tx, rows), { durable: false });
      } catch (error) {
        // What it tells of has happened.
        log(`${rows.length} events could not be written to the audit log`, error);
      }
    }
    if (this.#lost > 0) log(`${this.#lost} events are missing in the audit log: the database was away for too long`);
    this.#lost = 0;
  }
}
