import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { openDatabase } from "./database.ts";

describe.each(databases)("the database on $name", ({ name: engine, open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const insert = (name: string) =>
      opened.db.transaction(
        async (tx) =>
          (
            await tx
              .insertInto("repository")
              .values({ name, created_ms: 1, updated_ms: 1 })
              .returning("id")
              .executeTakeFirstOrThrow()
          ).id,
      );

    test("a prepared statement takes its values by name", async () => {
      const id = await insert("prepared/a");
      const find = opened.db.prepare<{ name: string; after: number }, { id: number }>((db, param) =>
        db.selectFrom("repository").select("id").where("created_ms", ">", param("after")).where("name", "=", param("name")),
      );
      expect(await find({ name: "prepared/a", after: 0 })).toEqual([{ id }]);
      expect(await find({ name: "prepared/a", after: 1 })).toEqual([]);
    });

    test("names compare bytewise", async () => {
      for (const name of ["order/b", "order/B", "order/_", "order/-"]) await insert(name);
      const rows = await opened.db.query
        .selectFrom("repository")
        .select("name")
        .where("name", "like", "order/%")
        .orderBy("name")
        .execute();
      expect(rows.map((row) => row.name)).toEqual(["order/-", "order/B", "order/_", "order/b"]);
    });

    test("numbers up to 2^53 come back exact, greater ones are refused instead of rounded", async () => {
      const read = async (text: string) =>
        (await sql<{ n: number }>`select cast(${sql.lit(text)} as bigint) as n`.execute(opened.db.query)).rows[0]!.n;
      expect(await read("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
      await expect(read("9007199254740993")).rejects.toThrow();
    });

    test("a transaction that fails leaves nothing behind", async () => {
      const failing = opened.db.transaction(async (tx) => {
        await tx.insertInto("repository").values({ name: "failing", created_ms: 1, updated_ms: 1 }).execute();
        throw new Error("stop");
      });
      await expect(failing).rejects.toThrow("stop");
      expect(await opened.db.query.selectFrom("repository").select("id").where("name", "=", "failing").execute()).toEqual([]);
    });

    test("two connections that race for the same row both succeed: the second one is tried again and finds it", async () => {
      const other = await openDatabase(opened.options);
      const add = (db: TestDatabase["db"]) =>
        db.transaction(async (tx) => {
          const found = await tx.selectFrom("repository").select("id").where("name", "=", "raced").executeTakeFirst();
          if (found !== undefined) return found.id;
          const row = { name: "raced", created_ms: 1, updated_ms: 1 };
          return (await tx.insertInto("repository").values(row).returning("id").executeTakeFirstOrThrow()).id;
        });
      try {
        const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => add(i % 2 === 0 ? opened.db : other)));
        expect(new Set(ids).size).toBe(1);
      } finally {
        await other.close();
      }
    });

    test("two counting connections lose no update", async () => {
      const id = await insert("counted");
      const other = await openDatabase(opened.options);
      const add = (db: TestDatabase["db"]) =>
        db.transaction(async (tx) => {
          await tx
            .updateTable("repository")
            .set((eb) => ({ bytes: eb("bytes", "+", 1) }))
            .where("id", "=", id)
            .execute();
        });
      try {
        await Promise.all(Array.from({ length: 40 }, (_, i) => add(i % 2 === 0 ? opened.db : other)));
        const row = await opened.db.query.selectFrom("repository").select("bytes").where("id", "=", id).executeTakeFirstOrThrow();
        expect(row.bytes).toBe(40);
      } finally {
        await other.close();
      }
    });

    test.skipIf(engine === "SQLite")(
      `a connection that the server cuts in the middle is UNAVAILABLE, and another one serves${engine === "SQLite" ? " (skipped: SQLite has no server)" : ""}`,
      async () => {
        const { db } = opened;
        const cut = sql`select pg_terminate_backend(pg_backend_pid())`;
        const lost = { code: "UNAVAILABLE" };
        await expect(db.transaction((tx) => cut.execute(tx))).rejects.toMatchObject(lost);
        await expect(db.snapshot((tx) => cut.execute(tx))).rejects.toMatchObject(lost);
        await expect(cut.execute(db.query)).rejects.toMatchObject(lost);
        const hot = db.prepare((query) => ({ compile: () => cut.compile(query) }));
        await expect(hot({})).rejects.toMatchObject(lost);
        const noticed = db.transaction(async (tx) => {
          const { pid } = (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)).rows[0]!;
          await sql`select pg_terminate_backend(${pid}::int)`.execute(db.query);
          for (;;) await sql`select 1`.execute(tx);
        });
        await expect(noticed).rejects.toMatchObject(lost);
        // The pool may still hold a connection whose end has not arrived.
        await expect.poll(() => insert("after the cut")).toBeGreaterThan(0);
      },
    );

    test("opening again migrates nothing and keeps the rows", async () => {
      const id = await insert("kept");
      const again = await openDatabase(opened.options);
      try {
        expect(await again.query.selectFrom("repository").select("id").where("name", "=", "kept").execute()).toEqual([{ id }]);
      } finally {
        await again.close();
      }
    });
  });
});

test.each(["a#b", "a?b", "a%20b", "ä b"])("the data folder may be called %s", async (name) => {
  const parent = mkdtempSync(join(tmpdir(), "hythe-db-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const db = await openDatabase({ folder: join(parent, name) });
  expect(await db.query.selectFrom("pull_total").select("id").execute()).toEqual([]);
  await db.close();
});

test("what SQLite keeps is for its owner alone, in a new folder and where it was made before that mattered", async () => {
  const parent = mkdtempSync(join(tmpdir(), "hythe-modes-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "data");
  const modes = (): number[] =>
    [folder, ...readdirSync(folder).map((name) => join(folder, name))].map((path) => statSync(path).mode & 0o077);
  const first = await openDatabase({ folder });
  expect(readdirSync(folder)).toContain("catalogue.db-wal");
  expect(modes().filter((mode) => mode !== 0)).toEqual([]);
  await first.close();
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
  const second = await openDatabase({ folder });
  expect(modes().filter((mode) => mode !== 0)).toEqual([]);
  await second.close();
});
