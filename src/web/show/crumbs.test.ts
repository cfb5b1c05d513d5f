import { expect, test } from "vitest";
import { crumbsOf } from "./crumbs.ts";

const told = (path: string): string =>
  crumbsOf(path)
    .map(({ before, text }) => before + text)
    .join("");
const digest = `sha256:${"4b0e1c92a3f1".padEnd(64, "0")}`;

test("the breadcrumb of a place is its reference", () => {
  expect(told("/r/team/app:v1.9")).toBe("hythe/team/app:v1.9");
  expect(told(`/r/app@${digest}`)).toBe("hythe/app@4b0e1c92a3f1");
  expect(told("/x/hub/library/nginx:1")).toBe("hub/library/nginx:1");
  expect(told("/r/tag:1.10")).toBe("hythe/tag:1.10");
});

test("each part leads to what it names", () => {
  expect(crumbsOf("/r/a/b/c:1").map(({ to, search }) => [to, search?.["under"]])).toEqual([
    ["/", undefined],
    ["/repositories", "a/"],
    ["/repositories", "a/b/"],
    ["/r/a/b/c", undefined],
    ["/r/a/b/c:1", undefined],
  ]);
  expect(crumbsOf("/x/hub/library/nginx").map(({ to }) => to)).toEqual(["/x/hub", "/x/hub", "/x/hub/library/nginx"]);
});

test("other pages have their names, and what is no page has none", () => {
  expect(told("/")).toBe("hythe");
  expect(told("/activity")).toBe("hythe/Activity");
  expect(told("/x/hub")).toBe("hub");
  expect(told("/nowhere")).toBe("hythe");
});
