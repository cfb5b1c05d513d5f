// Repositories by the parts of their names, one level at a time.

import { sql, type Expression, type RawBuilder, type SqlBool } from "kysely";
import type { Database } from "./database.ts";
import { addUnfolded, type OpenUnfolded, type Tally, type Unfolded } from "./list-live.ts";
import { nameVisible } from "./list-search.ts";

export interface Folder {
  /** Ends with a slash. */
  readonly path: string;
  readonly repositories: number;
  readonly tags: number;
  /** Of the repositories, each by itself. */
  readonly bytes: number;
  /** Undefined: not counted. */
  readonly pulls: Tally | undefined;
}

export interface FolderList {
  /** By path. */
  readonly items: readonly Folder[];
  readonly more: boolean;
  readonly asOfMs: number | undefined;
  readonly replaying: boolean;
}

export interface FolderRequest {
  /** Ends with a slash; "": the first level. */
  readonly under: string;
  readonly limit: number;
  readonly visible: readonly string[] | undefined;
}

/** Whether a repository name begins with `under`, which ends with a slash: a stretch of the index of names. */
export function nameUnder(name: Expression<string>, under: string): RawBuilder<SqlBool> {
  // The character behind the slash.
  return sql<SqlBool>`${name} >= ${under} and ${name} < ${`${under.slice(0, -1)}0`}`;
}

/** Whether nothing but the last part of the name stands behind `under`. */
export function nameDirectlyUnder(engine: Database["engine"], name: Expression<string>, under: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${slashBehind(engine, name, under)} = 0`;
}

/** Where the first slash behind `under` is, counted from there; 0: there is none. */
function slashBehind(engine: Database["engine"], name: Expression<string>, under: string): RawBuilder<number> {
  const rest = sql`substr(${name}, ${sql.lit(under.length + 1)})`;
  return engine === "sqlite" ? sql<number>`instr(${rest}, '/')` : sql<number>`strpos(${rest}, '/')`;
}

/** The folders directly below `under`, with what is in them at any depth. `openUnfolded` undefined: pulls are not counted. */
export async function listFolders(
  db: Database,
  openUnfolded: OpenUnfolded | undefined,
  { under, limit, visible }: FolderRequest,
): Promise<FolderList> {
  const readUnfolded = await openUnfolded?.();
  return db.snapshot(async (tx) => {
    const unfolded = await readUnfolded?.(tx);
    const name = sql.ref<string>("repository.name");
    const slash = slashBehind(db.engine, name, under);
    const path = sql<string>`substr(repository.name, 1, ${sql.lit(under.length)} + ${slash})`;
    const inside = tx
      .selectFrom("repository")
      .where("deleted_ms", "=", sql.lit(0))
      .where("updated_ms", ">", 0)
      .where(under === "" ? sql<boolean>`1 = 1` : nameUnder(name, under))
      .where(sql<boolean>`${slash} > 0`)
      .where(nameVisible(name, visible));
    const rows = await inside
      .leftJoin("pull_total as total", (join) =>
        join.on("total.kind", "=", sql.lit("repository")).onRef("total.id", "=", "repository.id"),
      )
      .select(path.as("path"))
      .select((eb) => [
        eb.fn.countAll<number>().as("repositories"),
        eb.fn.sum<number>("tag_count").as("tags"),
        eb.fn.sum<number>("bytes").as("bytes"),
        eb.fn.sum<number | null>("total.pulls").as("pulls"),
        eb.fn.sum<number | null>("total.checks").as("checks"),
        eb.fn.max("total.last_pulled_ms").as("last_pulled_ms"),
        eb.fn.max("total.last_checked_ms").as("last_checked_ms"),
      ])
      .groupBy(path)
      .orderBy(path)
      .limit(limit + 1)
      .execute();
    const live =
      unfolded &&
      (await sumUnfolded(unfolded, (ids) =>
        inside
          .select(["repository.id", path.as("path")])
          .where("repository.id", "in", ids)
          .execute(),
      ));
    return {
      items: rows.slice(0, limit).map((row) => ({
        path: row.path,
        repositories: row.repositories,
        tags: row.tags,
        bytes: row.bytes,
        pulls: live && addUnfolded(row, live.get(row.path)),
      })),
      more: rows.length > limit,
      asOfMs: unfolded?.asOfMs,
      replaying: unfolded?.replaying ?? false,
    };
  });
}

const idsPerQuery = 500;

/** By path: what the folded totals of its repositories lack. */
async function sumUnfolded(
  unfolded: Unfolded,
  pathsOf: (ids: number[]) => Promise<{ id: number; path: string }[]>,
): Promise<Map<string, Tally>> {
  const deltas = await unfolded.deltas("repository", await unfolded.dirty("repository"));
  const ids = [...deltas.keys()];
  const sums = new Map<string, Tally>();
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    for (const { id, path } of await pathsOf(ids.slice(at, at + idsPerQuery))) {
      const [sum, delta] = [sums.get(path), deltas.get(id)!];
      sums.set(path, {
        pulls: (sum?.pulls ?? 0) + delta.pulls,
        checks: (sum?.checks ?? 0) + delta.checks,
        lastPulledMs: Math.max(sum?.lastPulledMs ?? 0, delta.lastPulledMs),
        lastCheckedMs: Math.max(sum?.lastCheckedMs ?? 0, delta.lastCheckedMs),
      });
    }
  }
  return sums;
}
