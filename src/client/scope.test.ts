import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRepositoryName } from "../oci/reference.ts";
import { formatScope, mergeScopes } from "./scope.ts";

describe("scopes", () => {
  it("are written as token servers read them", () => {
    expect(formatScope({ repository: parseRepositoryName("a/b"), actions: ["pull", "push"] })).toBe("repository:a/b:pull,push");
    expect(formatScope({ catalog: true })).toBe("registry:catalog:*");
  });

  it("name a repository once, with all that is asked of it in order", () => {
    expect(mergeScopes(["repository:a:push,pull", "repository:a:delete", "repository:a:pull"])).toEqual([
      "repository:a:delete,pull,push",
    ]);
  });

  it("swallow everything else of a repository with *", () => {
    expect(mergeScopes(["repository:a:pull", "repository:a:*,push"])).toEqual(["repository:a:*"]);
  });

  it("put the strongest first, because some servers honour only that", () => {
    expect(
      mergeScopes([
        "repository:a:pull",
        "repository:z:pull,push",
        "repository:y:delete",
        "repository:b:pull",
        "registry:catalog:*",
      ]),
    ).toEqual(["registry:catalog:*", "repository:y:delete", "repository:z:pull,push", "repository:a:pull", "repository:b:pull"]);
  });

  it("keep names with ports and types with a class, and what is not of their form", () => {
    expect(mergeScopes(["repository:host:5000/a:pull", "repository(plugin):a:pull", "*", "a:b", ""])).toEqual([
      "repository(plugin):a:pull",
      "repository:host:5000/a:pull",
      "*",
      "a:b",
    ]);
  });

  it("are the same merged in any order, and merged again", () => {
    const action = fc.constantFrom("pull", "push", "delete", "*");
    const scope = fc
      .tuple(fc.constantFrom("a", "b", "c/d"), fc.uniqueArray(action, { minLength: 1 }))
      .map(([name, actions]) => `repository:${name}:${actions.join(",")}`);
    const twice = fc.array(scope).chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(twice, ([one, other]) => {
        expect(mergeScopes(other)).toEqual(mergeScopes(one));
        expect(mergeScopes(mergeScopes(one))).toEqual(mergeScopes(one));
      }),
    );
  });
});
