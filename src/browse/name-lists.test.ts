import { describe, expect, test } from "vitest";
import { createNameLists, type NameList } from "./name-lists.ts";

describe("lists of names", () => {
  let nowMs = 0;
  const lists = createNameLists(() => nowMs);
  let read = 0;
  const ask = (names: readonly string[]): Promise<NameList> => {
    async function* pages() {
      read++;
      yield names;
    }
    return lists.read("tags", () => true, pages, new AbortController().signal);
  };
  const sorted = (list: NameList, descending = false): string[] => list.rows("version", descending).map(({ name }) => name);

  test("are read once a minute, and sorted again only when they have changed", async () => {
    const first = await ask(["v10", "v9", "odd", "latest"]);
    const order = first.rows("version", false);
    expect(sorted(first)).toEqual(["latest", "odd", "v9", "v10"]);
    expect(sorted(first, true)).toEqual(["v10", "v9", "odd", "latest"]);
    nowMs += 59_000;
    expect(await ask(["never read"])).toBe(first);
    nowMs += 2_000;
    const same = await ask(["v10", "v9", "odd", "latest"]);
    expect(read).toBe(2);
    expect(same.rows("version", false)).toBe(order);
    for (const changed of [
      ["v10", "v9", "odd"],
      ["v10", "v9", "odd", "latest", "new"],
      ["v10", "v8"],
    ]) {
      nowMs += 60_000;
      expect((await ask(changed)).names).toEqual(changed);
    }
  });
});
