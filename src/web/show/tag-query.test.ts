import { describe, expect, test } from "vitest";
import { filtersOf, isFiltered, tagSort, toTagQuery } from "./tag-query.ts";

const here = { repository: "team/app" };
const elsewhere = { repository: "library/nginx", registry: "hub" };

describe("the address of a list of tags", () => {
  test("asks for the latest pushes when it says nothing", () => {
    expect(toTagQuery(here, {})).toEqual({ repository: "team/app", sort: "-pushedAt", detail: true });
    expect(isFiltered(here, {})).toBe(false);
  });

  test("asks for what it says", () => {
    const search = { q: "1.10", usage: "idle,never", type: "chart", platform: "linux/arm64", sort: "-bytes", view: "tags" };
    expect(toTagQuery(here, search)).toEqual({
      repository: "team/app",
      search: "1.10",
      usage: "idle,never",
      type: "chart",
      platform: "linux/arm64",
      sort: "-bytes",
      detail: true,
    });
    expect(isFiltered(here, search)).toBe(true);
  });

  test("what it says wrongly is nothing", () => {
    expect(toTagQuery(here, { usage: "gone,idle", type: "constructor", sort: "drop" })).toEqual({
      repository: "team/app",
      usage: "idle",
      sort: "-pushedAt",
      detail: true,
    });
  });

  test("of a question only the filter says what is deleted", () => {
    expect(filtersOf(toTagQuery(here, { q: "dev-", usage: "idle", sort: "-bytes" }))).toEqual({ search: "dev-", usage: "idle" });
    expect(filtersOf(toTagQuery(here, {}))).toEqual({});
  });

  test("of another registry it asks only what that can be asked", () => {
    expect(toTagQuery(elsewhere, { usage: "idle", type: "image", sort: "-pulls" })).toEqual({
      ...elsewhere,
      sort: "-version",
      detail: false,
    });
    expect(tagSort(elsewhere, { sort: "builtAt" })).toBe("builtAt");
  });
});
