// When members and their tokens were last here: collected in memory and written once a minute, because it is not worth a write per
// request. A kill loses the last minute of it.

import type { Database } from "../store/database.ts";

const everyMs = 60_000;

export class UsedTimes {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #log: (sentence: string, error: unknown) => void;
  #principals = new Map<number, number>();
  #tokens = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Database, now: () => number, log: (sentence: string, error: unknown) => void) {
    this.#db = db;
    this.#now = now;
    this.#log = log;
  }

  note(principalId: number, tokenId: number | undefined): void {
    const nowMs = this.#now();
    this.#principals.set(principalId, nowMs);
    if (tokenId !== undefined) this.#tokens.set(tokenId, nowMs);
    this.#timer ??= setTimeout(() => void this.#write(), everyMs).unref();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const noted = [
      ["principal", this.#principals],
      ["token", this.#tokens],
    ] as const;
    this.#principals = new Map();
    this.#tokens = new Map();
    try {
      await this.#db.transaction(
        async (tx) => {
          for (const [table, times] of noted) {
            // In one order, so that two processes cannot wait for each other.
            for (const [id, atMs] of [...times].toSorted(([a], [b]) => a - b)) {
              const later = tx.updateTable(table).set({ last_used_ms: atMs });
              await later.where("id", "=", id).where("last_used_ms", "<", atMs).execute();
            }
          }
        },
        { durable: false },
      );
    } catch (error) {
      this.#log("when users and tokens were last here could not be written", error);
    }
  }

  async close(): Promise<void> {
    if (this.#timer !== undefined) await this.#write();
  }
}
