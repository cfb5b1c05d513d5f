// The repository row: it is locked first in every change, so that on PostgreSQL, too, the writers of one repository come one after the
// other and meet all further locks in the same order. What would surprise: a row whose updated_ms is 0 only carries uploads; nothing
// was pushed yet, and every door says that there is no such repository.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { CatalogueParts, ContentEvent } from "./catalogue.ts";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";

/** 0 as part of the statement: a parameter would keep SQLite from using the indexes of active rows. */
export const none = sql.lit(0);

interface RepositoryRow {
  readonly id: number;
  readonly updated_ms: number;
}

export async function lockRepository(
  tx: Transaction<Schema>,
  engine: Database["engine"],
  name: RepositoryName,
): Promise<RepositoryRow | undefined> {
  const row = tx.selectFrom("repository").select(["id", "updated_ms"]).where("name", "=", name).where("deleted_ms", "=", none);
  return (engine === "postgres" ? row.forNoKeyUpdate() : row).executeTakeFirst();
}

/** The locked row, made when there is none: invisible until something is pushed. */
export async function ensureRepository(
  tx: Transaction<Schema>,
  engine: Database["engine"],
  name: RepositoryName,
  now: number,
): Promise<RepositoryRow> {
  const found = await lockRepository(tx, engine, name);
  if (found !== undefined) return found;
  const values = { name, created_ms: now, updated_ms: 0 };
  await tx
    .insertInto("repository")
    .values(values)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await lockRepository(tx, engine, name);
  // Made by someone else and swept again within this instant.
  if (made === undefined) throw new RegistryError("UNAVAILABLE");
  return made;
}

/** What one transaction does to one repository: counters are written once, events are told after the commit. */
export interface RepositoryChange {
  readonly id: number;
  readonly name: RepositoryName;
  /** Milliseconds; the same for everything that the transaction writes. */
  readonly now: number;
  readonly events: ContentEvent[];
  /** Differences. */
  tags: number;
  manifests: number;
  bytes: number;
  /** Whether anything was pushed or deleted: makes the repository visible. */
  touched: boolean;
}

/**
 * Runs `work` in a transaction that holds the repository's lock. `work` may run several times.
 * @throws NAME_UNKNOWN for an absent repository unless it may be created
 */
export async function changeRepository<T>(
  { db, now, changed }: CatalogueParts,
  name: RepositoryName,
  { create }: { readonly create: boolean },
  work: (tx: Transaction<Schema>, change: RepositoryChange) => Promise<T>,
): Promise<T> {
  let events: ContentEvent[] = [];
  const result = await db.transaction(async (tx) => {
    const row = create ? await ensureRepository(tx, db.engine, name, now()) : await lockRepository(tx, db.engine, name);
    if (row === undefined || (!create && row.updated_ms === 0)) throw new RegistryError("NAME_UNKNOWN");
    events = [];
    // Read under the lock: the times of one repository follow the order of its changes.
    const change = { id: row.id, name, now: now(), events, tags: 0, manifests: 0, bytes: 0, touched: false };
    const done = await work(tx, change);
    if (change.touched) await saveChange(tx, row, change);
    return done;
  });
  if (events.length > 0) changed(events);
  return result;
}

async function saveChange(tx: Transaction<Schema>, row: RepositoryRow, change: RepositoryChange): Promise<void> {
  const { id, now } = change;
  const first = row.updated_ms === 0;
  await tx
    .updateTable("repository")
    .set((eb) => ({
      tag_count: eb("tag_count", "+", change.tags),
      manifest_count: eb("manifest_count", "+", change.manifests),
      bytes: eb("bytes", "+", change.bytes),
      updated_ms: now,
      ...(first && { created_ms: now }),
    }))
    .where("id", "=", id)
    .execute();
  if (first) change.events.unshift({ type: "birth", repositoryId: id, tagEpoch: 0, manifestId: 0 });
}
