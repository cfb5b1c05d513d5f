import { expect, test } from "vitest";
import { folderOf, foldersAbove, isFiltered, repositorySort, toRepositoryQuery } from "./repository-query.ts";

test("the latest pull comes first; where pulls are not counted, names do", () => {
  expect(repositorySort({}, true)).toBe("-lastPulledAt");
  expect(repositorySort({}, false)).toBe("name");
  expect(repositorySort({ sort: "-pulls" }, true)).toBe("-pulls");
  expect(repositorySort({ sort: "-pulls" }, false)).toBe("name");
  expect(repositorySort({ sort: "" }, true)).toBe("-lastPulledAt");
});

test("a filter is asked for as it stands, for the API to refuse what is wrong in it", () => {
  expect(toRepositoryQuery({ q: "app", usage: "idle,lost", kind: "" }, true)).toEqual({
    search: "app",
    usage: "idle,lost",
    kind: undefined,
    sort: "-lastPulledAt",
    detail: true,
  });
  expect(isFiltered({ usage: "", q: "" })).toBe(false);
  expect(isFiltered({ kind: "proxy" })).toBe(true);
});

test("a folder shows what lies directly in it, a filter looks below it too", () => {
  expect(toRepositoryQuery({ view: "folders", under: "team/" }, true)).toMatchObject({ under: "team/", direct: true });
  expect(toRepositoryQuery({ view: "folders" }, true)).toMatchObject({ under: undefined, direct: true });
  expect(toRepositoryQuery({ view: "folders", under: "team/", q: "app" }, true).direct).toBeUndefined();
  expect(toRepositoryQuery({ under: "team/" }, true)).not.toHaveProperty("under");
});

test("what is no folder is the top, and a list has none", () => {
  expect(folderOf({ view: "folders", under: "team" })).toBe("");
  expect(folderOf({ under: "team/" })).toBeUndefined();
});

test("the folders above one are named from the outside in", () => {
  expect(foldersAbove("team/app/")).toEqual([
    { path: "team/", name: "team" },
    { path: "team/app/", name: "app" },
  ]);
  expect(foldersAbove("")).toEqual([]);
});
