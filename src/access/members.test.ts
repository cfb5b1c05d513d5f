import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { listGrants, listPrincipals, listRules, listTokens } from "../store/access-lists.ts";
import { openDirectory, type Directory, type Member } from "./directory.ts";
import { createGrants, type Grants } from "./grants.ts";
import { createMembers, type Members } from "./members.ts";
import { isAllowed } from "./principal.ts";
import { createTokens, type Tokens } from "./tokens.ts";

const app = "team/app" as RepositoryName;
const author = { principal: { id: 7, name: "root" }, caller: { address: "192.0.2.1", userAgent: "test" } };

describe.each(databases)("members on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let test: TestDatabase;
    let directory: Directory;
    let other: Directory;
    let members: Members;
    let grants: Grants;
    let tokens: Tokens;
    let clock: number;
    const now = (): number => clock;
    const log = (sentence: string, error: unknown): never => {
      throw new Error(sentence, { cause: error });
    };

    beforeEach(async () => {
      clock = 1_000_000;
      test = await open();
      directory = await openDirectory({ db: test.db, now, log });
      // As another process would have it.
      other = await openDirectory({ db: test.db, now, log });
      const parts = { db: test.db, now, directory };
      members = createMembers(parts);
      grants = createGrants(parts);
      tokens = createTokens(parts);
    });
    afterEach(async () => {
      await directory.close();
      await other.close();
      await test.close();
    });

    const member = async (name: string, from = directory): Promise<Member | undefined> => {
      await from.refresh();
      return from.memberByName(name);
    };
    const may = async (name: string, action: Parameters<typeof isAllowed>[1]): Promise<boolean> =>
      isAllowed((await member(name))!.principal, action, app);
    const audited = async (): Promise<string[]> => {
      const rows = await test.db.query
        .selectFrom("audit_event")
        .select(["action", "object", "principal", "address"])
        .orderBy("id")
        .execute();
      return rows.map((row) => `${row.principal}@${row.address} ${row.action} ${row.object}`);
    };
    const user = (name: string): Parameters<Members["addUser"]>[0] => ({ name, passwordHash: "hash" });

    it("an empty registry is open to everybody, and the first user closes it for ever", async () => {
      expect([directory.isOpen(), isAllowed(directory.anonymous(), "delete", app)]).toEqual([true, true]);
      await members.addFirstUser(user("ann"), author);
      await directory.refresh();
      expect([directory.isOpen(), isAllowed(directory.anonymous(), "pull", app)]).toEqual([false, false]);
      expect((await member("ann"))!.principal.rights.isAdmin).toBe(true);
      await members.remove("user", "ann", author);
      await directory.refresh();
      expect(directory.isOpen()).toBe(false);
    });

    it("a first user comes only where nobody was before, also of two at the same time", async () => {
      const both = await Promise.allSettled([
        members.addFirstUser(user("ann"), author),
        members.addFirstUser(user("bob"), author),
      ]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      await expect(members.addFirstUser(user("eve"), author)).rejects.toMatchObject({ code: "CONFLICT" });
    });

    it("what everyone is granted, everybody may, signed in or not", async () => {
      await grants.add({ subject: { kind: "everyone" }, role: "pull", pattern: "team/*", overwrite: true }, author);
      await members.addUser(user("ann"), author);
      await directory.refresh();
      expect(isAllowed(directory.anonymous(), "pull", app)).toBe(true);
      expect(isAllowed(directory.anonymous(), "push", app)).toBe(false);
      expect(isAllowed(directory.anonymous(), "pull", "secret/app" as RepositoryName)).toBe(false);
      expect(await may("ann", "pull")).toBe(true);
    });

    it("a grant to a user, to a group and to a robot works at once, and ends at once", async () => {
      await members.addUser({ ...user("ann"), groups: ["dev"] }, author);
      await members.addUser(user("bob"), author);
      const id = await grants.add(
        { subject: { kind: "group", name: "dev" }, role: "push", pattern: "team/*", overwrite: false },
        author,
      );
      expect([await may("ann", "push"), await may("ann", "overwrite"), await may("bob", "push")]).toEqual([true, false, false]);
      expect((await member("ann"))!.principal.rights.grantOf("push", app)).toMatchObject({ id, to: "group dev" });
      await members.update("user", "bob", { groups: ["dev", "ops"] }, author);
      expect(await may("bob", "push")).toBe(true);
      await grants.remove(id, author);
      expect([await may("ann", "push"), await may("bob", "push")]).toEqual([false, false]);
      await expect(grants.remove(id, author)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("another process knows of a change by its next request, on PostgreSQL within a second", async () => {
      await members.addUser(user("ann"), author);
      clock += 1000;
      expect(await member("ann", other)).toMatchObject({ generation: 0, barred: undefined });
      await members.update("user", "ann", { disabled: true }, author);
      clock += 1000;
      expect(await member("ann", other)).toMatchObject({ generation: 1, barred: "disabled" });
    });

    it("a new password, a disabling and signing out everywhere end what was issued before", async () => {
      await members.addUser(user("ann"), author);
      await members.setPassword("ann", { hash: "other", mustChange: true }, author);
      expect(await member("ann")).toMatchObject({ generation: 1, passwordHash: "other", mustChange: true });
      await members.signOutEverywhere("ann", author);
      await members.update("user", "ann", { disabled: true }, author);
      await members.update("user", "ann", { disabled: false }, author);
      expect(await member("ann")).toMatchObject({ generation: 3, barred: undefined });
    });

    it("a better hash of the same password ends nothing, and loses to a new password", async () => {
      await members.addUser(user("ann"), author);
      const { id } = (await member("ann"))!.principal;
      await members.renewHash(id, "hash", "better");
      clock += 1000;
      expect((await other.memberByName("ann"))!).toMatchObject({ generation: 0, passwordHash: "better" });
      await members.renewHash(id, "hash", "stale");
      expect((await other.memberByName("ann"))!.passwordHash).toBe("better");
    });

    it("a robot has its token, its rights and its end", async () => {
      const token = { name: "first", secretHash: "aa", role: "" as const, expiresMs: 0 };
      const robot = {
        name: "ci",
        expiresMs: clock + 5000,
        grants: [{ role: "push" as const, pattern: "team/*", overwrite: true }],
        token,
      };
      await members.addRobot(robot, author);
      await directory.refresh();
      const found = (await directory.token("aa"))!;
      expect(found.principal).toMatchObject({ name: "ci", kind: "robot" });
      expect(isAllowed(found.principal, "overwrite", app)).toBe(true);
      expect(found.member.barred).toBeUndefined();
      clock += 5000;
      expect(found.member.barred).toBe("expired");
    });

    it("a token is limited to its role, ends at its time, and is void when it is revoked or replaced", async () => {
      await members.addUser({ ...user("ann"), admin: true }, author);
      await tokens.add({ owner: "ann", name: "read", secretHash: "aa", role: "pull", expiresMs: clock + 10 }, author);
      const id = await tokens.add({ owner: "ann", name: "all", secretHash: "bb", role: "", expiresMs: 0 }, author);
      await directory.refresh();
      const read = (await directory.token("aa"))!.principal;
      expect([isAllowed(read, "pull", app), isAllowed(read, "push", app)]).toEqual([true, false]);
      clock += 10;
      expect(await directory.token("aa")).toBeUndefined();
      await expect(tokens.revoke(id, "bob", author)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await tokens.revoke(id, "ann", author);
      await directory.refresh();
      expect(await directory.token("bb")).toBeUndefined();
      await tokens.rotate({ owner: "ann", name: "new", secretHash: "cc", role: "", expiresMs: 0 }, author);
      await directory.refresh();
      expect([await directory.token("aa"), (await directory.token("cc"))?.principal.name]).toEqual([undefined, "ann"]);
      await expect(
        tokens.add({ owner: "ann", name: "old", secretHash: "dd", role: "", expiresMs: clock }, author),
      ).rejects.toMatchObject({ code: "REQUEST_INVALID" });
    });

    it("who is removed is gone with tokens and grants, and a namesake is somebody else", async () => {
      await members.addUser({ ...user("ann"), admin: true, groups: ["dev"] }, author);
      const before = (await member("ann"))!.principal.id;
      await tokens.add({ owner: "ann", name: "t", secretHash: "aa", role: "", expiresMs: 0 }, author);
      await members.remove("user", "ann", author);
      await directory.refresh();
      expect([await member("ann"), await directory.token("aa")]).toEqual([undefined, undefined]);
      await members.addUser(user("ann"), author);
      const after = (await member("ann"))!;
      expect([after.principal.id > before, after.groups, after.principal.rights.isAdmin]).toEqual([true, [], false]);
    });

    it("names are taken once, users and robots alike, and some are nobody's", async () => {
      await members.addUser(user("ann"), author);
      await expect(members.addUser(user("ann"), author)).rejects.toThrow("there is a user 'ann' already");
      for (const name of ["Ann", "a:b", "", "-a", "anonymous", "a b", "a".repeat(129)]) {
        await expect(members.addUser(user(name), author)).rejects.toMatchObject({ code: "REQUEST_INVALID" });
      }
    });

    it("a provider's user is made at the first sign-in, has the provider's groups, and takes nobody's name", async () => {
      const external = "https://id.example.org 42";
      const id = await members.signInExternal({ external, name: "ann", groups: ["dev"] });
      expect((await member("ann"))!).toMatchObject({ principal: { id }, groups: ["dev"], passwordHash: "" });
      expect(await members.signInExternal({ external, name: "renamed", groups: ["ops"] })).toBe(id);
      expect((await member("ann"))!.groups).toEqual(["ops"]);
      await members.addUser(user("bob"), author);
      await expect(members.signInExternal({ external: "other 1", name: "bob", groups: [] })).rejects.toMatchObject({
        code: "CONFLICT",
      });
      await expect(members.setPassword("ann", { hash: "x", mustChange: false }, author)).rejects.toThrow("OpenID provider");
      await members.update("user", "ann", { disabled: true }, author);
      await expect(members.signInExternal({ external, name: "ann", groups: [] })).rejects.toMatchObject({ code: "DENIED" });
    });

    it("rules keep tags where they are, by repository and tag", async () => {
      const id = await grants.addRule({ repositoryPattern: "team/*", tagPattern: "v*" }, author);
      expect(await grants.addRule({ repositoryPattern: "team/*", tagPattern: "v*" }, author)).toBe(id);
      await directory.refresh();
      expect([directory.isImmutable(app, "v1"), directory.isImmutable(app, "latest"), directory.isImmutable("x", "v1")]).toEqual([
        true,
        false,
        false,
      ]);
      await grants.removeRule(id, author);
      await directory.refresh();
      expect(directory.isImmutable(app, "v1")).toBe(false);
    });

    it("every change is in the audit log with who and from where", async () => {
      await members.addUser({ ...user("ann"), admin: true }, author);
      await tokens.add({ owner: "ann", name: "t", secretHash: "aa", role: "", expiresMs: 0 }, author);
      await members.setPassword("ann", { hash: "b", mustChange: false }, author);
      await expect(members.addUser(user("ann"), author)).rejects.toThrow("already");
      await members.remove("user", "ann", author);
      expect(await audited()).toEqual([
        "root@192.0.2.1 user.create ann",
        "root@192.0.2.1 grant.add ann",
        "root@192.0.2.1 token.create ann",
        "root@192.0.2.1 user.password ann",
        "root@192.0.2.1 user.delete ann",
      ]);
    });

    it("nobody gets more grants than are looked at in every list; others still do", async () => {
      const rows = Array.from({ length: 1000 }, (_, i) => ({
        subject_kind: "everyone" as const,
        role: "pull" as const,
        pattern: `team/${i}`,
        created_ms: clock,
      }));
      await test.db.transaction((tx) => tx.insertInto("access_grant").values(rows).execute());
      const one = { role: "pull", pattern: "team/more", overwrite: true } as const;
      await expect(grants.add({ ...one, subject: { kind: "everyone" } }, author)).rejects.toThrow("1000 grants");
      await grants.add({ ...one, subject: { kind: "group", name: "dev" } }, author);
    });

    it("when somebody was last here is written to the minute, and at the end", async () => {
      await members.addUser(user("ann"), author);
      const tokenId = await tokens.add({ owner: "ann", name: "t", secretHash: "aa", role: "", expiresMs: 0 }, author);
      clock += 5;
      directory.used((await member("ann"))!, tokenId);
      await directory.close();
      const [ann] = (
        await listPrincipals(test.db, { kind: "user", sort: "lastUsedAt", descending: true, limit: 10, nowMs: clock })
      ).items;
      expect(ann).toMatchObject({ name: "ann", lastUsedMs: clock, tokens: 1, signIn: "password" });
      expect((await listTokens(test.db, { owner: "ann", descending: false, limit: 10 })).items).toMatchObject([
        { lastUsedMs: clock },
      ]);
    });

    it("lists come in pages, with totals, and only what belongs to them", async () => {
      for (const name of ["ann", "bob", "cid"]) await members.addUser({ ...user(name), groups: [`of-${name}`] }, author);
      const token = { name: "t", secretHash: "aa", role: "" as const, expiresMs: 0 };
      await members.addRobot(
        { name: "ci", expiresMs: 0, grants: [{ role: "pull", pattern: "*", overwrite: true }], token },
        author,
      );
      await grants.add({ subject: { kind: "group", name: "dev" }, role: "pull", pattern: "a", overwrite: true }, author);
      await grants.addRule({ repositoryPattern: "*", tagPattern: "v*" }, author);
      const ask = { kind: "user", sort: "name", descending: false, limit: 2, total: true, nowMs: clock } as const;
      const first = await listPrincipals(test.db, ask);
      expect([first.items.map(({ name, groups }) => [name, ...groups]), first.total]).toEqual([
        [
          ["ann", "of-ann"],
          ["bob", "of-bob"],
        ],
        3,
      ]);
      const second = await listPrincipals(test.db, { ...ask, cursor: first.nextCursor });
      expect([second.items.map(({ name }) => name), second.nextCursor]).toEqual([["cid"], undefined]);
      const list = { descending: false, limit: 10, total: true };
      expect((await listGrants(test.db, { ...list, principal: "ci" })).items).toMatchObject([
        { subject: "ci", role: "pull", pattern: "*" },
      ]);
      expect((await listGrants(test.db, { ...list, group: "dev" })).items).toMatchObject([
        { subject: "dev", subjectKind: "group" },
      ]);
      expect((await listGrants(test.db, list)).total).toBe(2);
      expect((await listTokens(test.db, list)).items).toMatchObject([{ owner: "ci", ownerKind: "robot" }]);
      expect((await listRules(test.db, list)).items).toMatchObject([{ repositoryPattern: "*", tagPattern: "v*" }]);
    });
  });
});
