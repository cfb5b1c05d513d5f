import { expect, test } from "vitest";
import { classify, isCounted, unattributed, type Attributed, type Effect } from "./classify.ts";
import type { PullEvent } from "./event.ts";

const event: PullEvent = {
  method: "GET",
  byTag: true,
  status: 200,
  ids: { repositoryId: 1, manifestId: 2, tagEpoch: 3 },
  digest: "sha256:a",
  isIndex: false,
  principal: 7,
  client: 1,
  address: "192.0.2.1",
  answerable: () => true,
};
const head: Attributed = { head: { tagEpoch: 3, timeMs: 1000 } };
const parent: Attributed = { parentId: 9 };

const table: readonly [row: string, asked: Partial<PullEvent>, attributed: Attributed, effect: Effect][] = [
  ["GET manifest by tag, 200", {}, unattributed, "by-tag"],
  ["GET manifest by digest, 200", { byTag: false }, unattributed, "direct"],
  ["HEAD by tag, then GET of that digest", { byTag: false }, head, "by-tag-after-head"],
  ["HEAD by tag, then GET of that tag", {}, head, "by-tag-after-head"],
  ["GET of a child right after its index", { byTag: false }, parent, "as-child"],
  ["GET of a child whose own tag was asked for by HEAD", { byTag: false }, { ...head, ...parent }, "by-tag-after-head"],
  ["HEAD by tag", { method: "HEAD" }, unattributed, "check"],
  ["conditional GET by tag, 304", { status: 304 }, unattributed, "check"],
  ["conditional GET by digest, 304", { status: 304, byTag: false }, unattributed, "check"],
  ["conditional HEAD, 304", { method: "HEAD", status: 304 }, unattributed, "check"],
  ["HEAD by digest", { method: "HEAD", byTag: false }, unattributed, "check"],
];

test.each(table)("%s", (_, asked, attributed, effect) => {
  expect(isCounted({ ...event, ...asked }, new Set())).toBe(true);
  expect(classify({ ...event, ...asked }, attributed)).toBe(effect);
});

test("what our own scanner, replication and proxy fill ask for counts as nothing", () => {
  expect(isCounted(event, new Set([7]))).toBe(false);
  expect(isCounted({ ...event, principal: 8 }, new Set([7]))).toBe(true);
});

test("anything not 200 or 304 counts as nothing", () => {
  for (const status of [206, 301, 401, 404, 429, 500])
    expect(isCounted({ ...event, status: status as 200 }, new Set())).toBe(false);
});
