import { describe, expect, test } from "vitest";
import { filtersOf, isFiltered, toTagQuery } from "./tag-query.ts";

const here = { repository: "team/app" };
const elsewhere = { repository: "library/nginx", registry: "hub" };

describe("the address of a list of tags", () => {
  test("asks for the latest pushes when it says nothing", () => {
    expect(toTagQuery(here, {})).toEqual({ repository: "team/app", sort: "-pushedAt", detail: true });
    expect(isFiltered({})).toBe(false);
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
    expect(isFiltered(search)).toBe(true);
  });

  test("what it says wrongly is asked for as it stands, for the API to refuse; what is empty is nothing", () => {
    expect(toTagQuery(here, { usage: "gone,idle", type: "", q: "", sort: "drop" })).toEqual({
      repository: "team/app",
      usage: "gone,idle",
      sort: "drop",
      detail: true,
    });
  });

  test("of a question only the filter says what is deleted", () => {
    expect(filtersOf(toTagQuery(here, { q: "dev-", usage: "idle", sort: "-bytes" }))).toEqual({ search: "dev-", usage: "idle" });
    expect(filtersOf(toTagQuery(here, {}))).toEqual({});
  });

  test("of another registry it asks for names, the newest version first", () => {
    expect(toTagQuery(elsewhere, {})).toEqual({ ...elsewhere, sort: "-version", detail: false });
    expect(toTagQuery(elsewhere, { sort: "builtAt" }).sort).toBe("builtAt");
  });
});
