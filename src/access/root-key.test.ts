import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadRootKey } from "./root-key.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hythe-key-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("a folder gets a key that nobody else may read, and keeps it, also when two processes start at once", async () => {
  const keys = await Promise.all([loadRootKey(folder, undefined), loadRootKey(folder, undefined)]);
  expect(keys[0]).toEqual(keys[1]);
  expect(keys[0].length).toBe(32);
  expect(await loadRootKey(folder, undefined)).toEqual(keys[0]);
  expect(readdirSync(folder)).toEqual(["access.key"]);
  expect(statSync(join(folder, "access.key")).mode & 0o777).toBe(0o600);
});

it("a configured secret comes before the file, and is the same for every process that has it", async () => {
  const configured = "a".repeat(32);
  expect(await loadRootKey(folder, configured)).toEqual(await loadRootKey("elsewhere", configured));
  expect(await loadRootKey(folder, configured)).not.toEqual(await loadRootKey(folder, "b".repeat(32)));
  expect(readdirSync(folder)).toEqual([]);
});

it("what is too short to be secret is refused with what to do", async () => {
  await expect(loadRootKey(folder, "short")).rejects.toThrow("access.secret must have at least 32 random characters");
  writeFileSync(join(folder, "access.key"), "short\n");
  await expect(loadRootKey(folder, undefined)).rejects.toThrow("access.key must have at least 32");
  await expect(loadRootKey(join(folder, "missing"), undefined)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
