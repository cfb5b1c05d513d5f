// /api/v1 of users, robots, tokens, grants, rules, audit and may, asked over a real port by people with all, some and no rights.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import { routes } from "../../src/api/routes.ts";
import { ociIndex } from "../../src/oci/media-types.ts";
import { createdAnswer, mayAnswer, type MayAnswer } from "../../src/wire/access.ts";
import { auditAnswer } from "../../src/wire/audit.ts";
import { grantsAnswer, rulesAnswer } from "../../src/wire/grants.ts";
import { newRobotAnswer, robotItem, robotsAnswer } from "../../src/wire/robots.ts";
import { tokenAnswer, tokensAnswer } from "../../src/wire/tokens.ts";
import { groupsAnswer, userItem, usersAnswer } from "../../src/wire/users.ts";
import { basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Reply } from "../asker.ts";
import { image } from "../image.ts";

let house: House;
let root: string;
let made = 0;
/** Names are used once in this file. */
const fresh = (what: string): string => `${what}${++made}`;
beforeAll(async () => {
  house = await openHouse();
  root = basic(house.root);
});
afterAll(() => house?.[Symbol.asyncDispose]());

function ask(question: string, authorization?: string, body?: unknown): Promise<Reply> {
  return house.ask(question, authorization === undefined ? {} : { authorization }, body);
}
/** As the administrator; the answer fits its schema to the last field. */
async function done<Answer extends z.ZodType>(question: string, answer: Answer, body?: unknown): Promise<z.output<Answer>> {
  const reply = await ask(question, root, body);
  expect(reply.status, reply.body).toBe(200);
  return answer.parse(JSON.parse(reply.body));
}
async function refused(question: string, authorization: string | undefined, body?: unknown): Promise<[number, string]> {
  const reply = await ask(question, authorization, body);
  return [reply.status, (JSON.parse(reply.body) as { code: string }).code];
}
const statusOf = async (question: string, authorization?: string, body?: unknown): Promise<number> =>
  (await ask(question, authorization, body)).status;

