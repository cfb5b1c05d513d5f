import { afterEach, beforeEach, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { listAudit, type AuditEvent } from "../store/audit.ts";
import type { Database } from "../store/database.ts";
import { createAudit, type Audit } from "./audit.ts";

let opened: TestDatabase;
let nowMs = 0;
let transactions = 0;
let failure: Error | undefined;
let began: (() => void) | undefined;
const sentences: string[] = [];
let audit: Audit;

beforeEach(async () => {
  opened = await databases[0].open();
  nowMs = 1_700_000_000_000;
  transactions = 0;
  failure = undefined;
  sentences.length = 0;
  const db: Database = {
    ...opened.db,
    transaction(work, options) {
      transactions++;
      began?.();
      began = undefined;
      return failure === undefined ? opened.db.transaction(work, options) : Promise.reject(failure);
    },
  };
  audit = createAudit({ db, now: () => nowMs, keepMs: 1000, log: (sentence) => void sentences.push(sentence) });
});
afterEach(async () => {
  await audit.close();
  await opened.close();
});

const push = (object: string): AuditEvent => ({
  principal: { id: 1, name: "ann" },
  action: "tag.push",
  objectKind: "tag",
  object,
});
const refusal = (object: string, address = "10.0.0.1"): AuditEvent => ({
  principal: { id: 0, name: "anonymous" },
  action: "access.refuse",
  objectKind: "repository",
  object,
  outcome: "refused",
  caller: { address, userAgent: "" },
});
const written = async () => (await listAudit(opened.db, { limit: 5000, descending: false })).items;

test("what comes in one turn, and while it is written, goes into two transactions, each event with its own time", async () => {
  const later = new Promise((resolve) => {
    began = () => resolve(Promise.all(["a:3", "a:4", "a:5"].map((object) => audit.record(push(object)))));
  });
  const first = audit.record(push("a:1"));
  nowMs++;
  await Promise.all([first, audit.record(push("a:2")), later]);
  expect(transactions).toBe(2);
  expect((await written()).map(({ object, atMs }) => [object, atMs - nowMs])).toEqual([
    ["a:1", -1],
    ["a:2", 0],
    ["a:3", 0],
    ["a:4", 0],
    ["a:5", 0],
  ]);
});

test("a refusal is recorded once a minute by who, what and from where", async () => {
  for (let i = 0; i < 50; i++) {
    await audit.record(refusal("a"));
    await audit.record(refusal("b"));
    await audit.record(refusal("a", "10.0.0.2"));
  }
  expect(await written()).toHaveLength(3);
  nowMs += 60_000;
  await audit.record(refusal("a"));
  expect(await written()).toHaveLength(4);
});

test("a flood of different refusals is a thousand rows a minute and one that says how many are left out", async () => {
  await Promise.all(Array.from({ length: 1500 }, (_, i) => audit.record(refusal(`secret/${i}`))));
  expect(await written()).toHaveLength(1000);
  nowMs += 60_000;
  await audit.record(refusal("a"));
  const rows = await written();
  expect(rows).toHaveLength(1002);
  expect(rows.find(({ action }) => action === "audit.skip")?.detail).toEqual({ refusals: 500 });
  expect(rows.some(({ object }) => object === "a")).toBe(true);
});

test("closing writes what waits, also how many refusals were left out", async () => {
  for (let i = 0; i < 1001; i++) void audit.record(refusal(`secret/${i}`));
  await audit.close();
  expect((await written()).at(-1)).toMatchObject({ action: "audit.skip", detail: { refusals: 1 } });
});

test("a database that is away fails nobody: what is lost is logged, and the next event is written", async () => {
  failure = new Error("away");
  await expect(Promise.all([audit.record(push("a:1")), audit.record(push("a:2"))])).resolves.toBeDefined();
  expect(sentences).toEqual(["2 events could not be written to the audit log"]);
  failure = undefined;
  await audit.record(push("a:3"));
  expect((await written()).map(({ object }) => object)).toEqual(["a:3"]);
});

test("events beyond ten thousand that wait are counted and not kept", async () => {
  for (let i = 0; i < 10_005; i++) void audit.record(push(`a:${i}`));
  await audit.close();
  expect(await opened.db.query.selectFrom("audit_event").select(opened.db.query.fn.countAll().as("n")).execute()).toEqual([
    { n: 10_000 },
  ]);
  expect(sentences).toEqual(["5 events are missing in the audit log: the database was away for too long"]);
});

test("what is older than audit.keep is removed", async () => {
  for (let i = 0; i < 1500; i++) void audit.record(push(`old:${i}`));
  await audit.record(push("old:last"));
  nowMs += 1001;
  await audit.record(push("new:1"));
  await audit.trim(new AbortController().signal);
  expect((await written()).map(({ object }) => object)).toEqual(["new:1"]);
});
