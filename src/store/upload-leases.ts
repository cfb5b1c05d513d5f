// Who may write to an upload: a random token in its row, with a time until which it keeps others out. The writer moves the time on
// while bytes arrive; one that stands still or died is replaced, and the staged bytes are isolated from it.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { RegistryError } from "../oci/errors.ts";
import type { Database } from "./database.ts";

export interface LeaseOptions {
  readonly db: Database;
  readonly now: () => number;
  readonly leaseMs?: number;
  readonly wait?: (ms: number) => Promise<void>;
}

export interface UploadLease {
  readonly id: string;
  readonly token: string;
  /** The writer before did not let go: it may still be alive, and the bytes must be isolated from it. */
  readonly tookOver: boolean;
  refreshedMs: number;
}

/** A timer may fire before the clock says so. */
const timerSlackMs = 5;

const busy = (): RegistryError =>
  new RegistryError("CONFLICT", { message: "another request is writing to this upload", headers: { "Retry-After": "5" } });

export class UploadLeases {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #leaseMs: number;
  readonly #wait: (ms: number) => Promise<void>;
  /** Tokens of writers that are alive in this process. */
  readonly #mine = new Set<string>();

  constructor({ db, now, leaseMs = 5000, wait = (ms) => pause(ms + timerSlackMs) }: LeaseOptions) {
    this.#db = db;
    this.#now = now;
    this.#leaseMs = leaseMs;
    this.#wait = wait;
  }

  /**
   * Becomes the writer. The lease of another process is waited for once, because a process that was killed cannot let go.
   * @throws CONFLICT when someone else writes, BLOB_UPLOAD_UNKNOWN
   */
  async acquire(id: string): Promise<UploadLease> {
    const first = await this.#try(id);
    if ("token" in first) return first;
    if (this.#mine.has(first.holder)) throw busy();
    await this.#wait(first.waitMs);
    const second = await this.#try(id);
    if ("token" in second) return second;
    throw busy();
  }

  async #try(id: string): Promise<UploadLease | { holder: string; waitMs: number }> {
    const token = randomUUID();
    const now = this.#now();
    const result = await this.#db.transaction(
      async (tx) => {
        let query = tx.selectFrom("upload").select(["writer_token", "writer_until_ms"]).where("id", "=", id);
        if (this.#db.engine === "postgres") query = query.forNoKeyUpdate();
        const row = await query.executeTakeFirst();
        if (row === undefined) throw new RegistryError("BLOB_UPLOAD_UNKNOWN");
        if (row.writer_until_ms > now) return { holder: row.writer_token, waitMs: row.writer_until_ms - now };
        const values = { writer_token: token, writer_until_ms: now + this.#leaseMs, touched_ms: now };
        await tx.updateTable("upload").set(values).where("id", "=", id).execute();
        return { id, token, tookOver: row.writer_token !== "", refreshedMs: now };
      },
      { durable: false },
    );
    if ("token" in result) this.#mine.add(token);
    return result;
  }

  /** Moves the lease on when a third of it is used up, or by `force`. @throws CONFLICT when another writer took over */
  async refresh(lease: UploadLease, { force = false } = {}): Promise<void> {
    const now = this.#now();
    if (!force && now - lease.refreshedMs < this.#leaseMs / 3) return;
    await this.#update(lease, { writer_until_ms: now + this.#leaseMs, touched_ms: now });
    lease.refreshedMs = now;
  }

  /** Keeps the lease while `work` runs, which may take long and gives no sign of life. */
  async during<T>(lease: UploadLease, work: () => Promise<T>): Promise<T> {
    // A lease that was lost meanwhile is noticed by the next statement that needs it.
    const beat = (): unknown => this.refresh(lease, { force: true }).catch(() => undefined);
    const timer = setInterval(beat, this.#leaseMs / 3);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  /** Lets the next writer in. @throws CONFLICT when another writer took over: then what was written since is not part of the upload */
  async release(lease: UploadLease): Promise<void> {
    this.#mine.delete(lease.token);
    await this.#update(lease, { writer_token: "", writer_until_ms: 0, touched_ms: this.#now() });
  }

  /** Ends the upload itself. @throws CONFLICT when another writer took over */
  async remove(lease: UploadLease): Promise<void> {
    this.#mine.delete(lease.token);
    await this.#db.transaction(
      async (tx) => {
        const gone = tx.deleteFrom("upload").where("id", "=", lease.id).where("writer_token", "=", lease.token);
        if ((await gone.executeTakeFirst()).numDeletedRows === 0n) throw busy();
      },
      { durable: false },
    );
  }

  /** For a lease that ended with its row, in somebody else's transaction. */
  forget(lease: UploadLease): void {
    this.#mine.delete(lease.token);
  }

  async #update(
    lease: UploadLease,
    values: { writer_token?: string; writer_until_ms: number; touched_ms: number },
  ): Promise<void> {
    await this.#db.transaction(
      async (tx) => {
        const mine = tx.updateTable("upload").set(values).where("id", "=", lease.id).where("writer_token", "=", lease.token);
        if ((await mine.executeTakeFirst()).numUpdatedRows === 0n) throw busy();
      },
      { durable: false },
    );
  }
}