describe("accounts", () => {
  test("a user is made, found, changed and deleted, and can do what that says", async () => {
    const name = fresh("user");
    const secret = "correct horse battery";
    const user = await done("POST /api/v1/users", userItem, { name, password: secret, groups: ["dev", "dev"] });
    expect(user).toMatchObject({ name, groups: ["dev"], signIn: "password", createdBy: "root", disabledAt: null, tokens: 0 });
    expect(await done(`GET /api/v1/users/${name}`, userItem)).toEqual(user);
    expect((await done(`GET /api/v1/users?search=${name}&total=true`, usersAnswer)).items).toEqual([user]);
    expect((await done("GET /api/v1/groups", groupsAnswer)).items).toContainEqual({ name: "dev", members: 1, grants: 0 });
    const own = basic({ name, secret });
    expect(await statusOf("GET /api/v1/status", own)).toBe(200);
    expect(await done(`PATCH /api/v1/users/${name}`, userItem, { disabled: true, groups: [] })).toMatchObject({
      groups: [],
      disabledAt: expect.any(String) as string,
    });
    expect(await statusOf("GET /api/v1/status", own)).toBe(401);
    await done(`PATCH /api/v1/users/${name}`, userItem, { disabled: false });
    expect(await statusOf("GET /api/v1/status", own)).toBe(200);
    expect(await statusOf(`DELETE /api/v1/users/${name}`, root)).toBe(204);
    expect(await statusOf("GET /api/v1/status", own)).toBe(401);
    expect(await refused(`GET /api/v1/users/${name}`, root)).toEqual([404, "NOT_FOUND"]);
    expect(await refused(`DELETE /api/v1/users/${name}`, root)).toEqual([404, "NOT_FOUND"]);
  });

  test("an administrator is one by a grant on everything, and cannot lock themselves out by mistake", async () => {
    const name = fresh("chief");
    await done("POST /api/v1/users", userItem, { name, password: "correct horse battery", administrator: true });
    const own = basic({ name, secret: "correct horse battery" });
    expect(await statusOf("GET /api/v1/users", own)).toBe(200);
    expect(await refused(`DELETE /api/v1/users/${name}`, own)).toEqual([409, "CONFLICT"]);
    expect(await refused(`PATCH /api/v1/users/${name}`, own, { disabled: true })).toEqual([409, "CONFLICT"]);
    expect(await statusOf(`DELETE /api/v1/users/${name}`, root)).toBe(204);
  });

  test("a robot comes with its rights and one token, in by that token alone, and out at its time", async () => {
    const name = fresh("robot");
    const body = { name, expiresAt: "2999-01-01", grants: [{ role: "push", pattern: "ci/*", overwrite: false }] };
    const { secret, ...robot } = await done("POST /api/v1/robots", newRobotAnswer, body);
    expect(robot).toMatchObject({ name, tokens: 1, expiresAt: "2999-01-01T00:00:00.000Z", lastUsedAt: null });
    expect(secret).toMatch(/^hythe_/);
    expect(await done(`GET /api/v1/robots/${name}`, robotItem)).toEqual(robot);
    expect((await done(`GET /api/v1/robots?search=${name}`, robotsAnswer)).items).toEqual([robot]);
    for (const authorization of [bearer(secret), basic({ name, secret })]) {
      const reply = await ask("GET /api/v1/may?action=overwrite&repository=ci/app", authorization);
      expect(JSON.parse(reply.body)).toMatchObject({
        who: name,
        allowed: false,
        reason: expect.stringContaining("not move tags"),
      });
    }
    expect(await statusOf("GET /api/v1/status", basic({ name: "root", secret }))).toBe(401);
    expect(await refused(`GET /api/v1/users/${name}`, root)).toEqual([404, "NOT_FOUND"]);
    expect(await refused("POST /api/v1/robots", root, { name: fresh("robot"), expiresAt: "2020-01-01" })).toEqual([
      400,
      "REQUEST_INVALID",
    ]);
    await done(`PATCH /api/v1/robots/${name}`, robotItem, { disabled: true });
    expect(await statusOf("GET /api/v1/status", bearer(secret))).toBe(401);
  });

  test("a name is taken once, by a user or a robot, and nobody else's password is ever shown", async () => {
    const name = fresh("user");
    await done("POST /api/v1/users", userItem, { name, password: "correct horse battery" });
    expect(await refused("POST /api/v1/users", root, { name })).toEqual([409, "CONFLICT"]);
    expect(await refused("POST /api/v1/robots", root, { name })).toEqual([409, "CONFLICT"]);
    for (const path of ["users", "robots", `users/${name}`, "tokens?all=true", "audit", "grants"]) {
      expect((await ask(`GET /api/v1/${path}`, root)).body, path).not.toMatch(/\$argon2|hythe_|correct horse|[0-9a-f]{64}/);
    }
  });
});

