// Facts in SQL behind one typed layer, on SQLite or PostgreSQL. SQLite lives in the data folder: catalogue.db, and pulls.db for
// statistics, attached by everyone and written only by the fold. What would surprise: node:sqlite is synchronous, so keep every
// statement indexed and short; outside of `transaction` and `snapshot` a query can only read.

import type { Compilable, Kysely, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

export interface Database {
  readonly engine: "sqlite" | "postgres";
  /** Single reading statements, each its own snapshot. */
  readonly query: Kysely<Schema>;
  /**
   * A hot statement, compiled and prepared once. `build` gets a typed placeholder maker; the result runs with the values by name.
   * On SQLite it runs before it returns, so it costs no turn of the event loop.
   */
  prepare<Params extends Record<string, unknown>, Row>(
    build: (db: Kysely<Schema>, param: <Key extends keyof Params>(name: Key) => Params[Key]) => Compilable<Row>,
  ): (params: Params) => Promise<Row[]>;
  /**
   * SQLite: a number that differs after anyone committed to the catalogue: at once for this process, from the next turn of the event
   * loop on for another one. Cheap enough to ask per request.
   */
  readonly version: (() => number) | undefined;
  /** Several reading statements over one snapshot. SQLite takes turns; those that are slow have a line of their own. */
  snapshot<T>(work: (tx: Transaction<Schema>) => Promise<T>, options?: { readonly isSlow?: boolean }): Promise<T>;
  /**
   * One writing transaction, retried on unique violation, deadlock, serialization failure and a busy database, so `work` must be
   * repeatable and must await nothing but its own queries. `durable: false` may be lost by a power cut (leases, heartbeats).
   * @throws UNAVAILABLE when the database stays busy, STORAGE_FULL
   */
  transaction<T>(work: (tx: Transaction<Schema>) => Promise<T>, options?: { readonly durable?: boolean }): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** postgres://… ; absent: SQLite in `folder`. */
  readonly url?: string;
  /** The data folder; for PostgreSQL unused. */
  readonly folder: string;
  /** The fold's own connection: pulls.db is the main file and the only one it can write. */
  readonly statisticsOnly?: boolean;
}

/** Opens the database and brings its schema up to date. The caller closes it. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  // Loaded when needed: a registry on SQLite never reads pg, and the other way round.
  if (options.url === undefined) return (await import("./database-sqlite.ts")).openSqlite(options);
  return (await import("./database-postgres.ts")).openPostgres(options.url);
}

/** A value that stands for a parameter while a hot statement is compiled. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** The text of a hot statement and the parameter names in the order of its placeholders. */
export function compilePlaceholders<Params extends Record<string, unknown>, Row>(
  db: Kysely<Schema>,
  build: (db: Kysely<Schema>, param: <Key extends keyof Params>(name: Key) => Params[Key]) => Compilable<Row>,
): { text: string; names: string[] } {
  const compiled = build(db, (name) => new Placeholder(String(name)) as never).compile();
  const names = compiled.parameters.map((value) => {
    if (value instanceof Placeholder) return value.name;
    throw new TypeError(`a hot statement takes every value as a parameter (write constants with sql.lit): ${String(value)}`);
  });
  return { text: compiled.sql, names };
}
