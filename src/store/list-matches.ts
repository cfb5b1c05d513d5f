// What filters let through that have to look at every tag: some seconds of work for a huge repository. On SQLite, which answers on the
// thread that serves, it is done in slices with a turn of the event loop between them. What would surprise: what took long is remembered
// until the catalogue changes, and as far as it depends on pulls for some seconds; so the total of a long list may be that old.

import { setImmediate } from "node:timers/promises";
import { sql, type RawBuilder, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import { inRepository, type Content } from "./list-page.ts";
import { findFew, fewIds, maxFound, type Found } from "./list-search.ts";
import type { Schema } from "./schema.ts";

/** What a slice should take. A tag may be an index of thousands, so the number of rows follows what the slice before took. */
const sliceMs = 5;
const firstRows = 100;
const mostRows = 1_000;
/** Less is looked at again each time. */
const longRows = 5_000;
const keepMs = 5_000;
const maxKept = 100;

interface Matches {
  /** Undefined: many, and nobody wanted to know how many. */
  readonly count: number | undefined;
  /** Undefined: more than can be sorted for every page. */
  readonly ids: readonly number[] | undefined;
  readonly version: number;
  readonly atMs: number;
}
const keptBy = new WeakMap<Database, Map<string, Matches>>();

export interface MatchRequest {
  /** All that the answer depends on but the content of the database. */
  readonly key: readonly unknown[];
  /** Now, when it depends on the time and on pulls. */
  readonly nowMs: number | undefined;
  readonly isCounted: boolean;
}

/** `tx`: a snapshot that others do not wait for. */
export async function findMatches(
  db: Database,
  tx: Transaction<Schema>,
  content: Content,
  { key, nowMs = 0, isCounted }: MatchRequest,
): Promise<Found> {
  if (db.version === undefined) {
    const few = await findFew(tx, db.engine, content);
    return { few, count: few?.count };
  }
  const kept = keptBy.get(db) ?? new Map<string, Matches>();
  keptBy.set(db, kept);
  const text = JSON.stringify(key);
  const known = kept.get(text);
  const version = db.version();
  const isFresh = known !== undefined && known.version === version && nowMs >= known.atMs && nowMs < known.atMs + keepMs;
  if (isFresh && (known.count !== undefined || !isCounted)) return toFound(db.engine, known);
  kept.delete(text);
  const { ids, looked, isAll } = await look(tx, content, isCounted);
  const isMany = ids.length > maxFound;
  const matches = { count: isAll ? ids.length : undefined, ids: isMany ? undefined : ids, version, atMs: nowMs };
  if (looked >= longRows) kept.set(text, matches);
  if (kept.size > maxKept) kept.delete(kept.keys().next().value!);
  return toFound(db.engine, matches);
}

function toFound(engine: Database["engine"], { count, ids }: Matches): Found {
  return { few: ids === undefined ? undefined : fewIds(engine, ids), count };
}

interface Looked {
  readonly ids: readonly number[];
  readonly looked: number;
  /** Or as many as were wanted. */
  readonly isAll: boolean;
}

/** In the order of ids, in which most of what is looked up lies side by side. */
async function look(tx: Transaction<Schema>, content: Content, isCounted: boolean): Promise<Looked> {
  const table = sql.table(content.table);
  const there: RawBuilder<unknown> = inRepository({
    repositoryId: content.repositoryId,
    where: sql<boolean>`content.end_ms = 0`,
  });
  const ids: number[] = [];
  let rowsPerSlice = firstRows;
  for (let [after, looked] = [0, 0]; ;) {
    const beganMs = performance.now();
    const { rows: ends } = await sql<{ id: number }>`
      select content.id as id from ${table} as content where ${there} and content.id > ${after}
      order by content.id limit 1 offset ${rowsPerSlice - 1}
    `.execute(tx);
    const end = ends[0]?.id ?? Number.MAX_SAFE_INTEGER;
    const { rows } = await sql<{ id: number }>`
      select content.id as id from ${table} as content
      where ${inRepository(content)} and content.id > ${after} and content.id <= ${end}
    `.execute(tx);
    for (const { id } of rows) ids.push(id);
    if (ends.length === 0) return { ids, looked, isAll: true };
    if (!isCounted && ids.length > maxFound) return { ids, looked, isAll: false };
    after = end;
    looked += rowsPerSlice;
    const tookMs = performance.now() - beganMs;
    if (tookMs > sliceMs) rowsPerSlice = Math.max(1, rowsPerSlice >> 1);
    else if (tookMs < sliceMs / 2) rowsPerSlice = Math.min(mostRows, rowsPerSlice * 2);
    await setImmediate();
  }
}
