import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { deleteAudit, insertAudit, listAudit, type AuditEvent, type AuditListRequest } from "./audit.ts";
import type { Database } from "./database.ts";

const ann = { id: 7, name: "ann" };
const ci = { id: 8, name: "ci" };
const startMs = 1_700_000_000_000;
const minuteMs = 60_000;

/** Every minute three events, as if the second process had its clock a little behind. */
async function fill(db: Database, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    const push: AuditEvent = {
      principal: ci,
      action: "tag.push",
      objectKind: "tag",
      object: `team/app:v${minute}`,
      caller: { address: "10.0.0.1", userAgent: "docker/27" },
      detail: { digest: "sha256:0", overwrite: minute > 0 },
    };
    const refused: AuditEvent = {
      principal: ci,
      action: "access.refuse",
      objectKind: "repository",
      object: "team/app2",
      outcome: "refused",
    };
    const made: AuditEvent = { principal: ann, action: "user.create", objectKind: "user", object: `user${minute}` };
    await db.transaction(async (tx) => {
      await insertAudit(tx, startMs + minute * minuteMs, push, refused);
      await insertAudit(tx, startMs + minute * minuteMs - 500, made);
    });
  }
}

async function walk(db: Database, request: Omit<AuditListRequest, "limit">) {
  const items = [];
  let cursor: string | undefined;
  do {
    const page = await listAudit(db, { ...request, limit: 4, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}

describe.each(databases)("the audit log on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    beforeAll(async () => {
      opened = await open();
      await fill(opened.db, 7);
    });
    afterAll(async () => opened?.close());

    test("lists every event once, the latest first, or the other way round", async () => {
      const items = await walk(opened.db, {});
      expect(items).toHaveLength(21);
      expect(new Set(items.map(({ id }) => id)).size).toBe(21);
      expect(items.map(({ atMs }) => atMs)).toEqual(items.map(({ atMs }) => atMs).toSorted((a, b) => b - a));
      expect((await walk(opened.db, { descending: false })).map(({ id }) => id)).toEqual(items.map(({ id }) => id).toReversed());
      expect(items.find(({ action }) => action === "tag.push")).toEqual({
        id: expect.any(Number),
        atMs: startMs + 6 * minuteMs,
        principal: ci,
        action: "tag.push",
        objectKind: "tag",
        object: "team/app:v6",
        outcome: "done",
        address: "10.0.0.1",
        userAgent: "docker/27",
        detail: { digest: "sha256:0", overwrite: true },
      });
    });

    test.each<[string, Omit<AuditListRequest, "limit">, number]>([
      ["a principal", { principal: "ann" }, 7],
      ["an action", { action: "access.refuse" }, 7],
      ["an object", { object: "team/app:v3" }, 1],
      ["a repository, and not another that begins with its name", { repository: "team/app" }, 7],
      ["an outcome", { outcome: "refused" }, 7],
      ["the other outcome", { outcome: "done" }, 14],
      ["a time, its end excluded", { fromMs: startMs + minuteMs, toMs: startMs + 3 * minuteMs }, 6],
      ["several at once", { principal: "ci", repository: "team/app", toMs: startMs + 3 * minuteMs }, 3],
      ["nobody", { principal: "bob" }, 0],
      ["a name that no database takes", { principal: "a\0b" }, 0],
    ])("finds by %s", async (_, request, count) => {
      expect(await walk(opened.db, request)).toHaveLength(count);
      expect((await listAudit(opened.db, { ...request, limit: 1, total: true })).total).toBe(count);
    });

    test("what somebody made up is kept without what it could do to a database or a terminal", async () => {
      const object = `bad\0\u001b[2J\ud800${"x".repeat(600)}`;
      const caller = { address: "10.0.0.1", userAgent: "\u009b31m" };
      await opened.db.transaction((tx) =>
        insertAudit(tx, 1, { principal: ci, action: "session.refuse", objectKind: "session", object, caller }),
      );
      const [item] = (await listAudit(opened.db, { action: "session.refuse", limit: 1 })).items;
      expect(item?.object).toBe(`bad\u{fffd}\u{fffd}[2J\u{fffd}${"x".repeat(491)}`);
      expect(item?.userAgent).toBe("\u{fffd}31m");
      expect(await deleteAudit(opened.db, 2, 10)).toBe(1);
    });

    test("a cursor of another list is refused", async () => {
      const { nextCursor } = await listAudit(opened.db, { limit: 1 });
      await expect(listAudit(opened.db, { limit: 1, cursor: nextCursor, descending: false })).rejects.toMatchObject({
        code: "PAGE_INVALID",
      });
    });

    test("the oldest go first, a batch at a time, and the rest stays", async () => {
      expect(await deleteAudit(opened.db, startMs + 2 * minuteMs, 5)).toBe(5);
      expect(await deleteAudit(opened.db, startMs + 2 * minuteMs, 5)).toBe(2);
      expect(await deleteAudit(opened.db, startMs + 2 * minuteMs, 5)).toBe(0);
      expect(await walk(opened.db, {})).toHaveLength(14);
    });
  });
});

test("on SQLite every filter walks an index of its own in the order of time", async () => {
  const opened = await databases[0].open();
  const { db } = opened;
  const nodes: RootOperationNode[] = [];
  const collect: KyselyPlugin = {
    transformQuery: ({ node }) => (nodes.push(node), node),
    transformResult: async ({ result }) => result,
  };
  const watched: Database = { ...db, snapshot: (work) => db.snapshot((tx) => work(tx.withPlugin(collect))) };
  const filters = ["principal", "action", "object", "repository", "at_ms"] as const;
  for (const name of [...filters, "refused"]) {
    const request = name === "at_ms" ? { toMs: 5 } : name === "refused" ? { outcome: "refused" as const } : { [name]: "x" };
    nodes.length = 0;
    await listAudit(watched, { ...request, limit: 5 });
    const compiled = db.query.getExecutor().compileQuery(nodes[0]!, { queryId: "plan" });
    const plan = await db.query.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${compiled.sql}`, [...compiled.parameters]),
    );
    const lines = plan.rows.map(({ detail }) => detail).join("\n");
    expect(lines).toMatch(new RegExp(`audit_event_by_${name === "refused" ? "outcome" : name}`));
    expect(lines).not.toContain("B-TREE");
  }
  await opened.close();
});
