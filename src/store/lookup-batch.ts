// Look-ups that arrive in one turn of the event loop go to the database as one statement: a round trip each would cap a registry on
// PostgreSQL at a tenth of what it can serve.

interface Waiting<Key, Row> {
  readonly key: Key;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Statements at a time: while these run, the next batch grows. More would take the connections of those who write. */
const maxRunning = 2;
const maxKeys = 1000;

/** `ask` answers many keys at once, a row or undefined for each, in their order. */
export class LookupBatch<Key, Row> {
  readonly #ask: (keys: readonly Key[]) => Promise<readonly (Row | undefined)[]>;
  #waiting: Waiting<Key, Row>[] = [];
  #running = 0;
  #scheduled = false;

  constructor(ask: (keys: readonly Key[]) => Promise<readonly (Row | undefined)[]>) {
    this.#ask = ask;
  }

  find(key: Key): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#running === maxRunning) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#run(this.#waiting.splice(0, maxKeys));
      this.#schedule();
    });
  }

  /** Never rejects: everything that goes wrong goes to those who asked. */
  async #run(batch: readonly Waiting<Key, Row>[]): Promise<void> {
    this.#running++;
    try {
      const rows = await this.#ask(batch.map(({ key }) => key));
      for (const [i, { resolve }] of batch.entries()) resolve(rows[i]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#running--;
      this.#schedule();
    }
  }
}
