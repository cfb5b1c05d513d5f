// What a list can be sorted by, and the page of rows that a request asks for: by stored columns, or by a count.

import { sql, type RawBuilder, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Database } from "./database.ts";
import { countOrder, pageByCount, type CountField, type CountedContent, type Unfolded } from "./list-live.ts";
import { KeysetPage, pageByColumns, type Content, type KeyType, type List, type ListRequest, type PageRow } from "./list-page.ts";
import { findFew, type Found } from "./list-search.ts";
import type { ContentKind, Schema } from "./schema.ts";

interface StoredSort {
  /** Of the listed table; unique together; an index starts with the scope and these. */
  readonly columns: readonly [string, ...string[]];
  readonly type: KeyType;
}
interface CountSort {
  readonly kind: ContentKind;
  readonly field: CountField;
  readonly countedId: CountedContent["countedId"];
}
export type Sort = StoredSort | CountSort;

export const byUniqueText = (column: string): Sort => ({ columns: [column], type: "text" });
export const byText = (column: string): Sort => ({ columns: [column, "id"], type: "text" });
export const byNumber = (column: string): Sort => ({ columns: [column, "id"], type: "number" });

/** The four count fields of what statistics know as `kind`. */
export function byCounts(kind: ContentKind, countedId: CountedContent["countedId"]): Record<CountField, Sort> {
  const by = (field: CountField): Sort => ({ kind, field, countedId });
  return { pulls: by("pulls"), lastPulledAt: by("lastPulledAt"), checks: by("checks"), lastCheckedAt: by("lastCheckedAt") };
}

/** A list with counts, which hold as of a moment. */
export interface CountedList<Item> extends List<Item> {
  /** Undefined when pulls are not counted. */
  readonly asOfMs: number | undefined;
  readonly replaying: boolean;
  /** The order is that of this earlier moment (too much is unfolded); the numbers themselves are not. */
  readonly orderedAsOfMs: number | undefined;
}

export interface PlannedPage {
  readonly page: KeysetPage;
  /** A table expression of the page's rows, in no order. Join by CROSS JOIN: SQLite would else begin with the other table. */
  readonly rows: RawBuilder<PageRow>;
  readonly moment: Pick<CountedList<never>, "asOfMs" | "replaying" | "orderedAsOfMs">;
  /** How many rows the filters let through, where that is known by now. */
  readonly count: number | undefined;
}

export interface Listed {
  readonly engine: Database["engine"];
  readonly content: Content;
  /** Undefined: pulls are not counted. */
  readonly unfolded: Unfolded | undefined;
  /** true: the filters of `content` may let through few of many, so those are found first, whatever the order. */
  readonly isRare?: boolean | undefined;
  /** Where more than a search in names may let through little. */
  readonly find?: (() => Promise<Found>) | undefined;
}

/** @throws PAGE_INVALID for a cursor of another list, REQUEST_INVALID for a sort by counts when pulls are not counted */
export async function planPage(
  tx: Transaction<Schema>,
  request: ListRequest<string>,
  sort: Sort,
  listed: Listed,
): Promise<PlannedPage> {
  const { engine, content, unfolded, isRare = false } = listed;
  const isSearched = request.search !== undefined && request.search !== "";
  const moment = { asOfMs: unfolded?.asOfMs, replaying: unfolded?.replaying ?? false, orderedAsOfMs: undefined };
  const find = async (isSlow: boolean): Promise<Found> => {
    if (listed.find !== undefined) return listed.find();
    const few = isSlow ? await findFew(tx, engine, content) : undefined;
    return { few, count: few?.count };
  };
  if ("columns" in sort) {
    const page = new KeysetPage(
      request,
      sort.columns.map((_, at) => (at === 0 ? sort.type : "number")),
    );
    // What is ordered by the name itself walks the index of names anyway.
    const { few, count } = await find(isRare || (isSearched && sort.columns.length > 1));
    return { page, rows: pageByColumns(content, sort.columns, page, few), moment, count };
  }
  if (unfolded === undefined) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `cannot sort by ${request.sort}: this registry does not count pulls (pulls.enabled is false)`,
    });
  }
  const page = new KeysetPage(request, ["number", "number", "number"]);
  const order = await countOrder(unfolded, sort.kind, sort.field, content.repositoryId);
  const { few, count } = await find(isRare || isSearched);
  return {
    page,
    rows: pageByCount(engine, order, { ...content, countedId: sort.countedId }, page, few),
    moment: { ...moment, orderedAsOfMs: order.folded ? unfolded.foldedMs : undefined },
    count,
  };
}

/** Names of the first tags on the manifest with this id, separated by blanks (null: none), for a column of a list. */
export const maxTagNames = 20;
export function tagNames(manifestId: string, exceptTagId?: string): RawBuilder<string | null> {
  const except = exceptTagId === undefined ? sql`` : sql` and other.id <> ${sql.ref(exceptTagId)}`;
  return sql<string | null>`(
    select string_agg(name, ' ') from (
      select other.name from tag as other
      where other.manifest_id = ${sql.ref(manifestId)} and other.end_ms = 0${except}
      order by other.name limit ${sql.lit(maxTagNames)}
    ) as named
  )`;
}

export function splitNames(joined: string | null): string[] {
  return joined === null ? [] : joined.split(" ");
}
