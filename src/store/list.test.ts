import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, born, openTestPulls, putTag, record, type TagRow } from "../../test/rows.ts";
import { seededRandom } from "../../test/seeded-random.ts";
import { naturalKey, versionKey } from "../oci/name-orders.ts";
import type { Pulls } from "../pulls/pulls.ts";
import type { List } from "./list-page.ts";
import { listManifests } from "./list-manifests.ts";
import { listRepositories } from "./list-repositories.ts";
import { maxFound } from "./list-search.ts";
import { listTagHistory } from "./list-tag-history.ts";
import { listTags, type TagItem, type TagSort } from "./list-tags.ts";

const tagSorts = [
  "name",
  "natural",
  "version",
  "digest",
  "bytes",
  "pushedAt",
  "pulls",
  "lastPulledAt",
  "checks",
  "lastCheckedAt",
  "imagePulls",
] as const;

/** Every page from the first to the last, and back to the first. */
async function walk<Item>(ask: (cursor: string | undefined) => Promise<List<Item>>, between?: () => Promise<void>) {
  const there: Item[] = [];
  let page = await ask(undefined);
  expect(page.prevCursor).toBeUndefined();
  there.push(...page.items);
  while (page.nextCursor !== undefined) {
    await between?.();
    page = await ask(page.nextCursor);
    there.push(...page.items);
  }
  const back: Item[] = [...page.items];
  while (page.prevCursor !== undefined) {
    await between?.();
    page = await ask(page.prevCursor);
    back.unshift(...page.items);
  }
  return { there, back };
}

