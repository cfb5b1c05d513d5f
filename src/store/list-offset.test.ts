import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { addManifest, addRepository, born, openTestPulls, putTag, record, type TagRow } from "../../test/rows.ts";
import type { Pulls } from "../pulls/pulls.ts";
import { listTags, type TagSort } from "./list-tags.ts";

describe.each(databases)("pages by offset on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let pulls: Pulls;
    beforeAll(async () => {
      opened = await open();
      let clock = 1_700_000_000_000;
      pulls = await openTestPulls(opened, () => clock++);
      const row = await addRepository(opened.db, "page/app");
      const tags: TagRow[] = [];
      for (let i = 0; i < 20; i++) {
        tags.push(await putTag(opened.db, `v${i}`, await addManifest(opened.db, row, String(i), { bytes: 100 + (i % 3) })));
        await born(pulls, tags.at(-1)!);
      }
      const pull = async (at: number) => record(pulls, "GET", tags[at]!.manifest, tags[at]);
      for (const at of [3, 3, 7, 11]) await pull(at);
      await pulls.foldNow();
      for (const at of [5, 11, 13]) await pull(at);
    });
    afterAll(async () => {
      await pulls?.close();
      await opened?.close();
    });
    const ask = async (sort: TagSort, descending: boolean, more: object) =>
      listTags(opened.db, pulls.openUnfolded, { repository: "page/app", sort, descending, limit: 6, ...more });
    const namesOf = ({ items }: { items: readonly { name: string }[] }): string[] => items.map(({ name }) => name);

    test("a page by offset is that part of the whole list, by stored columns and by counts, folded or not, searched or not", async () => {
      for (const sort of ["name", "bytes", "pulls", "lastPulledAt", "imagePulls"] as const) {
        for (const descending of [false, true]) {
          for (const search of [undefined, "1"]) {
            const whole = namesOf(await ask(sort, descending, { limit: 1000, search }));
            for (const offset of [0, 1, 5, 10, 19, 20]) {
              const page = await ask(sort, descending, { offset, search });
              expect(namesOf(page), `${sort} ${offset} ${search}`).toEqual(whole.slice(offset, offset + 6));
            }
          }
        }
      }
    });

    test("cursors lead on from it and back; behind the end there are none", async () => {
      const page = await ask("pulls", true, { offset: 8 });
      const whole = namesOf(await ask("pulls", true, { limit: 1000 }));
      expect(namesOf(await ask("pulls", true, { cursor: page.nextCursor }))).toEqual(whole.slice(14, 20));
      expect(namesOf(await ask("pulls", true, { cursor: page.prevCursor }))).toEqual(whole.slice(2, 8));
      expect((await ask("name", false, { offset: 0 })).prevCursor).toBeUndefined();
      const behind = await ask("name", false, { offset: 99 });
      expect([behind.items, behind.nextCursor, behind.prevCursor]).toEqual([[], undefined, undefined]);
    });

    test("an offset with a cursor is refused", async () => {
      const { nextCursor } = await ask("name", false, {});
      await expect(ask("name", false, { cursor: nextCursor, offset: 1 })).rejects.toMatchObject({ code: "REQUEST_INVALID" });
    });
  });
});
