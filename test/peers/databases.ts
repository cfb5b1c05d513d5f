// The databases that every database contract runs on. `open` gives an empty one; closing it removes every trace.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, type Database, type DatabaseOptions } from "../../src/store/database.ts";
import { hasPostgres, usePostgres } from "./postgres.ts";

export interface TestDatabase {
  readonly db: Database;
  /** For opening more connections to the same data. */
  readonly options: DatabaseOptions;
  close(): Promise<void>;
}

async function openSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "hythe-db-"));
  const options = { folder };
  const db = await openDatabase(options);
  return {
    db,
    options,
    async close() {
      await db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openPostgres(): Promise<TestDatabase> {
  const { url, drop } = await usePostgres();
  const folder = mkdtempSync(join(tmpdir(), "hythe-db-"));
  const options = { folder, url };
  const db = await openDatabase(options);
  return {
    db,
    options,
    async close() {
      await db.close();
      await drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** For `describe.each(databases)("… on $name", ({ open, skip }) => …)`; `skip` is true where the engine is not installed. */
export const databases = [
  { name: "SQLite", open: openSqlite, skip: false },
  { name: hasPostgres ? "PostgreSQL" : "PostgreSQL (skipped: not installed here)", open: openPostgres, skip: !hasPostgres },
] as const;
