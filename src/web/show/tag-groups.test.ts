import { describe, expect, test } from "vitest";
import { groupTags, mostAtOnce } from "./tag-groups.ts";

const row = (repository: string, name: string, digest: string | null = "sha256:1") => ({ repository, name, digest });

describe("tags to be deleted", () => {
  test("go by repository, each with the digest that was seen", () => {
    expect(groupTags([row("a", "1"), row("b", "1"), row("a", "2", null)])).toEqual([
      { repository: "a", tags: [{ name: "1", digest: "sha256:1" }, { name: "2" }] },
      { repository: "b", tags: [{ name: "1", digest: "sha256:1" }] },
    ]);
  });

  test("so many at once as the API takes", () => {
    const rows = Array.from({ length: mostAtOnce + 1 }, (_, i) => row("a", String(i)));
    expect(groupTags(rows).map(({ tags }) => tags.length)).toEqual([mostAtOnce, 1]);
    expect(groupTags([])).toEqual([]);
  });
});
