import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { updateFile } from "./file-update.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hythe-update-"));
  path = join(folder, "config.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("only the user may read the file and the folder that are made", async () => {
  const deep = join(folder, "a/b/config.json");
  await updateFile(deep, (text) => `${text}!`);
  expect(readFileSync(deep, "utf8")).toBe("undefined!");
  expect(statSync(deep).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o700);
});

test("a file that others could read is the user's alone afterwards", async () => {
  writeFileSync(path, "old", { mode: 0o644 });
  await updateFile(path, () => "new");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("nothing else is left in the folder, also when the change fails", async () => {
  await updateFile(path, () => "new");
  await expect(
    updateFile(path, () => {
      throw new TypeError("no");
    }),
  ).rejects.toThrow(TypeError);
  await updateFile(path, () => undefined);
  expect(readdirSync(folder)).toEqual(["config.json"]);
  expect(readFileSync(path, "utf8")).toBe("new");
});

test("writers at the same time do not lose each other's changes", async () => {
  const numbers = Array.from({ length: 40 }, (_, n) => String(n));
  await Promise.all(numbers.map((n) => updateFile(path, (text = "") => `${text}${n}\n`)));
  expect(readFileSync(path, "utf8").trimEnd().split("\n").toSorted()).toEqual(numbers.toSorted());
});

test("a link stays one, and what it leads to is changed", async () => {
  writeFileSync(join(folder, "real.json"), "old");
  symlinkSync("real.json", path);
  await updateFile(path, (text) => `${text} and new`);
  expect(readFileSync(join(folder, "real.json"), "utf8")).toBe("old and new");
  expect(readdirSync(folder).toSorted()).toEqual(["config.json", "real.json"]);
});

test("the lock of somebody who died is taken away, by one of those who wait", async () => {
  writeFileSync(`${path}.lock`, "dead");
  const writers = ["a", "b", "c"].map((name) => updateFile(path, (text = "") => text + name, { patience: 50 }));
  await Promise.all(writers);
  expect([...readFileSync(path, "utf8")].toSorted()).toEqual(["a", "b", "c"]);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot)(
  `a folder that cannot be written is an error that names the file${isRoot ? " (skipped: root may write anywhere)" : ""}`,
  async () => {
    chmodSync(folder, 0o500);
    await expect(updateFile(path, () => "new")).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: `${path} cannot be written (EACCES)`,
    });
    chmodSync(folder, 0o700);
  },
);

test("a file in place of the folder is an error that names the file", async () => {
  writeFileSync(path, "");
  await expect(updateFile(join(path, "config.json"), () => "new")).rejects.toMatchObject({
    code: "REQUEST_INVALID",
    message: `${join(path, "config.json")} cannot be written (EEXIST)`,
  });
});
