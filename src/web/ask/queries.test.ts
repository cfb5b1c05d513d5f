import { expect, test } from "vitest";
import { folders, manifest, may, pulls, tags, users } from "./queries.ts";

type Question = { queryKey: readonly unknown[]; placeholderData?: unknown };
/** What is shown of `question` while its answer is on its way, after one to `before`. */
function standIn(question: Question, before: Question): unknown {
  return (question.placeholderData as (data: unknown, asked: unknown) => unknown)("kept", before);
}

test("the rows before stay while a list is filtered or paged", () => {
  expect(standIn(tags({ repository: "a", search: "v1" }), tags({ repository: "a" }))).toBe("kept");
  expect(standIn(users({ cursor: "2" }), users({}))).toBe("kept");
  expect(standIn(pulls({ repository: "a", from: "2026-01-01" }), pulls({ repository: "a" }))).toBe("kept");
});

test("no answer about one thing stands in for one about another", () => {
  expect(standIn(tags({ repository: "a" }), tags({ repository: "b" }))).toBeUndefined();
  expect(standIn(tags({ repository: "a", registry: "hub" }), tags({ repository: "a" }))).toBeUndefined();
  expect(standIn(pulls({ repository: "a", tag: "v1" }), pulls({ repository: "a" }))).toBeUndefined();
  expect(standIn(folders({ under: "ml/" }), folders({}))).toBeUndefined();
  expect(standIn(manifest("a", "v2"), manifest("a", "v1"))).toBeUndefined();
  expect(standIn(manifest("a", "v1", undefined, true), manifest("a", "v1"))).toBe("kept");
  expect(standIn(may({ repository: "a" }), may({ repository: "a", action: "pull" }))).toBeUndefined();
});

test("nothing stands in for a first answer", () => {
  expect((users({}).placeholderData as (data: unknown, asked: unknown) => unknown)(undefined, undefined)).toBeUndefined();
});
