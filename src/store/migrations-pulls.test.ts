import { sql } from "kysely";
import { afterEach, describe, expect, it } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { openDatabase } from "./database.ts";
import { bucketWidths, registryId, selectBuckets, selectTotals } from "./pull-totals.ts";
import { PullUpserts } from "./pull-upserts.ts";

const { day, hour } = bucketWidths;

describe.each(databases)("statistics of an earlier version on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    afterEach(() => opened.close());

    it("give the registry what its repositories had, once, whether they live or not", async () => {
      opened = await open();
      const upserts = new PullUpserts();
      await opened.db.transaction(async (tx) => {
        await upserts.totals(tx, "repository", [1, 1, 5, 2, 100, 900, 2, 2, 7, -1, 300, 0]);
        await tx.updateTable("pull_total").set({ live: 0 }).where("id", "=", 2).execute();
        await upserts.totals(tx, "tag", [1, 1, 99, 99, 999, 999]);
        await upserts.buckets(tx, "repository", hour, [1, 0, 3, 1, 1, hour, 1, 0, 2, 0, 4, -1]);
        await upserts.buckets(tx, "repository", day, [1, 0, 1, 1, 2, 0, 3, 0]);
        const columns = ["tag_pulls", "tag_last_pulled_ms", "tag_checks", "tag_last_checked_ms", "manifest_pulls"];
        for (const column of columns) await sql`drop index ${sql.ref(`pull_total_by_${column}`)}`.execute(tx);
        await sql`delete from pulls_migration where number >= 2`.execute(tx);
      });
      for (let start = 0; start < 2; start++) await (await openDatabase(opened.options)).close();
      const [total] = await selectTotals(opened.db.query, "registry", [registryId]);
      expect(total).toMatchObject({ live: 1, pulls: 12, checks: 1, last_pulled_ms: 300, last_checked_ms: 900 });
      const buckets = await selectBuckets(opened.db.query, { kind: "registry", ids: [registryId] }, 0, day);
      const byWidth = buckets.toSorted((a, b) => a.width_ms - b.width_ms);
      expect(byWidth.map(({ width_ms, start_ms, pulls, checks }) => [width_ms, start_ms, pulls, checks])).toEqual([
        [hour, 0, 7, 0],
        [hour, hour, 1, 0],
        [day, 0, 4, 1],
      ]);
    });

    it("that hold nothing give it no row", async () => {
      opened = await open();
      expect(await selectTotals(opened.db.query, "registry", [registryId])).toEqual([]);
    });
  });
});
