import { describe, expect, test } from "vitest";
import type { SessionAnswer } from "../../wire/session.ts";
import { whyNotDelete } from "./tag-rights.ts";

const session: SessionAnswer = {
  name: "reader",
  kind: "user",
  groups: [],
  may: { pull: false, push: false, overwrite: false, delete: false, admin: false },
  manages: false,
  visible: ["team/*"],
  open: false,
  provider: false,
  mustChange: false,
  hasPassword: true,
  csrf: null,
  expiresAt: null,
};
const row = (mayDelete: boolean, immutable = false) => ({
  may: { pull: true, push: false, overwrite: false, delete: mayDelete, admin: false },
  immutable,
});
const here = { scope: { repository: "team/app" }, session };
const everywhere = { scope: {}, session };

describe("whether tags can be deleted", () => {
  test("of another registry never, whoever asks", () => {
    const scope = { repository: "team/app", registry: "hub" };
    expect(whyNotDelete({ scope, session, rows: [row(true)] })).toMatch(/^Tags of another registry/);
  });

  test("one that can go is enough to ask", () => {
    expect(whyNotDelete({ ...here, rows: [row(false, true), row(true)] })).toBeUndefined();
  });

  test("a rule keeps them only when it keeps all of them, and all are known", () => {
    const rows = [row(false, true)];
    expect(whyNotDelete({ ...here, rows })).toMatch(/^A rule keeps/);
    expect(whyNotDelete({ ...here, rows, hasMore: true })).toBeUndefined();
    expect(whyNotDelete({ ...everywhere, rows, hasMore: true })).toBeUndefined();
  });

  test("of one repository any tag that no rule keeps tells whether there is the right; of all repositories only asking does", () => {
    const rows = [row(false)];
    expect(whyNotDelete({ ...here, rows, hasMore: true })).toMatch(/^You may not delete in team\/app/);
    expect(whyNotDelete({ ...everywhere, rows, hasMore: true })).toBeUndefined();
    expect(whyNotDelete({ ...everywhere, rows })).toMatch(/^You may not delete in these repositories/);
    expect(whyNotDelete({ ...here, rows: [], hasMore: true })).toBeUndefined();
  });

  test("who has not signed in is not offered what they may not do", () => {
    const anonymous = { ...session, name: "", kind: "anonymous" as const };
    expect(whyNotDelete({ ...here, session: anonymous, rows: [row(false)] })).toBeNull();
    expect(whyNotDelete({ ...here, session: anonymous, rows: [row(true)] })).toBeUndefined();
  });
});
