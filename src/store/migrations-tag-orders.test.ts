import { sql } from "kysely";
import { afterEach, describe, expect, it } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, putTag } from "../../test/rows.ts";
import { openDatabase } from "./database.ts";
import { listTags } from "./list-tags.ts";

describe.each(databases)("tags of an earlier version on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    afterEach(() => opened.close());

    it("are in natural order and by version after the upgrade", async () => {
      opened = await open();
      const repository = await addRepository(opened.db, "team/app");
      const manifest = await addManifest(opened.db, repository, "m", {});
      const names = ["v1.10", "v1.9", "main", "v1.10-rc.1"];
      for (const name of [...names, ...Array.from({ length: 1100 }, (_, i) => `b${i}`)]) await putTag(opened.db, name, manifest);
      await opened.db.transaction(async (tx) => {
        for (const column of ["natural_key", "version_key"]) {
          await sql`drop index ${sql.ref(`tag_by_repository_id_${column}_id`)}`.execute(tx);
          await sql`drop index ${sql.ref(`tag_by_${column}_id`)}`.execute(tx);
          await sql`alter table tag drop column ${sql.ref(column)}`.execute(tx);
        }
        for (const column of ["name", "digest", "bytes", "start_ms"])
          await sql`drop index ${sql.ref(`tag_by_${column}_id`)}`.execute(tx);
        for (const index of ["manifest_by_digest_repository_id", "manifest_by_incomplete"])
          await sql`drop index ${sql.ref(index)}`.execute(tx);
        for (const name of ["tag_for_filters", "tag_by_epoch_there"]) await sql`drop index ${sql.ref(name)}`.execute(tx);
        await sql`delete from catalogue_migration where number >= 3`.execute(tx);
      });
      const again = await openDatabase(opened.options);
      try {
        const ask = { repository: "team/app", descending: true, limit: 4 };
        const byVersion = await listTags(again, undefined, { ...ask, sort: "version" });
        expect(byVersion.items.map(({ name }) => name)).toEqual(["v1.10", "v1.10-rc.1", "v1.9", "b1099"]);
        const byNature = await listTags(again, undefined, { ...ask, sort: "natural", descending: false });
        expect(byNature.items.map(({ name }) => name)).toEqual(["b0", "b1", "b2", "b3"]);
      } finally {
        await again.close();
      }
    });
  });
});
