import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { openDirectory, type Directory, type Member } from "./directory.ts";
import { createSessions, isCsrfOf, type Sessions } from "./sessions.ts";

const hourMs = 3_600_000;

describe.each(databases)("sessions on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let directory: Directory;
    let sessions: Sessions;
    let clock = Date.UTC(2026, 2, 1);
    const now = () => clock;
    beforeAll(async () => {
      opened = await open();
      directory = await openDirectory({ db: opened.db, now, log: (_, error) => expect.fail(String(error)) });
      sessions = createSessions({ db: opened.db, directory, now });
    });
    afterAll(async () => {
      await directory?.close();
      await opened?.close();
    });

    let made = 0;
    async function addMember(): Promise<Member> {
      const { id } = await opened.db.transaction((tx) =>
        tx
          .insertInto("principal")
          .values({ kind: "user", name: `user${++made}`, created_ms: clock })
          .returning("id")
          .executeTakeFirstOrThrow(),
      );
      return (await directory.member(id))!;
    }
    async function change(id: number, set: { generation?: number; disabled_ms?: number }): Promise<void> {
      await opened.db.transaction(async (tx) => {
        await tx.updateTable("principal").set(set).where("id", "=", id).execute();
        await tx
          .updateTable("access_version")
          .set(({ eb }) => ({ version: eb("version", "+", 1) }))
          .execute();
      });
      directory.changed();
      await directory.refresh();
    }
    const rows = () => opened.db.query.selectFrom("session").selectAll().execute();

    test("a session is found by its secret, which the database does not hold, nor the CSRF token", async () => {
      const member = await addMember();
      const { secret, csrf, expiresMs } = await sessions.begin(member);
      expect(await sessions.find(secret)).toEqual({ member, csrf, expiresMs });
      const stored = JSON.stringify(await rows());
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(csrf);
      expect(isCsrfOf({ csrf }, csrf)).toBe(true);
      for (const wrong of ["", secret, `${csrf}x`, csrf.toLowerCase()]) expect(isCsrfOf({ csrf }, wrong), wrong).toBe(false);
    });

    test("every sign-in makes a new secret, and only known secrets are sessions", async () => {
      const member = await addMember();
      const first = await sessions.begin(member);
      const second = await sessions.begin(member);
      expect(second.secret).not.toBe(first.secret);
      expect(second.csrf).not.toBe(first.csrf);
      for (const wrong of ["", "x".repeat(43), `${first.secret}=`, first.csrf, "' or 1=1"]) {
        expect(await sessions.find(wrong), wrong).toBeUndefined();
      }
      await sessions.end(first.secret);
      expect(await sessions.find(first.secret)).toBeUndefined();
      expect(await sessions.find(second.secret)).toBeDefined();
    });

    test("a session ends after twelve idle hours, and after seven days however it is used", async () => {
      const member = await addMember();
      const [idle, busy] = [await sessions.begin(member), await sessions.begin(member)];
      for (let hours = 8; hours < 7 * 24; hours += 8) {
        clock += 8 * hourMs;
        expect(await sessions.find(busy.secret), String(hours)).toBeDefined();
      }
      expect(await sessions.find(idle.secret)).toBeUndefined();
      clock = busy.expiresMs;
      expect(await sessions.find(busy.secret)).toBeUndefined();
    });

    test("a session of another generation, or of a user who was disabled, is void", async () => {
      const member = await addMember();
      const { id } = member.principal;
      const { secret } = await sessions.begin(member);
      await change(id, { disabled_ms: clock });
      expect(await sessions.find(secret)).toBeUndefined();
      await change(id, { disabled_ms: 0 });
      expect(await sessions.find(secret)).toBeDefined();
      await change(id, { generation: 1 });
      expect(await sessions.find(secret)).toBeUndefined();
    });

    test("one user has fifty sessions at most: the one used longest ago makes room", async () => {
      const member = await addMember();
      const other = await sessions.begin(await addMember());
      const secrets: string[] = [];
      for (let i = 0; i < 52; i++) {
        clock += 1;
        secrets.push((await sessions.begin(member)).secret);
      }
      const found = await Promise.all(secrets.map((secret) => sessions.find(secret)));
      expect(found.map((session) => session !== undefined)).toEqual(secrets.map((_, i) => i >= 2));
      expect(await sessions.find(other.secret)).toBeDefined();
    });

    test("the sweep removes what has expired and nothing else", async () => {
      const member = await addMember();
      await sessions.begin(member);
      clock += 12 * hourMs;
      const { secret } = await sessions.begin(member);
      await sessions.sweep();
      expect(await rows()).toHaveLength(1);
      expect(await sessions.find(secret)).toBeDefined();
    });
  });
});
