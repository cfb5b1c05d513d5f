import { describe, expect, it } from "vitest";
import { isAdmin, isAllowed, limitedTo, type Principal } from "./principal.ts";
import { actions, createRights, type Grant, type Role } from "./rights.ts";
import type { RepositoryName } from "../oci/reference.ts";

let ids = 0;
const grant = (role: Role, pattern: string, overwrite = true): Grant => ({ id: ++ids, role, pattern, overwrite, to: "user ann" });
const allowed = (grants: readonly Grant[], name: string): string =>
  actions.filter((action) => createRights(grants).may(action, name)).join(" ");

describe("rights", () => {
  it.each<[string, readonly Grant[], string]>([
    ["pull is pulling", [grant("pull", "*")], "pull"],
    ["push is also pulling and overwriting", [grant("push", "*")], "pull push overwrite"],
    ["push without overwrite only creates", [grant("push", "*", false)], "pull push"],
    ["delete is not pushing", [grant("delete", "*")], "pull delete"],
    ["admin is everything, whatever it says of overwriting", [grant("admin", "*", false)], "pull push overwrite delete admin"],
    ["several add up", [grant("delete", "team/*"), grant("push", "*/app", false)], "pull push delete"],
    ["elsewhere they are nothing", [grant("admin", "other/*")], ""],
    ["without grants there are none", [], ""],
  ])("%s", (_rule, grants, expected) => {
    expect(allowed(grants, "team/app")).toBe(expected);
  });

  it("a grant that allows something is found, the widest first", () => {
    const narrow = grant("pull", "team/*");
    const wide = grant("admin", "team/*");
    const rights = createRights([narrow, wide]);
    expect(rights.grantOf("pull", "team/app")).toBe(wide);
    expect(rights.grantOf("pull", "other/app")).toBeUndefined();
    expect(createRights([narrow]).grantOf("push", "team/app")).toBeUndefined();
  });

  it("what is visible is what may be pulled by any role; `*` is all", () => {
    expect(createRights([grant("push", "b/*"), grant("pull", "a"), grant("delete", "b/*")]).visible).toEqual(["b/*", "a"]);
    expect(createRights([grant("pull", "*"), grant("pull", "a")]).visible).toBeUndefined();
    expect(createRights([]).visible).toEqual([]);
  });

  it("only admin on everything administers the registry", () => {
    expect(createRights([grant("admin", "team/*"), grant("push", "*")]).isAdmin).toBe(false);
    expect(createRights([grant("admin", "*")]).isAdmin).toBe(true);
  });

  it("a decision is the same when it is asked again, and after many others", () => {
    const rights = createRights([grant("pull", "team/*")]);
    for (let i = 0; i < 25_000; i++) rights.may("pull", `noise/${i}`);
    for (const again of [1, 2]) {
      expect([again, rights.may("pull", "team/app"), rights.may("push", "team/app")]).toEqual([again, true, false]);
    }
  });
});

describe("the limits of a token", () => {
  const app = "team/app" as RepositoryName;
  const admin: Principal = { id: 1, name: "ann", kind: "user", rights: createRights([grant("admin", "*")]) };

  it("take away what its role does not include, from administrators too", () => {
    const limited = { ...admin, limits: limitedTo("pull") };
    expect(actions.filter((action) => isAllowed(limited, action, app))).toEqual(["pull"]);
    expect(isAdmin(limited)).toBe(false);
    expect(isAdmin({ ...admin, limits: limitedTo("admin") })).toBe(true);
  });

  it("add nothing to what its owner may", () => {
    const reader: Principal = { ...admin, rights: createRights([grant("pull", "team/*")]), limits: limitedTo("admin") };
    expect(actions.filter((action) => isAllowed(reader, action, app))).toEqual(["pull"]);
    expect(isAdmin(reader)).toBe(false);
  });
});
