// Pages of a sorted list by keyset: a cursor holds the sort keys of the row it starts behind, so writes elsewhere never shift a page.
// An item whose keys do not change while a client walks the pages is listed exactly once, forwards and backwards.

import { sql, type Expression, type RawBuilder, type SqlBool } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { CountBounds } from "./list-live.ts";
import type { FoundIds } from "./list-search.ts";

export interface ListRequest<Field extends string> {
  readonly sort: Field;
  readonly descending: boolean;
  readonly limit: number;
  /** From an earlier answer to the same question. */
  readonly cursor?: string | undefined;
  /** Rows to leave out at the beginning, instead of a cursor: for a scrollbar. Writes elsewhere do shift such a page. */
  readonly offset?: number | undefined;
  /** Only names that contain this, whatever the case. */
  readonly search?: string | undefined;
  /** Also count everything that the filters let through. */
  readonly total?: boolean | undefined;
}

export interface List<Item> {
  readonly items: readonly Item[];
  /** Absent where there is no such page. */
  readonly nextCursor: string | undefined;
  readonly prevCursor: string | undefined;
  readonly total: number | undefined;
}

type Key = string | number;
/** The type of the first sort key; all further keys are ids. */
export type KeyType = "text" | "number";

interface Cursor {
  /** The sort it belongs to, `-` in front when descending. */
  readonly s: string;
  readonly k: readonly Key[];
  /** 1: the page ends before these keys. */
  readonly b?: 1;
  /** 1: a row with exactly these keys belongs to the page. */
  readonly i?: 1;
}

/** One page that was asked for. Queries take `where` and `orderBy`, fetch `fetch` rows, and give them to `answer`. */
export class KeysetPage {
  /** One more than the page holds, to see whether another follows; before them `skip` rows are left out. */
  readonly fetch: number;
  readonly skip: number;
  readonly #sort: string;
  readonly #keyCount: number;
  readonly #limit: number;
  readonly #cursor: Cursor | undefined;
  /** Whether the rows are read upwards: a page before a cursor is read against the order of the list. */
  readonly #upwards: boolean;

  /**
   * `keyTypes`: of the columns that the list is sorted by. @throws PAGE_INVALID when the cursor is not from this list and sort,
   * REQUEST_INVALID for a cursor with an offset
   */
  constructor(request: ListRequest<string>, keyTypes: readonly KeyType[]) {
    if (request.cursor !== undefined && request.offset !== undefined) {
      throw new RegistryError("REQUEST_INVALID", { message: "give a cursor or an offset, not both" });
    }
    this.skip = request.offset ?? 0;
    this.#sort = `${request.descending ? "-" : ""}${request.sort}`;
    this.#keyCount = keyTypes.length;
    this.#limit = request.limit;
    this.fetch = request.limit + 1;
    this.#cursor = request.cursor === undefined ? undefined : parseCursor(request.cursor, this.#sort, keyTypes);
    this.#upwards = request.descending === (this.#cursor?.b === 1);
  }