describe("tokens", () => {
  test("are made by their owner with a password, shown once, good for their role, and revoked at once", async () => {
    const user = await house.user(fresh("user"), ["push team/*"]);
    const reply = await ask("POST /api/v1/tokens", basic(user), {
      name: "laptop",
      role: "pull",
      expiresAt: "2999-01-01T00:00:00Z",
    });
    const { secret, ...token } = tokenAnswer.parse(JSON.parse(reply.body));
    expect(token).toMatchObject({ of: user.name, role: "pull", createdBy: user.name, expiresAt: "2999-01-01T00:00:00.000Z" });
    const list = tokensAnswer.parse(JSON.parse((await ask("GET /api/v1/tokens", basic(user))).body));
    expect(list.items).toEqual([token]);
    const may = async (action: string): Promise<boolean> => {
      const { body } = await ask(`GET /api/v1/may?action=${action}&repository=team/app`, bearer(secret));
      return (JSON.parse(body) as MayAnswer).allowed;
    };
    expect([await may("pull"), await may("push")]).toEqual([true, false]);
    expect(await statusOf(`DELETE /api/v1/tokens/${token.id}`, basic(user))).toBe(204);
    expect(await statusOf("GET /api/v1/tokens", bearer(secret))).toBe(401);
    expect(await refused(`DELETE /api/v1/tokens/${token.id}`, basic(user))).toEqual([404, "NOT_FOUND"]);
  });

  test("do not make tokens, and those for one role change nothing of their owner's but themselves", async () => {
    const user = await house.user(fresh("user"), ["pull team/*"]);
    const [whole, limited, other] = [
      await house.token(user.name),
      await house.token(user.name, "pull"),
      await house.token(user.name),
    ];
    expect(await refused("POST /api/v1/tokens", basic(whole), { name: "more" })).toEqual([403, "DENIED"]);
    expect(await refused("POST /api/v1/tokens", bearer(limited.secret), { name: "more" })).toEqual([403, "DENIED"]);
    expect(await refused(`DELETE /api/v1/tokens/${other.id}`, bearer(limited.secret))).toEqual([403, "DENIED"]);
    expect(await refused("DELETE /api/v1/sessions", bearer(limited.secret))).toEqual([403, "DENIED"]);
    const password = { current: limited.secret, password: "a new secret of mine" };
    expect(await refused("PUT /api/v1/session/password", bearer(limited.secret), password)).toEqual([401, "UNAUTHORIZED"]);
    expect(await statusOf(`DELETE /api/v1/tokens/${limited.id}`, bearer(limited.secret))).toBe(204);
    expect(await statusOf("GET /api/v1/tokens", bearer(other.secret))).toBe(200);
  });

  test("an administrator's token for pull administers nothing", async () => {
    const { secret } = await house.token("root", "pull");
    for (const route of routes.filter(({ access }) => access === "admin" || access === "manage")) {
      const path = route.path.replaceAll(/\{\w+\}/g, "1");
      expect(await refused(`${route.method} ${path}`, bearer(secret)), `${route.method} ${path}`).toEqual([403, "DENIED"]);
    }
    expect(await refused("POST /api/v1/tokens", bearer(secret), { name: "wider", role: "admin" })).toEqual([403, "DENIED"]);
  });

  test("of others are for administrators: nobody lists, makes or revokes them", async () => {
    const [ann, bob] = [await house.user(fresh("ann")), await house.user(fresh("bob"))];
    const { id, secret } = await house.token(bob.name);
    expect(await refused(`GET /api/v1/tokens?of=${bob.name}`, basic(ann))).toEqual([403, "DENIED"]);
    expect(await refused("GET /api/v1/tokens?all=true", basic(ann))).toEqual([403, "DENIED"]);
    expect(await refused("POST /api/v1/tokens", basic(ann), { name: "x", of: bob.name })).toEqual([403, "DENIED"]);
    const hidden = await ask(`DELETE /api/v1/tokens/${id}`, basic(ann));
    const missing = await ask(`DELETE /api/v1/tokens/${id + 1000}`, basic(ann));
    expect(anonymized(hidden, id)).toEqual(anonymized(missing, id + 1000));
    expect(await statusOf("GET /api/v1/tokens", bearer(secret))).toBe(200);
    expect((await done(`GET /api/v1/tokens?of=${bob.name}`, tokensAnswer)).items.map((token) => token.id)).toEqual([id]);
    const replaced = await done("POST /api/v1/tokens", tokenAnswer, { name: "new", of: bob.name, replace: true });
    expect(await statusOf("GET /api/v1/tokens", bearer(secret))).toBe(401);
    expect(await statusOf("GET /api/v1/tokens", bearer(replaced.secret))).toBe(200);
  });
});

