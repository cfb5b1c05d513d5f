// The table of a SQLite cache and its statements. The bytes in use are one row that triggers keep up, so that every process sees
// the same sum without counting.

import type { DatabaseSync } from "node:sqlite";

export interface Entries {
  get(key: string): Uint8Array | undefined;
  set(key: string, bytes: Uint8Array, ttlMs: number | undefined): void;
  remove(key: string): void;
  invalidate(prefix: string): void;
}

/** A row's use is written at most so often: reading must not become writing. */
const usedEveryMs = 60_000;
/** Entries that go at a time, until there is room. */
const evictedAtOnce = 32;
/** What the indexes and the row itself take beside key and bytes. */
const rowBytes = 100;

const tables = `
create table if not exists entry (
  key text not null primary key,
  bytes blob not null,
  size integer not null,
  expires_ms integer not null,
  used_ms integer not null
) strict;
create index if not exists entry_used on entry (used_ms);
create index if not exists entry_expires on entry (expires_ms) where expires_ms < 9007199254740991;
create table if not exists room (one integer primary key check (one = 1), used integer not null) strict;
insert into room values (1, 0) on conflict do nothing;
create trigger if not exists entry_added after insert on entry begin update room set used = used + new.size; end;
create trigger if not exists entry_removed after delete on entry begin update room set used = used - old.size; end;
create trigger if not exists entry_changed after update of size on entry begin update room set used = used + new.size - old.size; end;
`;

/** Makes the tables when they are not there. Every call may throw what SQLite throws. */
export function createEntries(
  database: DatabaseSync,
  options: { readonly maxBytes: number; readonly now: () => number },
): Entries {
  const { maxBytes, now } = options;
  transact(database, () => database.exec(tables));
  const find = database.prepare("select bytes, used_ms from entry where key = ? and expires_ms > ?");
  const touch = database.prepare("update entry set used_ms = ? where key = ?");
  const put = database.prepare(
    `insert into entry (key, bytes, size, expires_ms, used_ms) values (?, ?, ?, ?, ?) on conflict (key) do update
     set bytes = excluded.bytes, size = excluded.size, expires_ms = excluded.expires_ms, used_ms = excluded.used_ms`,
  );
  const removeOne = database.prepare("delete from entry where key = ?");
  // Beyond every prefix lies the greatest code point; with a bound on both sides this is a walk along the primary key.
  const removePrefix = database.prepare("delete from entry where key >= ?1 and key < ?1 || char(1114111)");
  const removeExpired = database.prepare("delete from entry where expires_ms < 9007199254740991 and expires_ms <= ?");
  const removeOldest = database.prepare("delete from entry where key in (select key from entry order by used_ms limit ?)");
  const used = database.prepare("select used from room");
  const isFull = (): boolean => Number(used.get()?.["used"]) > maxBytes;

  return {
    get(key) {
      const row = find.get(key, now()) as { bytes: Uint8Array; used_ms: number } | undefined;
      if (row !== undefined && now() - row.used_ms >= usedEveryMs) {
        try {
          touch.run(now(), key);
        } catch {
          // Somebody is writing: the next reader tells of the use.
        }
      }
      return row?.bytes;
    },
    set(key, bytes, ttlMs) {
      const expiresMs = ttlMs === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(now() + ttlMs);
      transact(database, () => {
        put.run(key, bytes, key.length + bytes.length + rowBytes, expiresMs, now());
        if (isFull()) removeExpired.run(now());
        while (isFull()) removeOldest.run(evictedAtOnce);
      });
    },
    remove: (key) => void removeOne.run(key),
    invalidate: (prefix) => void removePrefix.run(prefix),
  };
}

function transact(database: DatabaseSync, work: () => void): void {
  database.exec("begin immediate");
  try {
    work();
    database.exec("commit");
  } catch (error) {
    // SQLite has rolled back by itself after some errors.
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}
