import { expect, test } from "vitest";
import { expiryOf, formatDetail, formatRole, formatSubject, unusedFor } from "./access.ts";

const now = Date.UTC(2026, 10, 21);
const day = 24 * 3_600_000;
const at = (days: number): string => new Date(now + days * day).toISOString();

test("what expires within two weeks does so soon", () => {
  expect([null, at(61), at(60), at(13), at(-3)].map((time) => expiryOf(time, now))).toEqual([
    { text: "never", state: "never" },
    { text: "in 2 months", state: "far" },
    { text: "in 60 d", state: "far" },
    { text: "in 13 d", state: "soon" },
    { text: "3 d ago", state: "passed" },
  ]);
});

test("unused is what nobody came in with for 90 days, also since it was made; what is disabled is not marked", () => {
  const account = { createdAt: at(-400), lastUsedAt: null, disabledAt: null };
  expect(unusedFor(account, now)).toBe("13 months");
  expect(unusedFor({ ...account, lastUsedAt: at(-94) }, now)).toBe("3 months");
  expect(unusedFor({ ...account, lastUsedAt: at(-89) }, now)).toBeUndefined();
  expect(unusedFor({ ...account, createdAt: at(-10) }, now)).toBeUndefined();
  expect(unusedFor({ ...account, disabledAt: at(-1) }, now)).toBeUndefined();
});

test("a right is said with whom it is for and what it leaves out", () => {
  expect([{ everyone: true } as const, { group: "dev" }, { account: "ci" }].map(formatSubject)).toEqual([
    "everyone",
    "group dev",
    "ci",
  ]);
  expect(formatRole({ role: "push", overwrite: false })).toBe("push, new tags only");
  expect(formatRole({ role: "pull", overwrite: false })).toBe("pull");
});

test("a detail is one line, whatever is in it", () => {
  expect(formatDetail({ admin: false, groups: ["dev"], name: "laptop" })).toBe('admin=false groups=["dev"] name=laptop');
});
