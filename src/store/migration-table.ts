// Creating tables that mean the same on both engines: strict types, bytewise text, ids that are never reused.

import { sql, type ColumnDataType, type CreateTableBuilder, type Transaction } from "kysely";
import type { Schema } from "./schema.ts";

export type Engine = "sqlite" | "postgres";
type ColumnType = "integer" | "text" | "bytes";

const types: Record<Engine, Record<ColumnType, string>> = {
  sqlite: { integer: "integer", text: "text", bytes: "blob" },
  postgres: { integer: "bigint", text: 'text collate "C"', bytes: "bytea" },
};

/** A table under construction; every column is NOT NULL. Nothing happens before `create`. */
export class NewTable {
  readonly #engine: Engine;
  readonly #name: string;
  #builder: CreateTableBuilder<string, string>;

  constructor(tx: Transaction<Schema>, engine: Engine, name: string) {
    this.#engine = engine;
    this.#name = name;
    this.#builder = tx.schema.createTable(name);
  }

  id(): this {
    this.#builder =
      this.#engine === "sqlite"
        ? this.#builder.addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
        : this.#builder.addColumn("id", "bigint", (column) => column.primaryKey().generatedByDefaultAsIdentity());
    return this;
  }

  integer(name: string, defaultValue?: number): this {
    return this.#add(name, "integer", defaultValue);
  }
  text(name: string, defaultValue?: string): this {
    return this.#add(name, "text", defaultValue);
  }
  bytes(name: string): this {
    return this.#add(name, "bytes");
  }

  #add(name: string, type: ColumnType, defaultValue?: string | number): this {
    const dataType = sql.raw(types[this.#engine][type]) as unknown as ColumnDataType;
    this.#builder = this.#builder.addColumn(name, dataType, (column) =>
      defaultValue === undefined ? column.notNull() : column.notNull().defaultTo(defaultValue),
    );
    return this;
  }

  key(...columns: string[]): this {
    this.#builder = this.#builder.addPrimaryKeyConstraint(`${this.#name}_key`, columns);
    return this;
  }

  /** RESTRICT: what is named cannot be taken away, not even by a sweep that looked before a concurrent push. */
  references(columns: string[], target: string, targetColumns: string[]): this {
    this.#builder = this.#builder.addForeignKeyConstraint(`${this.#name}_${target}`, columns, target, targetColumns, (key) =>
      key.onDelete("restrict"),
    );
    return this;
  }

  /** `clustered`: rows live in the primary key (SQLite WITHOUT ROWID). */
  async create(options: { readonly clustered?: boolean } = {}): Promise<void> {
    if (this.#engine === "sqlite") {
      this.#builder = this.#builder.modifyEnd(sql.raw(options.clustered === true ? "strict, without rowid" : "strict"));
    }
    await this.#builder.execute();
  }
}

/** `create [unique] index … [where …]`, named after table and columns. */
export async function createIndex(
  tx: Transaction<Schema>,
  table: string,
  columns: readonly string[],
  options: { readonly unique?: boolean; readonly where?: string; readonly name?: string } = {},
): Promise<void> {
  const name = options.name ?? `${table}_by_${columns.join("_")}`;
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const where = options.where === undefined ? sql`` : sql` where ${sql.raw(options.where)}`;
  const unique = options.unique === true ? sql`unique ` : sql``;
  await sql`create ${unique}index ${sql.ref(name)} on ${sql.table(table)} (${list})${where}`.execute(tx);
}

/** A column of a table that is there. */
export async function addText(
  tx: Transaction<Schema>,
  engine: Engine,
  table: string,
  column: string,
  defaultValue: string,
): Promise<void> {
  const type = sql.raw(types[engine].text);
  await sql`alter table ${sql.table(table)} add column ${sql.ref(column)} ${type} not null default ${sql.lit(defaultValue)}`.execute(
    tx,
  );
}
