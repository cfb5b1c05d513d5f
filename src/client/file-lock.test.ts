import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { lockFile } from "./file-lock.ts";

const never = 60_000;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hythe-lock-"));
  path = join(folder, "file.lock");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** A process that holds the lock until it is killed. */
async function holder(): Promise<ChildProcess> {
  const source = `
    import { lockFile } from ${JSON.stringify(import.meta.resolve("./file-lock.ts"))};
    await lockFile(process.argv[1], 1000);
    process.stdout.write("held");
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("the lock of a process that was killed is taken away at once, and nothing is left of it", async () => {
  await kill(await holder());
  const before = readFileSync(path, "utf8");
  const lock = await lockFile(path, never);
  expect(readFileSync(path, "utf8")).not.toBe(before);
  await lock.check();
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test("one that lives keeps its lock, however long it takes", async () => {
  const child = await holder();
  const before = readFileSync(path, "utf8");
  await expect(lockFile(path, 30)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining(path) as string });
  expect(readFileSync(path, "utf8")).toBe(before);
  await kill(child);
});

test.runIf(process.platform === "linux")("another process that got the number of a dead one is not taken for it", async () => {
  const lock = await lockFile(path, never);
  const own = JSON.parse(readFileSync(path, "utf8")) as { started: string };
  await lock.release();
  writeFileSync(path, JSON.stringify({ ...own, started: String(Number(own.started) - 1) }));
  await (await lockFile(path, never)).release();
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["nothing", ""],
  ["something else", "held by a program that nobody knows"],
  ["a process elsewhere", JSON.stringify({ machine: "another", pid: process.pid, started: "1" })],
])("a lock that names %s is waited for, and then taken away", async (_, text) => {
  writeFileSync(path, text);
  const began = performance.now();
  await (await lockFile(path, 60)).release();
  expect(performance.now() - began).toBeGreaterThan(50);
  expect(readdirSync(folder)).toEqual([]);
});

test("a link that leads nowhere is no reason to wait for ever", async () => {
  symlinkSync("nowhere", path);
  await (await lockFile(path, 20)).release();
  expect(readdirSync(folder)).toEqual([]);
});

test("one that was killed while it took another's lock away does not stay in the way", async () => {
  await kill(await holder());
  const claim = `${path}.${createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16)}`;
  writeFileSync(claim, "");
  await (await lockFile(path, 20)).release();
  expect(readdirSync(folder)).toEqual([]);
});

test("of many that wait for a dead one each gets it once, and one at a time", async () => {
  await kill(await holder());
  let holding = 0;
  const most: number[] = [];
  const take = async (): Promise<void> => {
    const lock = await lockFile(path, never);
    most.push(++holding);
    await lock.check();
    holding--;
    await lock.release();
  };
  await Promise.all(Array.from({ length: 10 }, take));
  expect(most).toEqual(Array.from({ length: 10 }, () => 1));
  expect(readdirSync(folder)).toEqual([]);
});

test("whoever lost the lock is told before anything is written, and leaves the next one's alone", async () => {
  const lock = await lockFile(path, never);
  writeFileSync(path, "of somebody else");
  await expect(lock.check()).rejects.toMatchObject({ code: "CONFLICT" });
  await lock.release();
  expect(readFileSync(path, "utf8")).toBe("of somebody else");
});
