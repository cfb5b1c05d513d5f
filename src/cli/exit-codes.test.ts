import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "./exit-codes.ts";

test("docs/cli.md explains every exit code, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cli.md"), "utf8");
  const table = page.slice(page.indexOf("| exit code |"));
  const explained = [...table.matchAll(/\| (\d+) \|/g)].map((match) => Number(match[1]));
  expect(explained.sort((a, b) => a - b)).toEqual(Object.values(exitCodes));
});
