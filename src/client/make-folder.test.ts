import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "hythe-make-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a folder is made with all that is missing above it, and again is no mistake", async () => {
  const deep = join(folder(), "a/b/c");
  for (let i = 0; i < 2; i++) {
    await makeFolder(deep, 0o700);
    expect(statSync(deep).isDirectory()).toBe(true);
  }
  expect(statSync(join(deep, "..")).mode & 0o777).toBe(0o700);
});

test("several at the same time make it together", async () => {
  const root = folder();
  await Promise.all(Array.from({ length: 20 }, (_, i) => makeFolder(join(root, "a/b/c", String(i % 3)))));
  expect(existsSync(join(root, "a/b/c/2"))).toBe(true);
});

test("a folder in one that cannot be written is no mistake when it is there", async () => {
  const root = folder();
  await makeFolder(join(root, "a/b"));
  chmodSync(join(root, "a"), 0o500);
  await expect(makeFolder(join(root, "a/b"))).resolves.toBeUndefined();
  chmodSync(join(root, "a"), 0o700);
});

test("a file in the way is an error", async () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(file, "a/b"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

const noProc = existsSync("/proc/self") ? "" : " (skipped: no /proc here)";

test.skipIf(noProc !== "")(
  `where the system takes no folders that is an error, rather than tried for ever${noProc}`,
  async () => {
    await expect(makeFolder("/proc/hythe")).rejects.toMatchObject({ syscall: "mkdir", path: "/proc/hythe" });
    await expect(makeFolder("/proc/hythe/a/b")).rejects.toMatchObject({ syscall: "mkdir" });
  },
);
