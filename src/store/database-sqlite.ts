// SQLite by node:sqlite, as a Kysely dialect of our own. Four connections: one that only reads (autocommit), two for snapshots,
// one that writes. The busy timeout is 0, so nothing ever blocks the event loop: a busy database is tried again from a timer.

import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { CompiledQuery } from "kysely";
import {
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from "kysely";
import { RegistryError } from "../oci/errors.ts";
import { compilePlaceholders, type Database, type DatabaseOptions } from "./database.ts";
import { migrate } from "./migrate.ts";
import { retrying } from "./retry.ts";
import type { Schema } from "./schema.ts";

const maxStatements = 500;

/** One connection; statements are prepared once per text, the oldest is dropped beyond a bound. */
class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  prepare(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      if (this.#statements.size >= maxStatements) this.#statements.delete(this.#statements.keys().next().value!);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = this.prepare(query.sql);
    const parameters = query.parameters as readonly SQLInputValue[];
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  // eslint-disable-next-line require-yield -- Kysely's interface; every list of ours is paged instead
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new RegistryError("UNSUPPORTED", { message: "queries are paged, not streamed" });
  }
}

/** Hands its one connection to one holder at a time, in order. */
class OneConnectionDriver implements Driver {
  readonly #connection: SqliteConnection;
  #last: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }
  async releaseConnection(): Promise<void> {
    this.#release?.();
  }
  async beginTransaction(): Promise<void> {
    this.#connection.database.exec(this.begin);
  }
  async commitTransaction(): Promise<void> {
    this.#connection.database.exec("commit");
  }
  async rollbackTransaction(): Promise<void> {
    // SQLite has already rolled back by itself after some errors (disk full, busy at commit).
    if (this.#connection.database.isTransaction) this.#connection.database.exec("rollback");
  }
  async destroy(): Promise<void> {
    this.#connection.database.close();
  }
  begin = "begin";
}

function toKysely(driver: OneConnectionDriver): Kysely<Schema> {
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  return new Kysely<Schema>({ dialect });
}

/** Reads of single statements need no turn-taking: each runs to its end before anything else can. */
class SharedDriver extends OneConnectionDriver {
  readonly #shared: SqliteConnection;
  constructor(connection: SqliteConnection) {
    super(connection);
    this.#shared = connection;
  }
  override async acquireConnection(): Promise<DatabaseConnection> {
    return this.#shared;
  }
  override async releaseConnection(): Promise<void> {}
}

interface Files {
  readonly main: string;
  /** Attached as `other`, so that a statement finds the tables of both files by their bare names. */
  readonly attached: string;
}

function connect(files: Files, readOnly: boolean, pragmas: readonly string[]): DatabaseSync {
  const database = new DatabaseSync(files.main, { timeout: 0, readOnly });
  for (const pragma of pragmas) database.exec(`pragma ${pragma}`);
  const attached = readOnly ? `${pathToFileURL(files.attached).href}?mode=ro` : files.attached;
  database.prepare("attach database ? as other").run(attached);
  return database;
}

const mebibyte = 1024 * 1024;
const writing = [
  "journal_mode = wal",
  "synchronous = full",
  "foreign_keys = on",
  `journal_size_limit = ${64 * mebibyte}`,
  "temp_store = memory",
];
/** 8 MiB of pages for each file; no mmap, which would count both files as memory of ours, once for each connection. */
const reading = ["query_only = on", "temp_store = memory", "cache_size = -8192"];

/** Of this process, through whatever connection. */
let commits = 0;

export async function openSqlite(options: DatabaseOptions): Promise<Database> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const catalogue = join(options.folder, "catalogue.db");
  const pulls = join(options.folder, "pulls.db");
  for (const file of [catalogue, pulls]) keepPrivate(file);
  await migrateFiles(catalogue, pulls);
  const files: Files =
    options.statisticsOnly === true ? { main: pulls, attached: catalogue } : { main: catalogue, attached: pulls };
  const opened: DatabaseSync[] = [];
  const open = (readOnly: boolean, pragmas: readonly string[]): SqliteConnection => {
    const database = connect(files, readOnly, pragmas);
    opened.push(database);
    return new SqliteConnection(database);
  };
  const reader = open(true, reading);
  const writer = open(false, writing);
  const query = toKysely(new SharedDriver(reader));
  const snapshots = toKysely(new OneConnectionDriver(open(true, reading)));
  const slowSnapshots = toKysely(new OneConnectionDriver(open(true, reading)));
  const writerDriver = new OneConnectionDriver(writer);
  writerDriver.begin = "begin immediate";
  const writes = toKysely(writerDriver);
  const dataVersion = reader.prepare("pragma main.data_version");
  let durableNow = true;

  let known: { readonly version: number; readonly commits: number } | undefined;
  /** Looked up once a turn of the event loop, and again after a commit in this process: it is asked several times for every pull. */
  const version = (): number => {
    if (known?.commits === commits) return known.version;
    if (known === undefined) setImmediate(() => (known = undefined));
    known = { version: Number(dataVersion.get()?.["data_version"]), commits };
    return known.version;
  };

  return {
    engine: "sqlite",
    query,
    prepare(build) {
      const { text, names } = compilePlaceholders(query, build);
      const statement = reader.prepare(text);
      return async (params) => statement.all(...(names.map((name) => params[name]) as SQLInputValue[])) as never;
    },
    version,
    snapshot: (work, { isSlow = false } = {}) => (isSlow ? slowSnapshots : snapshots).transaction().execute(work),
    transaction: (work, { durable = true } = {}) =>
      retrying(() =>
        writes.connection().execute(async (connection) => {
          if (durable !== durableNow) {
            writer.database.exec(`pragma synchronous = ${durable ? "full" : "normal"}`);
            durableNow = durable;
          }
          try {
            return await connection.transaction().execute(work);
          } finally {
            commits += 1;
          }
        }),
      ),
    async close() {
      for (const database of opened) database.close();
    },
  };
}

/**
 * Hashes of passwords are in there: for its owner alone, also where it was made before it held any. SQLite gives the files beside it the
 * same mode. By path, because closing a file of one's own would give up all locks that this process has on it.
 */
function keepPrivate(file: string): void {
  if (!existsSync(file)) return writeFileSync(file, "", { flag: "a", mode: 0o600 });
  // SQLite would say only that it cannot open it.
  accessSync(file, constants.R_OK | constants.W_OK);
  if ((statSync(file).mode & 0o077) === 0) return;
  try {
    chmodSync(file, 0o600);
  } catch {
    // A volume that knows no modes, or a file of another user who lets us write: who runs it so decides who reads it.
  }
}

/** Each file has its own tables and its own migration history. A second process may be doing the same: wait for it. */
async function migrateFiles(catalogue: string, pulls: string): Promise<void> {
  for (const [file, part] of [
    [catalogue, "catalogue"],
    [pulls, "pulls"],
  ] as const) {
    const database = new DatabaseSync(file, { timeout: 0 });
    const driver = new OneConnectionDriver(new SqliteConnection(database));
    driver.begin = "begin immediate";
    const db = toKysely(driver);
    try {
      await retrying(async () => database.exec("pragma journal_mode = wal"));
      await migrate(db, "sqlite", part);
    } finally {
      await db.destroy();
    }
  }
}
