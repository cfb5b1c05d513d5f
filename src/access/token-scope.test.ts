import { describe, expect, it, test } from "vitest";
import type { RepositoryName } from "../oci/reference.ts";
import { limitedTo, type Principal } from "./principal.ts";
import { createRights, type Role } from "./rights.ts";
import { formatScopes, grantScopes, limitsOf } from "./token-scope.ts";
import { cpuMsOf } from "../../test/cpu-time.ts";

const somebody = (grants: readonly string[], more: Partial<Principal> = {}): Principal => ({
  id: 1,
  name: "ann",
  kind: "user",
  rights: createRights(
    grants.map((text, id) => {
      const [role, pattern] = text.split(" ") as [Role, string];
      return { id, role, pattern, overwrite: true, to: "user ann" };
    }),
  ),
  ...more,
});
const pusher = somebody(["push team/*", "pull lib/*"]);
const admin = somebody(["admin *"]);
const given = (principal: Principal, ...scopes: readonly string[]): string => formatScopes(grantScopes(scopes, principal));

describe("a scope gives what is asked for as far as it is allowed", () => {
  it.each([
    ["repository:team/app:pull", "repository:team/app:pull"],
    ["repository:team/app:push,pull", "repository:team/app:pull,push"],
    ["repository:team/app:pull,push,delete", "repository:team/app:pull,push"],
    ["repository:team/app:*", "repository:team/app:pull,push"],
    ["repository:lib/app:*", "repository:lib/app:pull"],
    ["repository:lib/app:push", ""],
    ["repository:other/app:pull", ""],
    ["repository(plugin):team/app:pull", "repository:team/app:pull"],
    // Several in one text, as a browser encodes a space, and twice.
    ["repository:team/a:pull repository:team/b:pull", "repository:team/a:pull repository:team/b:pull"],
    ["repository:team/a:pull+repository:team/b:pull", "repository:team/a:pull repository:team/b:pull"],
    ["repository:team/a:pull repository:team/a:push", "repository:team/a:pull,push"],
    ["  repository:team/a:pull   ", "repository:team/a:pull"],
    // What nobody can mean.
    ["repository:team/app:read,PULL,admin,overwrite", ""],
    ["repository:team/app:", ""],
    ["repository:team/app", ""],
    ["repository:*:pull", ""],
    ["repository:team/*:pull", ""],
    ["repository:Team/App:pull", ""],
    ["repository:../team/app:pull", ""],
    ["repository:localhost:5000/team/app:pull", ""],
    ["repository:registry.example.com:443/team/app:pull,push", ""],
    ["Repository:team/app:pull", ""],
    ["__proto__:team/app:pull", ""],
    ["repository:__proto__:pull", ""],
    ["aws", ""],
    ["*", ""],
    [":::", ""],
    ["", ""],
  ])("%j gives %j", (asked, scopes) => {
    expect(given(pusher, asked)).toBe(scopes);
  });
});

test("deletion is given to whom it is given", () => {
  expect(given(somebody(["delete team/*"]), "repository:team/app:*")).toBe("repository:team/app:pull,delete");
  expect(given(admin, "repository:any/thing:*")).toBe("repository:any/thing:pull,push,delete");
});

test("the limit of a personal token is a limit of what is given", () => {
  expect(given({ ...admin, limits: limitedTo("pull") }, "repository:any/thing:*")).toBe("repository:any/thing:pull");
});

test("the catalog is given to members, and to the anonymous if there is anything for them to see", () => {
  const anonymous = { id: 0, name: "anonymous", kind: "anonymous" } as const;
  const asked = "registry:catalog:*";
  expect(given(somebody([]), asked)).toBe(asked);
  expect(given(somebody([], anonymous), asked)).toBe("");
  expect(given(somebody(["pull lib/*"], anonymous), asked)).toBe(asked);
  for (const other of ["registry:catalog:pull", "registry:users:*", "registry:*:*"]) expect(given(admin, other), other).toBe("");
});

test("a token stays small, however much is asked for", () => {
  const scopes = Array.from({ length: 5000 }, (_, i) => `repository:team/${"x".repeat(100)}${i}:pull,push`);
  const access = grantScopes(scopes, pusher);
  expect(JSON.stringify(access).length).toBeLessThan(2600);
  expect(access.length).toBeGreaterThan(10);
  expect(access[0]?.name).toBe(`team/${"x".repeat(100)}0`);
});

test("asking for a hundred thousand things takes no time", () => {
  const spent = cpuMsOf(() =>
    grantScopes([`repository:team/app:${"pull,".repeat(100_000)}`, ":".repeat(100_000), "a:b:c ".repeat(20_000)], pusher),
  );
  expect(spent).toBeLessThan(1000);
});

test("a token is good for what is written in it and for nothing else", () => {
  const { may, catalog } = limitsOf([
    { type: "repository", name: "team/app", actions: ["pull", "push"] },
    { type: "repository", name: "team/old", actions: ["delete"] },
  ]);
  const asked = ["team/app", "team/old", "team", "team/app/x"].map((name) =>
    (["pull", "push", "overwrite", "delete", "admin"] as const).filter((action) => may(action, name as RepositoryName)).join(" "),
  );
  expect(asked).toEqual(["pull push overwrite", "delete", "", ""]);
  expect(catalog).toBe(false);
  expect(limitsOf([{ type: "registry", name: "catalog", actions: ["*"] }]).catalog).toBe(true);
});
