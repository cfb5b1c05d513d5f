import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, putTag, type ManifestRow } from "../../test/rows.ts";
import { parsePasted } from "../oci/pasted-reference.ts";
import { searchContent, type SearchResult } from "./search.ts";

describe.each(databases)("searching on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let first: ManifestRow;
    let second: ManifestRow;
    beforeAll(async () => {
      opened = await open();
      const { db } = opened;
      const app = await addRepository(db, "team/app");
      first = await addManifest(db, app, "1");
      second = await addManifest(db, app, "2");
      await putTag(db, "v1.9", first);
      await putTag(db, "v1.10", second);
      await putTag(db, "gone", first);
      await db.transaction((tx) => tx.updateTable("tag").set({ end_ms: 5 }).where("name", "=", "gone").execute());
      for (const name of ["app", "application", "web/app", "my-app", "appx/y"]) {
        const repository = await addRepository(db, name);
        await putTag(db, "v1.9", await addManifest(db, repository, name));
      }
      await addRepository(db, "only/uploads", 0);
    });
    afterAll(() => opened.close());

    const search = (text: string, visible?: readonly string[]): Promise<SearchResult> => {
      const candidates = parsePasted(text);
      return searchContent(opened.db, { text, candidates, ours: candidates, visible, limit: 8 });
    };

    test("finds repositories by a part of the name: the same first, then its beginning, then the beginning of a part", async () => {
      const { repositories, place } = await search("app");
      expect(repositories.map(({ name }) => name)).toEqual(["app", "appx/y", "application", "web/app", "team/app", "my-app"]);
      expect(place).toEqual({ repository: "app", tag: undefined, digest: undefined });
      expect((await search("APP")).repositories).toHaveLength(6);
      expect((await search("uploads")).repositories).toEqual([]);
      expect((await search("%")).repositories).toEqual([]);
    });

    test("finds tags by their beginning, the same name first, in one repository when one is named", async () => {
      const { tags } = await search("v1.9");
      expect(tags).toHaveLength(6);
      expect(tags[0]).toEqual({ repository: "appx/y", tag: "v1.9" });
      expect((await search("v1.1")).tags).toEqual([{ repository: "team/app", tag: "v1.10" }]);
      expect((await search("team/app:v1")).tags.map(({ tag }) => tag)).toEqual(["v1.10", "v1.9"]);
      expect((await search("gone")).tags).toEqual([]);
      expect((await search("v1.9", ["web/*"])).tags).toEqual([{ repository: "web/app", tag: "v1.9" }]);
    });

    test("finds images by the beginning of their digest, with its algorithm or without", async () => {
      const { digest } = first;
      const found = [{ repository: "team/app", digest }];
      for (const text of [digest, digest.slice(0, 19), digest.slice(7, 19), digest.slice(7, 19).toUpperCase()])
        expect((await search(text)).digests, text).toEqual(found);
      expect((await search(digest, ["team/*"])).digests).toEqual(found);
      expect((await search(digest, ["web/*"])).digests).toEqual([]);
      expect((await search(digest.slice(7, 12))).digests).toEqual([]);
      expect((await search(`app@${digest.slice(0, 15)}`)).digests).toEqual(found);
    });

    test("knows what a reference names, when that is here", async () => {
      const place = async (text: string, visible?: readonly string[]) => (await search(text, visible)).place;
      expect(await place("team/app:v1.9")).toEqual({ repository: "team/app", tag: "v1.9", digest: undefined });
      expect(await place("docker run -p 80:80 team/app sh")).toMatchObject({ repository: "team/app", tag: undefined });
      const { digest } = second;
      expect(await place(`team/app:v1.10@${digest}`)).toEqual({ repository: "team/app", tag: "v1.10", digest });
      expect(await place(`team/app:old@${digest}`)).toEqual({ repository: "team/app", tag: undefined, digest });
      expect(await place("team/app:gone")).toBeUndefined();
      expect(await place(`web/app@${digest}`)).toBeUndefined();
      expect(await place("team/app:v1.9", ["web/*"])).toBeUndefined();
      expect(await place("only/uploads")).toBeUndefined();
    });
  });
});
