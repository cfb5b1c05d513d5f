// Migrations: numbered, forward only, run at start, each in one transaction with the row that says it ran, so a kill between two
// of them resumes. Several processes may start at once: the first one does the work, the others wait for its lock.

import { sql, type Kysely, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Engine } from "./migration-table.ts";
import { catalogueMigrations } from "./migrations-catalogue.ts";
import { pullsMigrations } from "./migrations-pulls.ts";
import { retrying } from "./retry.ts";
import type { Schema } from "./schema.ts";

/** What belongs into one file on SQLite; on PostgreSQL both parts share a database. */
export type SchemaPart = "catalogue" | "pulls";
export type Migration = (tx: Transaction<Schema>, engine: Engine) => Promise<void>;

const migrationsOf: Record<SchemaPart, readonly Migration[]> = { catalogue: catalogueMigrations, pulls: pullsMigrations };
/** Any constant: names our lock among the advisory locks of the database. */
const lockKey = 0x68797468;

/** Brings one part of the schema up to date. @throws UNAVAILABLE when the data were written by a newer Hythe */
export async function migrate(db: Kysely<Schema>, engine: Engine, part: SchemaPart): Promise<void> {
  const migrations = migrationsOf[part];
  const table = sql.table(`${part}_migration`);
  const step = (): Promise<boolean> =>
    db.transaction().execute(async (tx) => {
      if (engine === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(lockKey)})`.execute(tx);
      await sql`create table if not exists ${table} (number integer primary key)`.execute(tx);
      const { rows } = await sql<{ last: number | null }>`select max(number) as last from ${table}`.execute(tx);
      const last = rows[0]?.last ?? 0;
      if (last > migrations.length) {
        throw new RegistryError("UNAVAILABLE", {
          message: `the data were written by a newer version of Hythe (${part} schema ${last}, this version knows ${migrations.length}): run that version or a later one`,
        });
      }
      const migration = migrations[last];
      if (migration === undefined) return false;
      await migration(tx, engine);
      await sql`insert into ${table} (number) values (${sql.lit(last + 1)})`.execute(tx);
      return true;
    });
  while (await retrying(step)) {
    // one migration a turn
  }
}
