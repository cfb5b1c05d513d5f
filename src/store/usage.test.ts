import { DatabaseSync } from "node:sqlite";
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from "kysely";
import { expect, test } from "vitest";
import { usageStates, type UsageState } from "../wire/usage.ts";
import { isInUsage, usageOf, usageRules } from "./usage.ts";

const day = 86_400_000;
const nowMs = 1_000 * day;
const trackedSinceMs = nowMs - 100 * day;
const facts = { nowMs, idleAfterMs: 30 * day, trackedSinceMs };
const rules = usageRules(facts);
const stateOf = (lastUsedMs: number, pushedMs: number): UsageState => usageOf(rules, { lastUsedMs, pushedMs }).state;

test("what was asked for within idleAfter is used, to the millisecond; what was not since is idle, whenever it was pushed", () => {
  expect(stateOf(nowMs, nowMs - 90 * day)).toBe("used");
  expect(stateOf(nowMs - 30 * day, 1)).toBe("used");
  expect(stateOf(nowMs - 30 * day - 1, 1)).toBe("idle");
  expect(stateOf(1, nowMs - day)).toBe("idle");
});

test("what nobody asked for is new for seven days after its push, and then it was never used", () => {
  expect(stateOf(0, nowMs)).toBe("new");
  expect(stateOf(0, nowMs - 7 * day + 1)).toBe("new");
  expect(stateOf(0, nowMs - 7 * day)).toBe("never");
  expect(stateOf(0, trackedSinceMs)).toBe("never");
});

test("what was pushed before counting began, and not asked for since, is unknown, and it says since when there is counting", () => {
  const usage = usageOf(rules, { lastUsedMs: 0, pushedMs: trackedSinceMs - 1 });
  expect(usage).toEqual({ state: "unknown", lastUsedMs: 0, knownSinceMs: trackedSinceMs });
  expect(usageOf(rules, { lastUsedMs: 5, pushedMs: 1 })).toEqual({ state: "idle", lastUsedMs: 5, knownSinceMs: 0 });
});

test("a gap in counting since its push makes it unknown up to the end of the gap, also when it is new; a gap of attribution does not", () => {
  const gapEnd = nowMs - 3 * day;
  const gaps = [
    { kind: "pulls", end_ms: nowMs - 20 * day },
    { kind: "pulls", end_ms: gapEnd },
    { kind: "attribution", end_ms: nowMs - day },
  ] as const;
  const gapped = usageRules({ ...facts, gaps });
  expect(usageOf(gapped, { lastUsedMs: 0, pushedMs: gapEnd - 1 })).toEqual({
    state: "unknown",
    lastUsedMs: 0,
    knownSinceMs: gapEnd,
  });
  expect(usageOf(gapped, { lastUsedMs: 0, pushedMs: gapEnd })).toMatchObject({ state: "new", knownSinceMs: 0 });
  const before = usageRules({ ...facts, gaps: [{ kind: "pulls", end_ms: trackedSinceMs - 5 }] });
  expect(before.countedSinceMs).toBe(trackedSinceMs);
});

test("while a gap is open nothing is known of what has not been asked for", () => {
  const open = usageRules({ ...facts, gaps: [{ kind: "pulls", end_ms: 0 }] });
  expect(usageOf(open, { lastUsedMs: 0, pushedMs: nowMs - 1 })).toMatchObject({ state: "unknown", knownSinceMs: nowMs });
  expect(usageOf(open, { lastUsedMs: nowMs - day, pushedMs: 1 })).toMatchObject({ state: "used" });
});

test("the test in SQL puts every moment around every border into the same states, alone and together", () => {
  const database = new DatabaseSync(":memory:");
  const compiler = new Kysely({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  database.exec("create table thing (used_ms integer, pushed_ms integer)");
  const around = [trackedSinceMs, nowMs - 7 * day, nowMs - 30 * day, nowMs].flatMap((ms) => [ms - 1, ms, ms + 1]);
  const things = [0, 1, ...around].flatMap((lastUsedMs) => around.map((pushedMs) => ({ lastUsedMs, pushedMs })));
  const insert = database.prepare("insert into thing values (?, ?)");
  for (const { lastUsedMs, pushedMs } of things) insert.run(lastUsedMs, pushedMs);
  for (let bits = 0; bits < 2 ** usageStates.length; bits++) {
    const states = new Set(usageStates.filter((_, at) => (bits & (1 << at)) !== 0));
    const filter = isInUsage(rules, states, (ms) => sql<boolean>`(used_ms >= ${ms})`, sql.ref("pushed_ms"));
    const { sql: text, parameters } = sql`select count(*) as n from thing where ${filter}`.compile(compiler);
    const expected = things.filter(({ lastUsedMs, pushedMs }) => states.has(stateOf(lastUsedMs, pushedMs))).length;
    expect(database.prepare(text).get(...(parameters as number[])), [...states].join()).toEqual({ n: expected });
  }
  database.close();
});
