import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { openDatabase } from "./database.ts";

describe.each(databases)("the database on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const insert = (name: string) =>
      opened.db.transaction(async (tx) =>
        (await tx.insertInto("repository").values({ name, created_ms: 1, updated_ms: 1 }).returning("id").executeTakeFirstOrThrow()).id,
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
      const rows = await opened.db.query.selectFrom("repository").select("name").where("name", "like", "order/%").orderBy("name").execute();
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