/** What a client can compare: without ids that differ by nature. */
function anonymized({ status, body, rawHeaders }: Reply, id: number): unknown[] {
  const kept = rawHeaders.filter((_, i) => !/^(?:x-request-id|date|content-length)$/i.test(rawHeaders[i - (i % 2)]!));
  return [status, body.replaceAll(/"requestId":"[^"]*"/g, "").replaceAll(String(id), "ID"), kept];
}

describe("who has admin on some repositories", () => {
  let lead: Credentials;
  let name: string;
  beforeEach(async () => {
    name = fresh("lead");
    lead = await house.user(name, [`admin ${name}/*`, "pull open/*"]);
  });
  const grantsOf = async (who: Credentials) =>
    grantsAnswer.parse(JSON.parse((await ask("GET /api/v1/grants?limit=1000&total=true", basic(who))).body));

  test("gives and takes rights within them, and within nothing else", async () => {
    const other = await house.user(fresh("user"));
    const to = { account: other.name };
    for (const pattern of [`${name}/*`, `${name}/app`, `${name}/a*b`, `${name}/**`]) {
      const reply = await ask("POST /api/v1/grants", basic(lead), { to, role: "push", pattern });
      expect(reply.status, pattern).toBe(200);
    }
    for (const pattern of ["*", `${name}*`, name, `*${name}/*`, `x${name}/app`, "open/*", "o*"]) {
      expect(await refused("POST /api/v1/grants", basic(lead), { to, role: "pull", pattern }), pattern).toEqual([403, "DENIED"]);
      const rule = { repositoryPattern: pattern, tagPattern: "*" };
      expect(await refused("POST /api/v1/rules", basic(lead), rule), pattern).toEqual([403, "DENIED"]);
    }
    expect(await statusOf("GET /api/v1/repositories", basic(other))).toBe(200);
    expect(await refused("GET /api/v1/users", basic(lead))).toEqual([403, "DENIED"]);
    expect(await refused("GET /api/v1/audit", basic(lead))).toEqual([403, "DENIED"]);
  });

  test("sees only the grants and rules within them, and takes no other: those are not there", async () => {
    const within = await house.grant({ kind: "group", name: "dev" }, `pull ${name}/app`);
    const outside = await house.grant({ kind: "everyone" }, "pull open/*");
    const { items, total } = await grantsOf(lead);
    expect(items.map(({ pattern }) => pattern).toSorted()).toEqual([`${name}/*`, `${name}/app`]);
    expect(total).toBe(2);
    const hidden = await ask(`DELETE /api/v1/grants/${outside}`, basic(lead));
    const missing = await ask(`DELETE /api/v1/grants/${outside + 1000}`, basic(lead));
    expect(hidden.status).toBe(404);
    expect(anonymized(hidden, outside)).toEqual(anonymized(missing, outside + 1000));
    expect(await statusOf(`DELETE /api/v1/grants/${within}`, basic(lead))).toBe(204);
    expect(await statusOf(`DELETE /api/v1/grants/${outside}`, root)).toBe(204);
    const rule = async (repositoryPattern: string) =>
      (await done("POST /api/v1/rules", createdAnswer, { repositoryPattern, tagPattern: "v*" })).id;
    const [ours, theirs] = [await rule(`${name}/app`), await rule("open/app")];
    const seen = rulesAnswer.parse(JSON.parse((await ask("GET /api/v1/rules", basic(lead))).body));
    expect(seen.items.map(({ id }) => id)).toEqual([ours]);
    expect(await refused(`DELETE /api/v1/rules/${theirs}`, basic(lead))).toEqual([404, "NOT_FOUND"]);
    expect(await statusOf(`DELETE /api/v1/rules/${ours}`, basic(lead))).toBe(204);
    expect(await statusOf(`DELETE /api/v1/rules/${theirs}`, root)).toBe(204);
  });

  test("who has none is refused before anything is looked up", async () => {
    const nobody = basic(await house.user(fresh("user"), ["push team/*", "delete team/*"]));
    for (const question of ["GET /api/v1/grants", "GET /api/v1/rules", "DELETE /api/v1/grants/1", "DELETE /api/v1/rules/1"]) {
      expect(await refused(question, nobody), question).toEqual([403, "DENIED"]);
      expect(await refused(question, undefined), question).toEqual([401, "UNAUTHORIZED"]);
    }
  });
});

describe("the route table", () => {
  const target = ({ path }: { readonly path: string }): string => path.replaceAll(/\{\w+\}/g, "1");

  test("what is for administrators is refused to everybody else, without a look at what is asked", async () => {
    const user = basic(await house.user(fresh("user"), ["admin team/*"]));
    for (const route of routes.filter(({ access }) => access === "admin")) {
      const question = `${route.method} ${target(route)}`;
      const nonsense = route.body === undefined ? undefined : { nonsense: true };
      expect(await refused(question, undefined, nonsense), question).toEqual([401, "UNAUTHORIZED"]);
      expect(await refused(question, user, nonsense), question).toEqual([403, "DENIED"]);
    }
  });

  test("a closed registry tells anonymous callers nothing but who they are", async () => {
    for (const route of routes.filter(({ access }) => access !== "none")) {
      const question = `${route.method} ${target(route)}`;
      expect(await refused(question, undefined), question).toEqual([401, "UNAUTHORIZED"]);
    }
    expect(await refused("GET /metrics", undefined)).toEqual([401, "UNAUTHORIZED"]);
  });

  test.each(routes.filter(({ body }) => body !== undefined).map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s refuses fields that it does not know: nobody sets what is not theirs to set",
    async (_name, route) => {
      for (const field of [
        "id",
        "kind",
        "admin",
        "generation",
        "passwordHash",
        "password_hash",
        "external",
        "createdBy",
        "__proto__",
      ]) {
        const body = `{"${field}":1}`;
        const headers = { authorization: root, "content-type": "application/json" };
        const reply = await house.asker.ask({ method: route.method, path: target(route), headers, body });
        expect([reply.status, reply.header("content-type")], field).toEqual([400, "application/problem+json"]);
        if (field !== "__proto__") expect(reply.body).toContain(field);
      }
    },
  );

  test("names that no database takes are refused wherever they come", async () => {
    for (const question of [
      "GET /api/v1/users/a%00b",
      "GET /api/v1/tokens?of=a%00b",
      "GET /api/v1/may?who=a%00b&action=pull&repository=x",
      "GET /api/v1/grants?group=a%00b",
      "GET /api/v1/users?search=%00",
    ]) {
      expect(await refused(question, root), question).toEqual([400, "REQUEST_INVALID"]);
    }
    const signIn = await ask("POST /api/v1/session", undefined, { name: "a\0b", password: "correct horse battery" });
    expect(signIn.status).toBe(400);
    expect(await statusOf("GET /api/v1/users", basic({ name: "a\0b", secret: "x" }))).toBe(401);
  });

  test("bodies that are no JSON, too large or missing are refused as such", async () => {
    const send = (type: string, body: string) =>
      house.asker.ask({ method: "POST", path: "/api/v1/users", headers: { authorization: root, "content-type": type }, body });
    expect((await send("application/json", "{")).status).toBe(400);
    expect((await send("application/json", "")).status).toBe(400);
    expect((await send("application/json", "null")).status).toBe(400);
    expect((await send("application/json", `{"name":"${"x".repeat(70_000)}"}`)).status).toBe(413);
    expect((await send("application/xml", "<a/>")).status).toBe(415);
  });
});

describe("may", () => {
  const may = async (query: string, authorization = root): Promise<MayAnswer> => {
    const reply = await ask(`GET /api/v1/may?${query}`, authorization);
    expect(reply.status, reply.body).toBe(200);
    return mayAnswer.parse(JSON.parse(reply.body));
  };

  test("names the grant that allows it and to whom it was given, or says what is missing", async () => {
    const user = await house.user(fresh("user"), ["pull team/*"], ["dev-team"]);
    const id = await house.grant({ kind: "group", name: "dev-team" }, "create team/web");
    const ask1 = (action: string, repository: string, more = "") =>
      may(`who=${user.name}&action=${action}&repository=${repository}${more}`);
    expect(await ask1("pull", "team/app")).toMatchObject({
      allowed: true,
      reason: expect.stringContaining(`to user ${user.name}`),
    });
    expect(await ask1("push", "team/web")).toEqual({
      who: user.name,
      action: "push",
      repository: "team/web",
      tag: null,
      allowed: true,
      reason: `grant ${id} gives push without overwriting on team/web to group dev-team`,
      grant: { id, role: "push", pattern: "team/web", overwrite: false, to: "group dev-team" },
    });
    expect(await ask1("overwrite", "team/web")).toMatchObject({ allowed: false, grant: null });
    expect((await ask1("delete", "team/app")).reason).toBe(
      `no grant to user ${user.name}, group dev-team or everyone gives delete on team/app`,
    );
    const rule = await done("POST /api/v1/rules", createdAnswer, { repositoryPattern: "team/*", tagPattern: "v*" });
    expect(await may("who=root&action=delete&repository=team/app&tag=v1")).toMatchObject({
      allowed: false,
      reason: expect.stringContaining("immutable"),
    });
    expect(await may("who=root&action=delete&repository=team/app&tag=edge")).toMatchObject({ allowed: true });
    await ask(`DELETE /api/v1/rules/${rule.id}`, root);
    await done(`PATCH /api/v1/users/${user.name}`, userItem, { disabled: true });
    expect((await ask1("pull", "team/app")).reason).toBe(`${user.name} is disabled and cannot come in`);
    expect(await may("who=anonymous&action=pull&repository=team/app")).toMatchObject({ allowed: false });
  });

  test("is for oneself; of others for those who administer the repository; whether it exists plays no part", async () => {
    const ann = await house.user(fresh("ann"), ["pull team/*"], ["secret-project"]);
    const bob = await house.user(fresh("bob"), ["admin team/*"]);
    expect(await may("action=pull&repository=team/none", basic(ann))).toMatchObject({ who: ann.name, allowed: true });
    expect(await refused(`GET /api/v1/may?who=${bob.name}&action=pull&repository=team/app`, basic(ann))).toEqual([403, "DENIED"]);
    expect(await refused("GET /api/v1/may?who=nobody&action=pull&repository=team/app", basic(ann))).toEqual([403, "DENIED"]);
    expect(await may(`who=${ann.name}&action=pull&repository=team/app`, basic(bob))).toMatchObject({ allowed: true });
    const { reason } = await may(`who=${ann.name}&action=delete&repository=team/app`, basic(bob));
    expect(reason).toBe(`no grant to user ${ann.name} or everyone gives delete on team/app`);
    expect(await refused(`GET /api/v1/may?who=${ann.name}&action=pull&repository=x`, basic(bob))).toEqual([403, "DENIED"]);
    expect(await refused("GET /api/v1/may?who=nobody&action=pull&repository=x", root)).toEqual([404, "NOT_FOUND"]);
  });

  test("stands on every repository and tag of a list, as it is for the caller", async () => {
    await house.push("team/listed", image({ layers: ["a"] }), "v1", "edge");
    const user = await house.user(fresh("user"), ["push team/listed"]);
    const { id } = await done("POST /api/v1/rules", createdAnswer, { repositoryPattern: "team/listed", tagPattern: "v1" });
    const mayOf = async (path: string, authorization: string): Promise<unknown> => {
      const { items } = JSON.parse((await ask(path, authorization)).body) as { items: { name: string; may: unknown }[] };
      return Object.fromEntries(items.map((item) => [item.name, item.may]));
    };
    const pushes = { pull: true, push: true, overwrite: true, delete: false, admin: false };
    const all = { pull: true, push: true, overwrite: true, delete: true, admin: true };
    expect(await mayOf("GET /api/v1/repositories", basic(user))).toEqual({ "team/listed": pushes });
    expect(await mayOf("GET /api/v1/tags?repository=team/listed", basic(user))).toEqual({
      edge: pushes,
      v1: { ...pushes, overwrite: false },
    });
    expect(await mayOf("GET /api/v1/tags?repository=team/listed", root)).toEqual({
      edge: all,
      v1: { ...all, overwrite: false, delete: false },
    });
    await ask(`DELETE /api/v1/rules/${id}`, root);
  });
});

describe("numbers", () => {
  test("of the whole registry are for who may pull all of it; other registries, too", async () => {
    const [some, all] = [await house.user(fresh("user"), ["pull team/*"]), await house.robot(fresh("robot"), ["pull *"])];
    expect(await refused("GET /metrics", basic(some))).toEqual([403, "DENIED"]);
    expect(await statusOf("GET /metrics", bearer(all.secret))).toBe(200);
    expect(await refused("GET /api/v1/repositories?registry=hub", basic(some))).toEqual([404, "NOT_FOUND"]);
    expect(JSON.parse((await ask("GET /api/v1/registries", basic(some))).body)).toEqual({ items: [] });
  });
});

describe("the audit log", () => {
  test("says who did what from where, is filtered and paged, and never holds a secret", async () => {
    const name = fresh("user");
    await done("POST /api/v1/users", userItem, { name, password: "correct horse battery" });
    await ask(`PATCH /api/v1/users/${name}`, root, { password: "another horse battery" });
    expect(await statusOf("GET /api/v1/users", basic({ name, secret: "wrong horse battery" }))).toBe(401);
    const { items } = await done(`GET /api/v1/audit?object=${name}&total=true`, auditAnswer);
    expect(items.map(({ action, principal, outcome, address }) => [action, principal, outcome, address])).toEqual([
      ["session.refuse", name, "refused", "127.0.0.1"],
      ["user.password", "root", "done", "127.0.0.1"],
      ["user.create", "root", "done", "127.0.0.1"],
    ]);
    const own = basic({ name, secret: "another horse battery" });
    expect(await statusOf("DELETE /api/v1/users/root", own)).toBe(403);
    const { items: tried } = await done(`GET /api/v1/audit?principal=${name}&action=access.refuse`, auditAnswer);
    expect(tried.map(({ object, outcome }) => [object, outcome])).toEqual([["DELETE /api/v1/users/:name", "refused"]]);
    const refusedOnes = await done("GET /api/v1/audit?outcome=refused&limit=1", auditAnswer);
    expect(refusedOnes.items).toHaveLength(1);
    const first = await done("GET /api/v1/audit?limit=2", auditAnswer);
    const second = await done(`GET /api/v1/audit?limit=2&cursor=${first.nextCursor}`, auditAnswer);
    expect(second.items[0]!.id).toBeLessThan(first.items[1]!.id);
    expect((await ask("GET /api/v1/audit?limit=1000", root)).body).not.toMatch(/horse|hythe_|\$argon2/);
  });

  test("has the tags that somebody could not move or delete, and who it was", async () => {
    const robot = await house.robot(fresh("robot"), ["create team/*", "delete team/*"]);
    const push = async (note: string): Promise<number> => {
      const headers = { authorization: basic(robot), "content-type": ociIndex };
      const body = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], annotations: { note } });
      return (await house.asker.ask({ method: "PUT", path: "/v2/team/kept/manifests/v1", headers, body })).status;
    };
    expect([await push("first"), await push("first"), await push("second")]).toEqual([201, 201, 403]);
    const { id } = await done("POST /api/v1/rules", createdAnswer, { repositoryPattern: "team/kept", tagPattern: "v*" });
    expect(await statusOf("DELETE /v2/team/kept/manifests/v1", basic(robot))).toBe(403);
    await ask(`DELETE /api/v1/rules/${id}`, root);
    const { items } = await done(`GET /api/v1/audit?principal=${robot.name}&outcome=refused`, auditAnswer);
    const refusal = { action: "access.refuse", objectKind: "tag", object: "team/kept:v1", address: "127.0.0.1" };
    expect(items.at(-1)).toMatchObject({ ...refusal, detail: { action: "overwrite" } });
  });

  test("comes as CSV with all rows, and a spreadsheet takes no name for a formula", async () => {
    const agent = '=HYPERLINK("http://evil.example")';
    const headers = { authorization: root, "content-type": "application/json", "user-agent": agent };
    const name = fresh("user");
    await house.asker.ask({ method: "POST", path: "/api/v1/users", headers, body: JSON.stringify({ name }) });
    const reply = await ask(`GET /api/v1/audit?format=csv&object=${name}`, root);
    expect(reply.header("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(reply.header("content-disposition")).toBe('attachment; filename="hythe-audit.csv"');
    const [heading, row, ...rest] = reply.body.split("\r\n");
    expect(heading).toBe("id,at,principal,action,object kind,object,outcome,address,user agent,detail");
    expect(row).toMatch(/^\d+,[\dTZ:.-]+,root,user\.create,user,/);
    expect(row).toContain(`,"'=HYPERLINK(""http://evil.example"")",`);
    expect(rest).toEqual([""]);
    expect(await statusOf("GET /api/v1/audit?format=csv", basic(await house.user(fresh("user"))))).toBe(403);
  });
});
