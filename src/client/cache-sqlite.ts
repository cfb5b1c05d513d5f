// A cache in a SQLite file, for several processes at once. A file that turns out damaged is made anew; a file that is not a cache of
// ours is refused and left alone. Opening and making anew happen under the lock of a second file, so that no process ever has the
// old database with the log of the new one.

import { closeSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { RegistryError } from "../oci/errors.ts";
import { largestPart, type CacheOptions, type ClientCache } from "./cache.ts";
import { createEntries, type Entries } from "./cache-sqlite-entries.ts";

export interface SqliteCacheOptions extends CacheOptions {
  /** Made when it does not exist, readable by its owner alone; so are `-wal`, `-shm` and `-lock` beside it. */
  readonly path: string;
  /** Told when the cache begins to miss for a reason of its own: a full disk, damage. Once a reason. */
  readonly onTrouble?: (sentence: string) => void;
}

const defaultBytes = 256 * 1024 * 1024;
/** In the head of the file: "Hyth". Says that the file is ours to make anew. */
const applicationId = 0x48797468;
const version = 1;
const lockMs = 10_000;
const busyMs = 1_000;

/** Primary result codes of SQLite. */
const codes = { busy: 5, locked: 6, corrupt: 11, notDatabase: 26 };
const primaryCode = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;
const isBusy = (error: unknown): boolean => [codes.busy, codes.locked].includes(primaryCode(error));
const isDamage = (error: unknown): boolean => [codes.corrupt, codes.notDatabase].includes(primaryCode(error));

/** The caller closes it. @throws UNAVAILABLE when the file is not a cache of ours or cannot be opened */
export async function openSqliteCache(options: SqliteCacheOptions): Promise<ClientCache> {
  const { maxBytes = defaultBytes, now = Date.now } = options;
  const entries = await Opened.open(options.path, { maxBytes, now });
  const told = new Set<string>();
  const attempt = <Value>(work: (entries: Entries) => Value, otherwise: Value): Promise<Value> =>
    attemptWork(entries, work).catch((error: unknown) => {
      const { message } = error as Error;
      if (!told.has(message)) options.onTrouble?.(`the cache ${options.path} is passed over: ${message}`);
      told.add(message);
      return otherwise;
    });
  return {
    get: (key) => attempt((open) => open.get(key), undefined),
    async set(key, bytes, { ttlMs } = {}) {
      if (key.length + bytes.length > maxBytes * largestPart) await attempt((open) => open.remove(key), undefined);
      else await attempt((open) => open.set(key, bytes, ttlMs), undefined);
    },
    invalidate: (prefix) => attempt((open) => open.invalidate(prefix), undefined),
    close: async () => entries.close(),
  };
}

/** Busy: tried again from a timer, so that nobody else waits. Damaged: once more with a new file. */
async function attemptWork<Value>(opened: Opened, work: (entries: Entries) => Value): Promise<Value> {
  const until = performance.now() + busyMs;
  for (let tries = 0; ; tries++) {
    const { entries } = opened;
    try {
      return work(entries);
    } catch (error) {
      if (isDamage(error) && tries < 3) await opened.renew(entries);
      else if (!isBusy(error) || performance.now() > until) throw error;
      else await pause(Math.min(50, 2 ** tries) * (0.5 + Math.random() / 2));
    }
  }
}

interface EntryOptions {
  readonly maxBytes: number;
  readonly now: () => number;
}

/** The open file, which may be another one after damage. */
class Opened {
  entries!: Entries;
  readonly #path: string;
  readonly #options: EntryOptions;
  readonly #Database: typeof DatabaseSync;
  #database!: DatabaseSync;
  #inode = 0;
  #renewing: Promise<void> | undefined;

  private constructor(path: string, options: EntryOptions, Database: typeof DatabaseSync) {
    this.#path = path;
    this.#options = options;
    this.#Database = Database;
  }

  static async open(path: string, options: EntryOptions): Promise<Opened> {
    const opened = new Opened(path, options, (await import("node:sqlite")).DatabaseSync);
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      await opened.#locked(() => opened.#openOrRemake());
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      const { message } = error as Error;
      throw new RegistryError("UNAVAILABLE", { message: `the cache ${path} cannot be opened: ${message}`, cause: error });
    }
    return opened;
  }

  /** After damage, unless somebody has renewed it since `damaged` was read. */
  async renew(damaged: Entries): Promise<void> {
    if (this.entries !== damaged) return;
    this.#renewing ??= this.#locked(() => {
      this.#database.close();
      // Another process may have been first: then its file is the good one.
      if (inodeOf(this.#path) === this.#inode) this.#remove();
      this.#openOrRemake();
    }).finally(() => (this.#renewing = undefined));
    await this.#renewing;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #openOrRemake(): void {
    try {
      this.#openFile();
    } catch (error) {
      if (!isDamage(error) || primaryCode(error) === codes.notDatabase) throw error;
      this.#remove();
      this.#openFile();
    }
  }

  #openFile(): void {
    // SQLite gives -wal and -shm the mode of the file.
    closeSync(openSync(this.#path, "a", 0o600));
    const isNew = statSync(this.#path).size === 0;
    const database = new this.#Database(this.#path, { timeout: 0 });
    try {
      if (!isNew) assertOurs(database, this.#path);
      database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma journal_size_limit = 16777216");
      if (!isNew && readPragma(database, "user_version") !== version)
        database.exec("drop table if exists entry; drop table if exists room");
      this.entries = createEntries(database, this.#options);
      database.exec(`pragma application_id = ${applicationId}; pragma user_version = ${version}`);
    } catch (error) {
      database.close();
      if (primaryCode(error) === codes.notDatabase) throw notOurs(this.#path, error);
      throw error;
    }
    this.#database = database;
    this.#inode = inodeOf(this.#path);
  }

  #remove(): void {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${this.#path}${end}`, { force: true });
  }

  /** One process at a time; the kernel frees the lock of one that dies. */
  async #locked(work: () => void): Promise<void> {
    const path = `${this.#path}-lock`;
    closeSync(openSync(path, "a", 0o600));
    const lock = new this.#Database(path, { timeout: 0 });
    try {
      const until = performance.now() + lockMs;
      while (!takes(lock)) {
        if (performance.now() > until) throw new Error("another process has been opening it for too long");
        await pause(5 + 10 * Math.random());
      }
      work();
    } finally {
      lock.close();
    }
  }
}

function takes(lock: DatabaseSync): boolean {
  try {
    lock.exec("begin exclusive");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** @throws UNAVAILABLE */
function assertOurs(database: DatabaseSync, path: string): void {
  if (readPragma(database, "application_id") !== applicationId) throw notOurs(path);
}

function notOurs(path: string, cause?: unknown): RegistryError {
  const message = `${path} is not a cache of this program: name another file, or remove it if nobody needs it`;
  return new RegistryError("UNAVAILABLE", { message, cause });
}

function readPragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`pragma ${name}`).get()?.[name];
}

function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}
