import { expect, test } from "vitest";
import type { TagItem } from "../../wire/tags.ts";
import { platformRows } from "./tag-rows.tsx";

const pulls = { count: null, lastPulledAt: null, checks: null, lastCheckedAt: null };
const child = (digest: string) => ({ platform: "linux/amd64", digest, bytes: 1, present: true, pulls });

function tagOf(detail: Partial<TagItem>): TagItem {
  return { name: "v1", ...detail } as TagItem;
}

test("the platforms of an index are its rows, the same ones for the same tag", () => {
  const tag = tagOf({ children: [child("sha256:a"), child("sha256:b")], childCount: 2 });
  expect(platformRows(tag).map(({ name }) => name)).toEqual(["linux/amd64 sha256:a", "linux/amd64 sha256:b"]);
  expect(platformRows(tag)).toBe(platformRows(tag));
});

test("the last row counts those that the list leaves out", () => {
  const tag = tagOf({ children: [child("sha256:a")], childCount: 4096 });
  expect(
    platformRows(tag)
      .map(({ name }) => name)
      .at(-1),
  ).toBe("and 4,095 more: its page lists them");
});

test("a tag of one image has none", () => {
  expect(platformRows(tagOf({ children: null, childCount: null }))).toEqual([]);
});
