import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, openTestPulls, record, type ManifestRow } from "../../test/rows.ts";
import type { Pulls } from "../pulls/pulls.ts";
import { listTags, type TagListRequest } from "./list-tags.ts";
import { usageRules } from "./usage.ts";

const repository = "huge/app";
const tags = 6_500;

describe.each(databases)("filters over very many tags on $name", ({ name: engine, open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    const clock = 1_700_000_000_000;
    let pulled: ManifestRow[];
    beforeAll(async () => {
      opened = await open();
      pulls = await openTestPulls(opened, () => clock);
      const row = await addRepository(opened.db, repository);
      const manifest = await addManifest(opened.db, row, "all");
      pulled = [await addManifest(opened.db, row, "a"), await addManifest(opened.db, row, "b")];
      await opened.db.transaction(async (tx) => {
        for (let from = 0; from < tags; from += 500) {
          const rows = Array.from({ length: 500 }, (_, n) => {
            const { id, digest } = from === 0 && n < 2 ? pulled[n]! : manifest;
            const name = `v${String(from + n).padStart(5, "0")}`;
            return { repository_id: row.id, name, epoch: from + n + 1, manifest_id: id, digest, bytes: n, start_ms: clock };
          });
          await tx.insertInto("tag").values(rows).execute();
        }
        await tx.updateTable("repository").set({ tag_count: tags }).where("id", "=", row.id).execute();
      });
    });
    afterAll(async () => {
      await pulls?.close();
      await opened?.close();
    });
    const ask = async (request: Partial<TagListRequest>, nowMs = clock) =>
      listTags(opened.db, pulls.openUnfolded, {
        repository,
        sort: "bytes",
        descending: true,
        limit: 10,
        total: true,
        rules: usageRules({ nowMs, idleAfterMs: 1e9, trackedSinceMs: 0 }),
        ...request,
      });

    test("every tag is looked at, few or many match", async () => {
      expect(await ask({ usage: ["new"] })).toMatchObject({ total: tags, items: { length: 10 } });
      expect(await ask({ usage: ["used"] })).toMatchObject({ total: 0, items: [] });
      expect(await ask({ type: "artifact", platform: "linux/amd64" })).toMatchObject({ total: tags });
      const { items, nextCursor } = await ask({ usage: ["new"], total: false });
      const next = await ask({ usage: ["new"], total: false, cursor: nextCursor });
      expect(new Set([...items, ...next.items].map(({ name }) => name)).size).toBe(20);
    });

    test("other lists do not wait for it", async () => {
      const order: string[] = [];
      const slow = ask({ usage: ["idle", "used"], search: "v0" }).then(() => order.push("slow"));
      await ask({}).then(() => order.push("quick"));
      await slow;
      if (engine === "SQLite") expect(order).toEqual(["quick", "slow"]);
      expect(order).toHaveLength(2);
    });

    test("what took long is remembered for seconds, and no longer than the catalogue stays as it is", async () => {
      const usage = ["used"] as const;
      await ask({ usage });
      await record(pulls, "GET", pulled[0]!);
      if (engine === "SQLite") expect((await ask({ usage }, clock + 4_999)).total).toBe(0);
      expect(await ask({ usage }, clock + 5_000)).toMatchObject({ total: 1, items: [{ name: "v00000" }] });
      await record(pulls, "GET", pulled[1]!);
      await opened.db.transaction((tx) => tx.updateTable("tag").set({ bytes: 5 }).where("name", "=", "v00007").execute());
      expect(await ask({ usage }, clock + 5_001)).toMatchObject({ total: 2, items: [{ name: "v00001" }, { name: "v00000" }] });
    });
  });
});
