// Lists with exact counts: what is folded (pull_total) plus what is not yet (given by whoever counts, for the same snapshot).
// Sorting by a count walks the index of the folded totals, leaves out the ids with unfolded sums, and adds those with their sums.

import { sql, type Expression, type RawBuilder, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import { jsonTuples } from "./json-rows.ts";
import { passes, type Content, type KeysetPage, type PageRow } from "./list-page.ts";
import type { FoundIds } from "./list-search.ts";
import type { ContentKind, CountedKind, PullTotalTable, Schema } from "./schema.ts";

/** Numbers of one repository, tag or manifest. Times in milliseconds, 0 = never. */
export interface Tally {
  readonly pulls: number;
  readonly lastPulledMs: number;
  readonly checks: number;
  readonly lastCheckedMs: number;
}
/** Those of a manifest, with the ways it was pulled by. */
export interface ManifestTally extends Tally {
  readonly tagPulls: number;
  readonly childPulls: number;
  readonly lastDirectMs: number;
  readonly lastChildMs: number;
  readonly lastTagMs: number;
  /** Epoch. */
  readonly lastTag: number;
}

/** What one snapshot of the database does not hold yet. Sums are signed, last times absolute. */
export interface Unfolded {
  /** Until when everything is in these answers, and until when everything is in the folded totals. */
  readonly asOfMs: number;
  readonly foldedMs: number;
  /** The journal of an earlier run is still being read: the numbers may still grow. */
  readonly replaying: boolean;
  /** Ids with unfolded sums or an unfolded birth; of every repository when `repositoryId` is undefined. May name too many. */
  dirty(kind: ContentKind, repositoryId?: number): Promise<readonly number[]>;
  /** Ids with an unfolded birth: they may have no row in pull_total. */
  born(kind: ContentKind, repositoryId?: number): Promise<readonly number[]>;
  /** The sums of those `ids` that have any. */
  deltas(kind: CountedKind, ids: Iterable<number>): Promise<ReadonlyMap<number, ManifestTally>>;
}

/**
 * Called before a snapshot is taken, and what it returns within: so the sums of a slice that is folded in between are neither
 * missed nor taken twice.
 */
export type OpenUnfolded = () => Promise<(tx: Transaction<Schema>) => Promise<Unfolded>>;

/** With more unfolded ids than this, lists are ordered by the folded totals. */
export const maxUnfoldedIds = 5_000;

const fields = {
  pulls: { column: "pulls", tally: "pulls" },
  lastPulledAt: { column: "last_pulled_ms", tally: "lastPulledMs" },
  checks: { column: "checks", tally: "checks" },
  lastCheckedAt: { column: "last_checked_ms", tally: "lastCheckedMs" },
} as const satisfies Record<string, { column: keyof PullTotalTable; tally: keyof Tally }>;
export type CountField = keyof typeof fields;

export interface CountOrder {
  readonly kind: ContentKind;
  readonly field: CountField;
  /** Whether the listed rows are ordered by the folded totals alone. */
  readonly folded: boolean;
  /** Id and signed sum (or last time) that pull_total does not have. */
  readonly unfolded: readonly (readonly [id: number, sum: number])[];
}

export async function countOrder(
  unfolded: Unfolded,
  kind: ContentKind,
  field: CountField,
  repositoryId: number | undefined,
): Promise<CountOrder> {
  const dirty = await unfolded.dirty(kind, repositoryId);
  const folded = dirty.length > maxUnfoldedIds;
  if (folded) {
    const born = await unfolded.born(kind, repositoryId);
    return { kind, field, folded, unfolded: born.map((id) => [id, 0]) };
  }
  const deltas = await unfolded.deltas(kind, dirty);
  const { tally } = fields[field];
  return { kind, field, folded, unfolded: dirty.map((id) => [id, deltas.get(id)?.[tally] ?? 0]) };
}

/** `countedId`: the column that statistics count under. */
export interface CountedContent extends Content {
  readonly countedId: "id" | "epoch" | "manifest_id";
}

/** Of what the filters let through every folded sum is below the one and every folded time below the other: the rest is not walked. */
export interface CountBounds {
  readonly sum: number;
  readonly timeMs: number;
}

/**
 * The rows of one page in the order of a count, as `(id, key0, key1, key2)`: content id; value, counted id, content id.
 * `page` must have been made for three numbers.
 */
export function pageByCount(
  engine: Database["engine"],
  order: CountOrder,
  content: CountedContent,
  page: KeysetPage,
  found?: FoundIds,
): RawBuilder<PageRow> {
  const column = sql.ref(`total.${fields[order.field].column}`);
  const contentId = sql.ref("content.id");
  const countedId = sql.ref(`content.${content.countedId}`);
  const scope = content.repositoryId === undefined ? sql`` : sql` and total.repository_id = ${content.repositoryId}`;
  const table = sql.table(content.table);
  const kind = sql.lit(order.kind);
  const foldedKeys = [column, sql.ref("total.id"), contentId];
  const isSum = order.field === "pulls" || order.field === "checks";
  const ahead = isSum ? aheadBySum(column) : aheadByTime(column);
  const aheadKeys = [ahead, sql.ref("unfolded.id"), contentId];
  const keys = [sql.ref("key0"), sql.ref("key1"), sql.ref("key2")];
  const isLive = sql`total.kind = ${kind} and total.live = 1${scope} and total.id not in (select id from unfolded)`;
  if (page.skip > 0 && found === undefined && content.isWhole === true) {
    // Rows that are only left out need not be looked up. Nor need they be merged: so many stand at least so far before the page that
    // all unfolded ones together cannot push them into it.
    const passed = Math.max(0, page.skip - order.unfolded.length);
    return sql<PageRow>`(
      with unfolded as materialized (${unfoldedTable(engine, order.unfolded)})
      select content.id as id, key0, key1, content.id as key2 from (
        select * from (
          select * from (
            select ${column} as key0, total.id as key1 from pull_total as total
            where ${isLive} order by ${page.orderBy(foldedKeys.slice(0, 2))}
            limit ${page.skip + page.fetch - passed} offset ${passed}
          ) as walked
          union all
          select ${ahead} as key0, unfolded.id as key1
          from unfolded cross join ${table} as content
            left join pull_total as total on total.kind = ${kind} and total.id = unfolded.id
          where ${countedId} = unfolded.id and ${passes(content)}
        ) as candidates
        order by ${page.orderBy(keys.slice(0, 2))} limit ${page.fetch} offset ${page.skip - passed}
      ) as chosen cross join ${table} as content
      where ${countedId} = chosen.key1 and ${passes(content)}
    )`;
  }
  // Of the listed table only the counted id is looked up: given the repository as well, SQLite would rather walk all of its rows.
  // CROSS JOIN keeps SQLite from turning the join round and sorting everything; PostgreSQL reads it as an inner join.
  const folded =
    found === undefined
      ? sql`pull_total as total cross join ${table} as content where ${passes(content)}`
      : sql`found cross join ${table} as content cross join pull_total as total where content.id = found.id`;
  const bound = isSum ? content.below?.sum : content.below?.timeMs;
  const isBelow = bound === undefined ? sql`` : sql` and ${column} < ${bound}`;
  const isWanted = found === undefined ? passes(content) : sql`content.id in (select id from found)`;
  const few = found === undefined ? sql`` : sql`found as materialized (${found.table}),`;
  return sql<PageRow>`(
    with ${few} unfolded as materialized (${unfoldedTable(engine, order.unfolded)})
    select id, key0, key1, key2 from (
      select * from (
        select content.id as id, ${column} as key0, total.id as key1, content.id as key2
        from ${folded} and ${countedId} = total.id
          and ${isLive}${isBelow} and ${page.where(foldedKeys)}
        order by ${page.orderBy(foldedKeys)} limit ${page.skip + page.fetch}
      ) as walked
      union all
      select content.id as id, ${ahead} as key0, unfolded.id as key1, content.id as key2
      from unfolded cross join ${table} as content
        left join pull_total as total on total.kind = ${kind} and total.id = unfolded.id
      where ${countedId} = unfolded.id and ${isWanted} and ${page.where(aheadKeys)}
    ) as candidates
    order by ${page.orderBy(keys)} ${page.limit()}
  )`;
}

function unfoldedTable(engine: Database["engine"], pairs: CountOrder["unfolded"]): RawBuilder<unknown> {
  return sql`select cast(value ->> 0 as bigint) as id, cast(value ->> 1 as bigint) as sum from ${jsonTuples(engine, pairs)}`;
}

function aheadBySum(column: Expression<unknown>): RawBuilder<number> {
  const value = sql`coalesce(${column}, 0) + unfolded.sum`;
  return sql<number>`case when ${value} < 0 then 0 else ${value} end`;
}
function aheadByTime(column: Expression<unknown>): RawBuilder<number> {
  return sql<number>`case when coalesce(${column}, 0) > unfolded.sum then ${column} else unfolded.sum end`;
}

type CountColumns = Pick<PullTotalTable, "pulls" | "last_pulled_ms" | "checks" | "last_checked_ms">;
/** Folded numbers as a left join gives them. */
export type FoldedCounts = { readonly [Key in keyof CountColumns]: CountColumns[Key] | null };

export function addUnfolded(folded: FoldedCounts, unfolded: Tally | undefined): Tally {
  return {
    pulls: Math.max(0, (folded.pulls ?? 0) + (unfolded?.pulls ?? 0)),
    lastPulledMs: Math.max(folded.last_pulled_ms ?? 0, unfolded?.lastPulledMs ?? 0),
    checks: Math.max(0, (folded.checks ?? 0) + (unfolded?.checks ?? 0)),
    lastCheckedMs: Math.max(folded.last_checked_ms ?? 0, unfolded?.lastCheckedMs ?? 0),
  };
}

/** The numbers of the rows of a page; undefined for all when pulls are not counted. */
export async function pageTallies(
  unfolded: Unfolded | undefined,
  kind: CountedKind,
  ids: Iterable<number>,
): Promise<(id: number, folded: FoldedCounts) => Tally | undefined> {
  if (unfolded === undefined) return () => undefined;
  const deltas = await unfolded.deltas(kind, new Set(ids));
  return (id, folded) => addUnfolded(folded, deltas.get(id));
}
