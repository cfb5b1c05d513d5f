import { expect, test } from "vitest";
import { formatBudget, lacksOf } from "./registry.ts";

const all = { catalog: "ok", referrers: "ok", delete: "ok", tagDelete: "ok", pushTimes: "ok", pulls: "ok" };

test("what a registry cannot give is said with the reason, and the same reason once", () => {
  expect(lacksOf({ capabilities: all })).toEqual([]);
  expect(
    lacksOf({ capabilities: { ...all, catalog: "it has no such list", delete: "not allowed", tagDelete: "not allowed" } }),
  ).toEqual([
    "Repositories are not listed: it has no such list",
    "Images cannot be deleted, tags cannot be deleted: not allowed",
  ]);
});

test("the budget is what the registry told, and nothing when it told nothing", () => {
  expect(formatBudget({ limit: { limit: 100, remaining: 87, windowSeconds: 21_600 } })).toBe("87 of 100 pulls left in 6 h");
  expect(formatBudget({ limit: { limit: null, remaining: 5, windowSeconds: null } })).toBe("5 pulls left");
  expect(formatBudget({ limit: null })).toBeUndefined();
});