  /** The rows that lie beyond the cursor by these columns or expressions; true on the first page. */
  where(keys: readonly Expression<unknown>[]): RawBuilder<SqlBool> {
    if (this.#cursor === undefined) return sql<SqlBool>`1 = 1`;
    const operator = sql.raw(`${this.#upwards ? ">" : "<"}${this.#cursor.i === 1 ? "=" : ""}`);
    return sql<SqlBool>`(${sql.join(keys)}) ${operator} (${sql.join(this.#cursor.k)})`;
  }

  orderBy(keys: readonly Expression<unknown>[]): RawBuilder<unknown> {
    const direction = sql.raw(this.#upwards ? "asc" : "desc");
    return sql.join(keys.map((key) => sql`${key} ${direction}`));
  }

  /** The clause that goes behind `orderBy`. */
  limit(): RawBuilder<unknown> {
    return sql`limit ${this.fetch} offset ${this.skip}`;
  }

  /** Sorts the rows (joins may have mixed them), cuts the one too many, and makes the cursors. */
  answer<Row extends Omit<PageRow, "id">, Item>(rows: readonly Row[], toItem: (row: Row) => Item): Omit<List<Item>, "total"> {
    const keyed = rows.map((row) => ({ row, keys: [row.key0, row.key1, row.key2].slice(0, this.#keyCount) }));
    keyed.sort((a, b) => (this.#upwards ? compareKeys(a.keys, b.keys) : compareKeys(b.keys, a.keys)));
    const more = keyed.length > this.#limit;
    if (more) keyed.length = this.#limit;
    const backwards = this.#cursor?.b === 1;
    if (backwards) keyed.reverse();
    const before = backwards ? more : this.#cursor !== undefined || (this.skip > 0 && keyed.length > 0);
    const after = backwards ? true : more;
    return {
      items: keyed.map(({ row }) => toItem(row)),
      nextCursor: after ? this.#format(keyed.at(-1)?.keys, undefined) : undefined,
      prevCursor: before ? this.#format(keyed[0]?.keys, 1) : undefined,
    };
  }

  /** A page that turned out empty is left again through the cursor that led to it, and including its row; not so by an offset. */
  #format(keys: readonly Key[] | undefined, before: 1 | undefined): string {
    const k = keys ?? this.#cursor!.k;
    const cursor: Cursor = { s: this.#sort, k, ...(before && { b: before }), ...(keys === undefined && { i: 1 }) };
    return Buffer.from(JSON.stringify(cursor)).toString("base64url");
  }
}

function parseCursor(text: string, sort: string, keyTypes: readonly KeyType[]): Cursor {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    // Whatever it was, it is not ours: the check below says so.
  }
  const { s, k, b, i } = (value ?? {}) as Partial<Record<keyof Cursor, unknown>>;
  if (!Array.isArray(k) || typeof s !== "string") {
    throw new RegistryError("PAGE_INVALID", { message: "the cursor is not one of this list: start again without a cursor" });
  }
  const fits =
    k.length === keyTypes.length &&
    keyTypes.every((type, at) => (type === "text" ? isPlainText(k[at]) : Number.isSafeInteger(k[at])));
  if (s !== sort || !fits) {
    throw new RegistryError("PAGE_INVALID", {
      message: "the cursor belongs to another list or sort: keep the sort while paging, or start again without a cursor",
    });
  }
  return { s, k: k as Key[], ...(b === 1 && { b }), ...(i === 1 && { i }) };
}

function isPlainText(key: unknown): boolean {
  return typeof key === "string" && /^[\x20-\x7e]*$/.test(key);
}

/** All keys are numbers or ASCII, so this is the order of both databases. */
function compareKeys(a: readonly Key[], b: readonly Key[]): number {
  for (const [at, key] of a.entries()) {
    const other = b[at]!;
    if (key !== other) return key < other ? -1 : 1;
  }
  return 0;
}

/** The table of what is listed, under the name `content`. */
export interface Content {
  readonly table: "repository" | "tag" | "manifest" | "principal" | "token" | "access_grant" | "immutable_rule" | "audit_event";
  /** Whose rows; undefined: of the whole registry. */
  readonly repositoryId: number | undefined;
  /** All filters but the repository: liveness, search. */
  readonly where: RawBuilder<SqlBool>;
  /** And one of these, each of which has an index of its own; absent: no more filters. */
  readonly anyOf?: readonly RawBuilder<SqlBool>[];
  /** Nothing is filtered: what statistics count as living in this scope, each once, is listed. */
  readonly isWhole?: boolean;
  readonly below?: CountBounds;
}

/** A listed row's id and the keys that it was sorted by; unused keys are 0. */
export interface PageRow {
  readonly id: number;
  readonly key0: Key;
  readonly key1: number;
  readonly key2: number;
}

export function passes({ where, anyOf }: Pick<Content, "where" | "anyOf">): RawBuilder<SqlBool> {
  return anyOf === undefined ? where : sql<SqlBool>`${where} and (${sql.join(anyOf, sql` or `)})`;
}

export function inRepository(content: Pick<Content, "repositoryId" | "where" | "anyOf">): RawBuilder<SqlBool> {
  const { repositoryId } = content;
  return repositoryId === undefined
    ? passes(content)
    : sql<SqlBool>`content.repository_id = ${repositoryId} and ${passes(content)}`;
}

/** The rows of one page in the order of stored columns: a walk along one index, or over the rows that a search has `found`. */
export function pageByColumns(
  content: Content,
  columns: readonly string[],
  page: KeysetPage,
  found?: FoundIds,
): RawBuilder<PageRow> {
  const keys = columns.map((column) => sql.ref(`content.${column}`));
  const named = [0, 1, 2].map((at) => sql`${keys[at] ?? sql.lit(0)} as ${sql.ref(`key${at}`)}`);
  const selected = sql`select content.id as id, ${sql.join(named)}`;
  const table = sql.table(content.table);
  const ordered = sql`order by ${page.orderBy(keys)} ${page.limit()}`;
  if (found === undefined) {
    return sql<PageRow>`(${selected} from ${table} as content where ${inRepository(content)} and ${page.where(keys)} ${ordered})`;
  }
  // CROSS JOIN keeps SQLite from walking an index of the table for the order.
  return sql<PageRow>`(
    with found as materialized (${found.table})
    ${selected} from found cross join ${table} as content where content.id = found.id and ${page.where(keys)} ${ordered}
  )`;
}
