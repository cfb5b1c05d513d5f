// What we have as rows of a query: one parameter however many there are, so that the statement stays the same text.

import { sql, type RawBuilder } from "kysely";
import type { Database } from "./database.ts";

type Engine = Database["engine"];

/** A table with each of them as `value`. PostgreSQL gives texts: cast numbers. */
export function jsonValues(engine: Engine, values: readonly (string | number)[]): RawBuilder<unknown> {
  const json = JSON.stringify(values);
  return engine === "sqlite" ? sql`json_each(${json})` : sql`json_array_elements_text(cast(${json} as json))`;
}

/** The same of arrays, whose parts are `value ->> 0` and so on. */
export function jsonTuples(engine: Engine, tuples: readonly (readonly (string | number)[])[]): RawBuilder<unknown> {
  const json = JSON.stringify(tuples);
  return engine === "sqlite" ? sql`json_each(${json})` : sql`json_array_elements(cast(${json} as json))`;
}

/** A query of numbers under the name `id`. */
export function idRows(engine: Engine, ids: readonly number[]): RawBuilder<unknown> {
  return sql`select cast(value as bigint) as id from ${jsonValues(engine, ids)}`;
}
