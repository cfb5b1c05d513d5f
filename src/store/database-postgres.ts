// PostgreSQL by pg and Kysely's own dialect. 64-bit numbers come back as safe integers or the query fails.

import { Kysely, PostgresDialect, PostgresDriver, sql, type DatabaseConnection } from "kysely";
import { Pool, types } from "pg";
import { compilePlaceholders, type Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { isPassing, retrying, toStoreError } from "./retry.ts";
import type { Schema } from "./schema.ts";

const int8 = 20;
const numeric = 1700;
const connections = 10;
const sqlNotDurable = sql`set local synchronous_commit = off`;

function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`the database holds a number beyond 2^53: ${text}`);
  return value;
}

/** int8 and the numeric that sum() makes of it, as numbers; everything else as pg does. */
const typeParsers = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === int8 || oid === numeric ? toSafeInteger : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/** Errors that trying again may help stay as they are: `retrying` must see them. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isPassing(error) ? error : toStoreError(error);
  }
}

/** Kysely's own driver, but a server that is lost or full is told in the words of the house, by single reads too. */
class TranslatingDriver extends PostgresDriver {
  readonly #known = new WeakSet<DatabaseConnection>();

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await translated(() => super.acquireConnection());
    if (!this.#known.has(connection)) {
      this.#known.add(connection);
      const execute = connection.executeQuery.bind(connection);
      connection.executeQuery = (query) => translated(() => execute(query));
    }
    return connection;
  }
}

class TranslatingDialect extends PostgresDialect {
  readonly #pool: Pool;
  constructor(pool: Pool) {
    super({ pool });
    this.#pool = pool;
  }
  override createDriver(): PostgresDriver {
    return new TranslatingDriver({ pool: this.#pool });
  }
}

export async function openPostgres(url: string): Promise<Database> {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    types: typeParsers,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
    application_name: "hythe",
  });
  // A connection that breaks while idle is replaced by the pool; the next query says so if the server is really gone.
  pool.on("error", () => undefined);
  // One that breaks in use fails the query under way; without a listener it would also end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const query = new Kysely<Schema>({ dialect: new TranslatingDialect(pool) });
  try {
    await migrate(query, "postgres", "catalogue");
    await migrate(query, "postgres", "pulls");
  } catch (error) {
    await query.destroy();
    throw toStoreError(error);
  }
  let prepared = 0;

  return {
    engine: "postgres",
    query,
    prepare(build) {
      const { text, names } = compilePlaceholders(query, build);
      const name = `hot${++prepared}`;
      return async (params) => {
        try {
          return (await pool.query({ name, text, values: names.map((key) => params[key]) })).rows as never;
        } catch (error) {
          throw toStoreError(error);
        }
      };
    },
    version: undefined,
    snapshot: (work) => query.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work),
    transaction: (work, { durable = true } = {}) =>
      retrying(() =>
        query.transaction().execute(async (tx) => {
          if (!durable) await sqlNotDurable.execute(tx);
          return work(tx);
        }),
      ),
    close: () => query.destroy(),
  };
}