describe.each(databases)("lists on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    let clock = 1_700_000_000_000;
    beforeAll(async () => {
      opened = await open();
      pulls = await openTestPulls(opened, () => clock++);
      await pulls.foldNow();
    });
    afterAll(async () => {
      await pulls?.close();
      await opened?.close();
    });

    async function addTags(repository: string, count: number, prefix = "v"): Promise<TagRow[]> {
      const row = await addRepository(opened.db, repository);
      const tags: TagRow[] = [];
      for (let i = 0; i < count; i++) {
        const manifest = await addManifest(opened.db, row, String(i), { bytes: 100 + (i % 3), pushedMs: 1_000 + i });
        tags.push(await putTag(opened.db, `${prefix}${i}`, manifest, 1_000 + (i % 4)));
        await born(pulls, tags.at(-1)!);
      }
      return tags;
    }

    const tagsBy = (repository: string, sort: TagSort, descending: boolean, limit: number, more: object = {}) => {
      return (cursor: string | undefined) =>
        listTags(opened.db, pulls.openUnfolded, { repository, sort, descending, limit, cursor, ...more });
    };

    test("a tag shows its own pulls, those of its image, and its siblings, folded or not", async () => {
      const [first, second] = await addTags("show/app", 2);
      const sibling = await putTag(opened.db, "latest", first!.manifest, 2_000);
      await born(pulls, sibling);
      await record(pulls, "GET", first!.manifest, first);
      await record(pulls, "GET", first!.manifest, sibling);
      await pulls.foldNow();
      await record(pulls, "GET", first!.manifest, sibling);
      await record(pulls, "GET", first!.manifest);
      await record(pulls, "HEAD", second!.manifest, second);
      const { items, asOfMs, replaying } = await tagsBy("show/app", "name", false, 10)(undefined);
      const numbers = items.map(({ name, pulls: own, imagePulls }) => [name, own?.pulls, own?.checks, imagePulls?.pulls]);
      expect(numbers).toEqual([
        ["latest", 2, 0, 4],
        ["v0", 1, 0, 4],
        ["v1", 0, 1, 0],
      ]);
      expect(items[0]).toMatchObject({ siblings: { count: 1, names: ["v0"] }, platforms: ["linux/amd64"], pushedMs: 2_000 });
      expect(items[2]!.siblings).toEqual({ count: 0, names: [] });
      expect(items[0]!.pulls!.lastPulledMs).toBeGreaterThan(items[1]!.pulls!.lastPulledMs);
      expect(items[2]!.pulls).toMatchObject({ lastPulledMs: 0 });
      expect(items[2]!.pulls!.lastCheckedMs).toBeGreaterThan(0);
      expect(asOfMs).toBeGreaterThanOrEqual(items[2]!.pulls!.lastCheckedMs);
      expect(replaying).toBe(false);
    });

    test("every sort, up and down, in pages of any size, lists the same as one great page, in the order that the items show", async () => {
      const random = seededRandom(7);
      const tags = await addTags("sort/app", 40);
      for (let i = 0; i < 200; i++) {
        const tag = tags[Math.floor(random() ** 2 * tags.length)]!;
        await record(pulls, random() < 0.5 ? "GET" : "HEAD", tag.manifest, random() < 0.8 ? tag : undefined);
        if (i === 120) await pulls.foldNow();
      }
      const valueOf: Record<TagSort, (item: TagItem) => string | number> = {
        name: (item) => item.name,
        natural: (item) => naturalKey(item.name),
        version: (item) => versionKey(item.name),
        digest: (item) => item.digest,
        bytes: (item) => item.bytes,
        pushedAt: (item) => item.pushedMs,
        pulls: (item) => item.pulls!.pulls,
        lastPulledAt: (item) => item.pulls!.lastPulledMs,
        checks: (item) => item.pulls!.checks,
        lastCheckedAt: (item) => item.pulls!.lastCheckedMs,
        imagePulls: (item) => item.imagePulls!.pulls,
      };
      for (const sort of tagSorts) {
        for (const descending of [false, true]) {
          const whole = await tagsBy("sort/app", sort, descending, 1000)(undefined);
          const values = whole.items.map(valueOf[sort]);
          const sorted = values.toSorted((a, b) => (a === b ? 0 : a < b === descending ? 1 : -1));
          expect(values, sort).toEqual(sorted);
          expect(new Set(whole.items.map(({ name }) => name)).size).toBe(40);
          expect(whole.orderedAsOfMs).toBeUndefined();
          for (const limit of [3, 7, 40]) {
            const { there, back } = await walk(tagsBy("sort/app", sort, descending, limit));
            const names = whole.items.map(({ name }) => name);
            expect(
              there.map(({ name }) => name),
              `${sort} ${limit}`,
            ).toEqual(names);
            expect(
              back.map(({ name }) => name),
              `${sort} ${limit} back`,
            ).toEqual(names);
          }
        }
      }
    });

    test("walking the pages under pushes, pulls and folds lists each unchanged tag exactly once, there and back", async () => {
      const random = seededRandom(11);
      const tags = await addTags("walk/app", 45);
      const repository = { id: tags[0]!.manifest.repositoryId, name: "walk/app" };
      for (const tag of tags) for (let i = 0; i < random() * 3; i++) await record(pulls, "GET", tag.manifest, tag);
      const busy = tags.filter((_, i) => i % 3 === 0);
      const calm = tags.filter((_, i) => i % 3 !== 0).map(({ name }) => name);
      let round = 0;
      const disturb = async (): Promise<void> => {
        round++;
        const manifest = await addManifest(opened.db, repository, `new ${round}`, { bytes: 101 });
        await born(pulls, await putTag(opened.db, `${random() < 0.5 ? "a" : "w"}${round}`, manifest, 1_002));
        const tag = busy[Math.floor(random() * busy.length)]!;
        await record(pulls, "GET", tag.manifest, tag);
        if (random() < 0.3) await pulls.foldNow();
      };
      for (const [at, sort] of tagSorts.entries()) {
        const { there, back } = await walk(tagsBy("walk/app", sort, at % 2 === 0, 17), disturb);
        for (const names of [there, back].map((items) => items.map(({ name }) => name))) {
          expect(names.filter((name) => calm.includes(name)).toSorted(), sort).toEqual(calm.toSorted());
        }
      }
    });

    test("a page that has become empty leads back to the row that its cursor stood on", async () => {
      await addTags("empty/app", 3);
      const ask = tagsBy("empty/app", "name", false, 2);
      const first = await ask(undefined);
      await opened.db.transaction((tx) =>
        tx
          .updateTable("tag")
          .set({ end_ms: 5_000 })
          .where("repository_id", "in", tx.selectFrom("repository").select("id").where("name", "=", "empty/app"))
          .where("name", "=", "v2")
          .execute(),
      );
      const second = await ask(first.nextCursor);
      expect(second).toMatchObject({ items: [], nextCursor: undefined });
      const again = await ask(second.prevCursor);
      expect(again.items.map(({ name }) => name)).toEqual(["v0", "v1"]);
      expect(again.prevCursor).toBeUndefined();
    });

    test("search finds any part of a name, whatever the case, and takes % and _ for themselves; total counts what was found", async () => {
      await addTags("search/app", 12, "Rel_1.");
      const ask = async (search: string) => tagsBy("search/app", "name", false, 3, { search, total: true })(undefined);
      expect(await ask("rel_1.1")).toMatchObject({ total: 3, nextCursor: undefined });
      expect(await ask("L_1")).toMatchObject({ total: 12 });
      expect((await ask("%")).items).toEqual([]);
      expect((await ask("l.1")).items).toEqual([]);
      expect((await ask("\\")).items).toEqual([]);
      expect((await tagsBy("search/app", "pulls", true, 1000, { search: "_1.1" })(undefined)).items).toHaveLength(3);
      expect((await tagsBy("search/app", "name", true, 1, { total: true })(undefined)).total).toBe(12);
    });

    test("what a search finds, little or much, comes in the order of the whole list, in pages, with its total", async () => {
      const tags = await addTags("found/app", 5);
      while (tags.length < 310) {
        tags.push(await putTag(opened.db, `v${tags.length}`, tags[tags.length % 5]!.manifest, 1_000));
        await pulls.born("tag", [{ id: tags.at(-1)!.epoch, repositoryId: tags[0]!.manifest.repositoryId }]);
      }
      for (const [n, tag] of tags.entries()) if (n % 7 === 0) await record(pulls, "GET", tag.manifest, tag);
      await pulls.foldNow();
      for (const [n, tag] of tags.entries()) if (n % 50 === 0) await record(pulls, "GET", tag.manifest, tag);
      for (const sort of ["name", "digest", "pulls", "imagePulls"] as const) {
        for (const descending of [false, true]) {
          const whole = (await tagsBy("found/app", sort, descending, 1000)(undefined)).items.map(({ name }) => name);
          for (const search of ["17", "V", "nothing"]) {
            const expected = whole.filter((name) => name.includes(search.toLowerCase()));
            const { there, back } = await walk(tagsBy("found/app", sort, descending, expected.length > 50 ? 100 : 5, { search }));
            expect(
              there.map(({ name }) => name),
              `${sort} ${search}`,
            ).toEqual(expected);
            expect(back).toEqual(there);
            const { total } = await tagsBy("found/app", sort, descending, 1, { search, total: true })(undefined);
            expect(total).toBe(expected.length);
          }
        }
      }
    });

    test("repositories: only those that the patterns show, sorted by any field; uploads alone are no repository", async () => {
      await addTags("seen/a", 3);
      const [pulled] = await addTags("seen/b", 1);
      await addRepository(opened.db, "seen/uploading", 0);
      await addRepository(opened.db, "unseen/a");
      await record(pulls, "GET", pulled!.manifest, pulled);
      const ask = (
        sort: "name" | "tags" | "pulls" | "updatedAt" | "bytes" | "lastPulledAt",
        descending = false,
        visible?: string[],
      ) =>
        listRepositories(opened.db, pulls.openUnfolded, { sort, descending, limit: 100, search: "seen", visible, total: true });
      const names = async (...request: Parameters<typeof ask>) => (await ask(...request)).items.map(({ name }) => name);
      expect(await names("name", false, ["seen/*"])).toEqual(["seen/a", "seen/b"]);
      expect(await names("name", false, ["*/a", "seen/b"])).toEqual(["seen/a", "seen/b", "unseen/a"]);
      expect(await names("name", false, ["s*n/A", "seen_a", "seen/%"])).toEqual([]);
      expect(await names("name", false, [])).toEqual([]);
      const many = Array.from({ length: 5000 }, (_, i) => `nowhere/${i}`);
      expect(await names("name", false, ["seen/b", ...many, "unseen/*"])).toEqual(["seen/b", "unseen/a"]);
      expect(await names("tags", true, ["seen/*"])).toEqual(["seen/a", "seen/b"]);
      expect(await names("pulls", true, ["seen/*"])).toEqual(["seen/b", "seen/a"]);
      await pulls.foldNow();
      expect(await names("lastPulledAt", true, ["seen/*"])).toEqual(["seen/b", "seen/a"]);
      expect(await ask("bytes", false, ["seen/*"])).toMatchObject({
        total: 2,
        items: [{ name: "seen/b", bytes: 100 }, { tags: 3 }],
      });
      await expect(
        listTags(opened.db, undefined, { repository: "seen/a", visible: ["x/*"], sort: "name", descending: false, limit: 1 }),
      ).rejects.toMatchObject({
        code: "NAME_UNKNOWN",
      });
    });

    test("manifests: all of them, only those with a tag or without one, or only those that nothing leads to", async () => {
      const [tag] = await addTags("untagged/app", 2);
      const repository = { id: tag!.manifest.repositoryId, name: "untagged/app" };
      const loose = await addManifest(opened.db, repository, "loose", { artifactType: "application/x", pushedMs: 9_000 });
      await pulls.born("manifest", [{ id: loose.id, repositoryId: repository.id }]);
      await record(pulls, "GET", loose);
      const ask = (more: object) =>
        listManifests(opened.db, pulls.openUnfolded, {
          repository: "untagged/app",
          sort: "pushedAt",
          descending: true,
          limit: 10,
          total: true,
          ...more,
        });
      expect(await ask({})).toMatchObject({
        total: 3,
        items: [{ digest: loose.digest, tags: { count: 0, names: [] } }, {}, { tags: { names: ["v0"] } }],
      });
      expect(await ask({ tagged: true })).toMatchObject({ total: 2 });
      expect(await ask({ tagged: false })).toMatchObject({
        total: 1,
        items: [{ digest: loose.digest, artifactType: "application/x" }],
      });
      // A signature belongs to another manifest, however few tags it has.
      const signature = await addManifest(opened.db, repository, "signature", { subject: tag!.manifest.digest, pushedMs: 1 });
      await pulls.born("manifest", [{ id: signature.id, repositoryId: repository.id }]);
      expect(await ask({ tagged: false })).toMatchObject({ total: 2 });
      for (const sort of ["pushedAt", "bytes", "digest", "lastPulledAt", "pulls"]) {
        expect(await ask({ untagged: true, sort }), sort).toMatchObject({ total: 1, items: [{ digest: loose.digest }] });
      }
      expect(await ask({ untagged: true, search: "0".repeat(20) })).toMatchObject({ total: 0, items: [] });
      for (const sort of ["pulls", "lastPulledAt", "artifactType", "pushedAt"]) {
        expect((await ask({ sort })).items.map(({ digest }) => digest)[0], sort).toBe(loose.digest);
      }
      for (const sort of ["digest", "mediaType", "bytes", "tags", "checks", "lastCheckedAt"]) {
        expect((await ask({ sort })).items, sort).toHaveLength(4);
      }
      expect((await ask({ search: loose.digest.slice(10, 20) })).items).toHaveLength(1);
    });

    test("manifests that nothing leads to, when they are too many to be found first, are walked to", async () => {
      const repository = await addRepository(opened.db, "untagged/many");
      await putTag(opened.db, "v1", await addManifest(opened.db, repository, "tagged", { bytes: 1 }));
      for (let i = 0; i <= maxFound; i++) await addManifest(opened.db, repository, String(i), { bytes: 1_000 + i });
      const ask = (cursor?: string) =>
        listManifests(opened.db, pulls.openUnfolded, {
          repository: repository.name,
          untagged: true,
          sort: "bytes",
          descending: false,
          limit: 200,
          total: true,
          cursor,
        });
      const first = await ask();
      const second = await ask(first.nextCursor);
      expect([first.total, second.nextCursor]).toEqual([maxFound + 1, undefined]);
      expect([...first.items, ...second.items].map(({ bytes }) => bytes)).toEqual(
        Array.from({ length: maxFound + 1 }, (_, i) => 1_000 + i),
      );
    });

    test("the history of a tag tells where it stood, the latest first, in pages", async () => {
      const tags = await addTags("history/app", 3);
      for (const [i, { manifest }] of tags.entries()) await putTag(opened.db, "moving", manifest, 2_000 + i);
      const ask = (cursor: string | undefined) =>
        listTagHistory(opened.db, { repository: "history/app", tag: "moving", limit: 2, cursor });
      const { there, back } = await walk(ask);
      expect(there.map(({ digest }) => digest)).toEqual(tags.toReversed().map(({ manifest }) => manifest.digest));
      expect(back).toEqual(there);
      expect(there.map(({ endMs }) => endMs)).toEqual([0, 2_002, 2_001]);
      expect(new Set(there.map(({ epoch }) => epoch)).size).toBe(1);
      await expect(listTagHistory(opened.db, { repository: "history/app", tag: "never", limit: 2 })).rejects.toMatchObject({
        code: "MANIFEST_UNKNOWN",
      });
    });

    test("a cursor of another sort, another list or of nobody is refused", async () => {
      await addTags("cursor/app", 3);
      const { nextCursor } = await tagsBy("cursor/app", "name", false, 1)(undefined);
      const forge = (cursor: unknown) => Buffer.from(JSON.stringify(cursor)).toString("base64url");
      await expect(tagsBy("cursor/app", "name", true, 1)(nextCursor)).rejects.toMatchObject({ code: "PAGE_INVALID" });
      await expect(tagsBy("cursor/app", "pulls", false, 1)(nextCursor)).rejects.toMatchObject({ code: "PAGE_INVALID" });
      for (const cursor of [
        "",
        "x",
        forge(null),
        forge([]),
        forge({ s: "name", k: [1] }),
        forge({ s: "name", k: ["a", 1] }),
        forge({ s: "name", k: ["a\0"] }),
      ]) {
        await expect(tagsBy("cursor/app", "name", false, 1)(cursor), cursor).rejects.toMatchObject({ code: "PAGE_INVALID" });
      }
      for (const k of [
        [1.5, 1, 1],
        ["1", 1, 1],
        [1e300, 1, 1],
      ]) {
        await expect(tagsBy("cursor/app", "pulls", false, 1)(forge({ s: "pulls", k }))).rejects.toMatchObject({
          code: "PAGE_INVALID",
        });
      }
    });

    test("beyond five thousand unfolded ids the order is that of the fold and says so; the numbers are exact, nothing is missing", async () => {
      const tags = await addTags("many/app", 3);
      const repositoryId = tags[0]!.manifest.repositoryId;
      await record(pulls, "GET", tags[1]!.manifest, tags[1]);
      await pulls.foldNow();
      for (let i = 0; i < 3; i++) await record(pulls, "GET", tags[2]!.manifest, tags[2]);
      const [late] = await addTags("many/late", 1);
      const repository = { id: repositoryId, name: "many/app" };
      const added = await putTag(opened.db, "late", await addManifest(opened.db, repository, "late"), 3_000);
      await born(pulls, added);
      await pulls.died(
        "tag",
        Array.from({ length: 5_001 }, (_, i) => ({ id: 1e9 + i, repositoryId })),
      );
      const page = await tagsBy("many/app", "pulls", true, 10)(undefined);
      expect(page.orderedAsOfMs).toBeLessThan(page.asOfMs!);
      expect(page.items.map(({ name, pulls: own }) => [name, own!.pulls])).toEqual([
        ["v1", 1],
        ["late", 0],
        ["v2", 3],
        ["v0", 0],
      ]);
      const { there } = await walk(tagsBy("many/app", "pulls", true, 1));
      expect(there).toHaveLength(4);
      expect((await tagsBy("many/late", "pulls", true, 10)(undefined)).orderedAsOfMs).toBeUndefined();
      expect(late).toBeDefined();
    });

    test("when pulls are not counted there are no numbers, and a sort by them is refused with the reason", async () => {
      await addTags("off/app", 1);
      const request = { repository: "off/app", sort: "name", descending: false, limit: 10 } as const;
      const { items, asOfMs } = await listTags(opened.db, undefined, request);
      expect(items[0]).toMatchObject({ pulls: undefined, imagePulls: undefined });
      expect(asOfMs).toBeUndefined();
      await expect(listTags(opened.db, undefined, { ...request, sort: "pulls" })).rejects.toThrow(/does not count pulls/);
    });
  });
});
