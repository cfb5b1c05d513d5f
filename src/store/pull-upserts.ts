// Adds sums to the rows of pull_total and pull_bucket: several rows a statement, the same few statement texts again and again, so
// that they are compiled and prepared once. Rows come in ascending order of id, so that two folds never wait for each other crosswise.

import { CompiledQuery, sql, type RawBuilder, type Transaction } from "kysely";
import type { CountedKind, Schema } from "./schema.ts";

/** Of one row of totals: id, repository, pulls, checks, last pulled, last checked; for a manifest also its six numbers by way. */
export const totalWidth = 6;
export const manifestTotalWidth = 12;
/** Of one row of buckets: id, start, pulls, checks. */
export const bucketWidth = 4;

/** Rows a statement: large ones for the bulk, a few small ones for the rest. */
const chunkRows = [256, 32, 4, 1];

const plainColumns = ["pulls", "checks", "last_pulled_ms", "last_checked_ms"] as const;
const wayColumns = ["tag_pulls", "child_pulls", "last_direct_ms", "last_child_ms", "last_tag_ms", "last_tag"] as const;

/** Greatest of two columns, in words that both engines know. */
const later = (column: string): RawBuilder<number> => {
  const [old, added] = [sql.ref(`pull_total.${column}`), sql.ref(`excluded.${column}`)];
  return sql`case when ${added} > ${old} then ${added} else ${old} end`;
};
const sum = (table: string, column: string): RawBuilder<number> =>
  sql`${sql.ref(`${table}.${column}`)} + ${sql.ref(`excluded.${column}`)}`;

function setClause(column: string): RawBuilder<unknown> {
  if (column === "last_tag") {
    return sql`last_tag = case when excluded.last_tag <> 0 and excluded.last_tag_ms >= pull_total.last_tag_ms
      then excluded.last_tag else pull_total.last_tag end`;
  }
  return sql`${sql.ref(column)} = ${column.endsWith("_ms") ? later(column) : sum("pull_total", column)}`;
}

const placeholders = (rows: number, width: number, constants: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql.join(Array.from({ length: rows }, () => sql`(${constants}, ${sql.join(Array.from({ length: width }, () => sql.val(0)))})`));

/** `live` is 1 in a row that is new here: its birth may come with a later segment. A row that exists keeps its own. */
function totalsStatement(kind: CountedKind, rows: number): RawBuilder<unknown> {
  const columns = kind === "manifest" ? [...plainColumns, ...wayColumns] : plainColumns;
  const names = sql.join(["kind", "live", "id", "repository_id", ...columns].map((column) => sql.ref(column)));
  const width = kind === "manifest" ? manifestTotalWidth : totalWidth;
  return sql`insert into pull_total (${names}) values ${placeholders(rows, width, sql`${sql.lit(kind)}, 1`)}
    on conflict (kind, id) do update set ${sql.join(columns.map(setClause))}`;
}

function bucketsStatement(kind: CountedKind, widthMs: number, rows: number): RawBuilder<unknown> {
  return sql`insert into pull_bucket (kind, width_ms, id, start_ms, pulls, checks)
    values ${placeholders(rows, bucketWidth, sql`${sql.lit(kind)}, ${sql.lit(widthMs)}`)}
    on conflict (kind, id, width_ms, start_ms)
    do update set pulls = ${sum("pull_bucket", "pulls")}, checks = ${sum("pull_bucket", "checks")}`;
}

/** Keep one for as long as the connection: it holds the texts. */
export class PullUpserts {
  readonly #texts = new Map<string, string>();

  /** `rows`: `totalWidth` or, of manifests, `manifestTotalWidth` numbers a row, by ascending id. */
  async totals(tx: Transaction<Schema>, kind: CountedKind, rows: readonly number[]): Promise<void> {
    const width = kind === "manifest" ? manifestTotalWidth : totalWidth;
    await this.#run(tx, rows, width, `total ${kind}`, (count) => totalsStatement(kind, count));
  }

  /** `rows`: `bucketWidth` numbers a row, by ascending id and start; each bucket once. */
  async buckets(tx: Transaction<Schema>, kind: CountedKind, widthMs: number, rows: readonly number[]): Promise<void> {
    await this.#run(tx, rows, bucketWidth, `bucket ${kind} ${widthMs}`, (count) => bucketsStatement(kind, widthMs, count));
  }

  async #run(
    tx: Transaction<Schema>,
    rows: readonly number[],
    width: number,
    name: string,
    build: (count: number) => RawBuilder<unknown>,
  ): Promise<void> {
    let at = 0;
    for (const count of chunkRows) {
      const key = `${name} ${count}`;
      for (; at + count * width <= rows.length; at += count * width) {
        let text = this.#texts.get(key);
        if (text === undefined) this.#texts.set(key, (text = build(count).compile(tx).sql));
        await tx.executeQuery(CompiledQuery.raw(text, rows.slice(at, at + count * width)));
      }
    }
  }
}
