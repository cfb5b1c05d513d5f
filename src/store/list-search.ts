// Searching in lists. What would surprise: walking the index of an order looks at every row of a huge repository, one by one, where a
// search finds little. So first the index of names alone is walked; what it finds, unless that is much, is sorted.

import { sql, type Expression, type RawBuilder, type SqlBool, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import { idRows } from "./json-rows.ts";
import { inRepository, type Content } from "./list-page.ts";
import type { Schema } from "./schema.ts";

type Engine = Database["engine"];

/** The ids of all that a search lets through. */
export interface FoundIds {
  readonly count: number;
  /** A query of them, for `with found as`. */
  readonly table: RawBuilder<unknown>;
}

/** Beyond it, walking an order meets enough rows soon: a page of 20 out of 100,000 by looking at some 7,000. */
export const maxFound = 300;

/** What was found before a page is planned. */
export interface Found {
  /** Undefined: more than can be sorted for every page. */
  readonly few: FoundIds | undefined;
  /** Undefined: not known yet. */
  readonly count: number | undefined;
}

/** Undefined: more than can be sorted for every page. */
export async function findFew(
  tx: Transaction<Schema>,
  engine: Engine,
  content: Content,
  most = maxFound,
): Promise<FoundIds | undefined> {
  const list = engine === "sqlite" ? sql`json_group_array(id)` : sql`cast(coalesce(json_agg(id), '[]') as text)`;
  const { anyOf: tests, ...others } = content;
  const walks = (tests ?? [undefined]).map((one) => {
    const walked = inRepository(one === undefined ? others : { ...others, anyOf: [one] });
    return sql`select id from (
      select content.id as id from ${sql.table(content.table)} as content where ${walked} limit ${most + 1}
    ) as walked`;
  });
  const { rows } = await sql<{ count: number; ids: string }>`
    select count(*) as count, ${list} as ids from (${sql.join(walks, sql` union `)}) as few
  `.execute(tx);
  const { count, ids } = rows[0]!;
  return count > most ? undefined : fewIds(engine, JSON.parse(ids) as number[]);
}

export function fewIds(engine: Engine, ids: readonly number[]): FoundIds {
  return { count: ids.length, table: idRows(engine, ids) };
}

/** For LIKE … ESCAPE '\'. */
function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/** Whether `name`, which is ASCII, contains `search`, whatever the case; true without a search. */
export function nameContains(engine: Engine, name: Expression<string>, search: string | undefined): RawBuilder<SqlBool> {
  if (search === undefined || search === "") return sql<SqlBool>`1 = 1`;
  // LIKE of SQLite takes no notice of the case of ASCII letters.
  const anyCase = engine === "sqlite" ? name : sql`lower(${name})`;
  return sql<SqlBool>`${anyCase} like ${`%${escapeLike(search.toLowerCase())}%`} escape '\\'`;
}

/** Whether one of the patterns matches the repository name: `*` stands for any characters; undefined: everything is visible. */
export function nameVisible(name: Expression<string>, visible: readonly string[] | undefined): RawBuilder<SqlBool> {
  if (visible === undefined) return sql<SqlBool>`1 = 1`;
  // Names are lower case, and LIKE of SQLite is not: a pattern with a capital matches nothing on either engine.
  const patterns = visible.filter((pattern) => pattern === pattern.toLowerCase());
  if (patterns.length === 0) return sql<SqlBool>`1 = 0`;
  return anyOf(patterns.map((pattern) => sql`${name} like ${escapeLike(pattern).replaceAll("*", "%")} escape '\\'`));
}

/** In halves of halves: SQLite takes expressions of a depth of 1000, and of a flat list each `or` is one deeper. */
function anyOf(tests: readonly RawBuilder<unknown>[]): RawBuilder<SqlBool> {
  if (tests.length <= 2) return sql<SqlBool>`(${sql.join(tests, sql` or `)})`;
  const middle = tests.length >> 1;
  return sql<SqlBool>`(${anyOf(tests.slice(0, middle))} or ${anyOf(tests.slice(middle))})`;
}
