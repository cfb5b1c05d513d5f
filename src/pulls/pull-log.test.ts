import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mountSmallDisk, whyNoSmallDisk } from "../../test/peers/small-disk.ts";
import { openPullLog, type LoggedPull, type PullLog, type PullLogOptions } from "./pull-log.ts";

let folder: string;
let nowMs: number;
let sentences: string[];
let wake = (): void => undefined;
const logs: PullLog[] = [];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "hythe-pull-log-")), "log");
  nowMs = Date.parse("2026-03-01T23:59:59.000Z");
  sentences = [];
});
afterEach(async () => {
  for (const log of logs.splice(0)) await log.close();
  rmSync(join(folder, ".."), { recursive: true });
});

function open(options: Partial<PullLogOptions> = {}): PullLog {
  const log = openPullLog({
    folder,
    isOn: true,
    keepMs: 30 * 24 * 3600_000,
    now: () => nowMs,
    log(sentence) {
      sentences.push(sentence);
      wake();
    },
    everyMs: 5,
    ...options,
  });
  logs.push(log);
  return log;
}
/** The next sentence of the log. */
const sentence = (): Promise<void> => new Promise((resolve) => (wake = resolve));

const pull: LoggedPull = {
  repository: "team/app",
  tag: "v1",
  digest: "sha256:0",
  principal: "ci",
  address: "10.0.0.1",
  userAgent: "docker/27",
};
const lines = (name: string): string[] => readFileSync(join(folder, name), "utf8").trimEnd().split("\n");
const files = (): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

test("every pull is a line of JSON, readable by the owner's group at most", async () => {
  const log = open();
  log.write!(pull);
  log.write!({ ...pull, tag: undefined, principal: "anonymous", userAgent: 'curl "\n\u001b[2J\u00e9' });
  await log.close();
  expect(files()).toEqual(["pulls-2026-03-01.1.jsonl"]);
  const written = lines("pulls-2026-03-01.1.jsonl");
  expect(written.map((line) => JSON.parse(line))).toEqual([
    { time: "2026-03-01T23:59:59.000Z", ...pull, by: "tag" },
    {
      time: "2026-03-01T23:59:59.000Z",
      ...pull,
      tag: null,
      by: "digest",
      principal: "anonymous",
      userAgent: 'curl "\n\u001b[2J\u00e9',
    },
  ]);
  expect(written[1]).not.toContain("\u001b");
  expect(statSync(join(folder, "pulls-2026-03-01.1.jsonl")).mode & 0o007).toBe(0);
});

test("lines reach the file without anybody closing it", async () => {
  open().write!(pull);
  await expect.poll(() => files().length > 0 && lines(files()[0]!).length === 1).toBe(true);
});

test("a new day is a new file, a full file is followed by the next, and none is ever written to again", async () => {
  const log = open({ fileBytes: 400 });
  for (let i = 0; i < 6; i++) {
    log.write!({ ...pull, tag: `v${i}` });
    await expect.poll(() => files().flatMap(lines).length).toBe(i + 1);
  }
  nowMs += 1000;
  log.write!(pull);
  await log.close();
  const again = open();
  again.write!({ ...pull, tag: "again" });
  await again.close();
  expect(files()).toEqual([
    "pulls-2026-03-01.1.jsonl",
    "pulls-2026-03-01.2.jsonl",
    "pulls-2026-03-01.3.jsonl",
    "pulls-2026-03-02.1.jsonl",
    "pulls-2026-03-02.2.jsonl",
  ]);
  expect(
    files()
      .flatMap(lines)
      .map((line) => (JSON.parse(line) as { tag: string }).tag),
  ).toEqual(["v0", "v1", "v2", "v3", "v4", "v5", "v1", "again"]);
});

test("lines of two days that are written together go to the files of their days", async () => {
  const log = open();
  log.write!(pull);
  nowMs += 1000;
  log.write!(pull);
  await log.close();
  expect(files()).toEqual(["pulls-2026-03-01.1.jsonl", "pulls-2026-03-02.1.jsonl"]);
});

test("two processes write to files of their own", async () => {
  const [one, other] = [open(), open()];
  for (let i = 0; i < 100; i++) {
    one.write!({ ...pull, principal: "one" });
    other.write!({ ...pull, principal: "other" });
  }
  await Promise.all([one.close(), other.close()]);
  expect(files()).toEqual(["pulls-2026-03-01.1.jsonl", "pulls-2026-03-01.2.jsonl"]);
  for (const name of files()) {
    expect(new Set(lines(name).map((line) => (JSON.parse(line) as LoggedPull).principal)).size).toBe(1);
    expect(lines(name)).toHaveLength(100);
  }
});

test("files go after their time, also when nothing is logged any more; what is not ours stays", async () => {
  mkdirSync(folder);
  for (const name of ["pulls-2026-01-29.1.jsonl", "pulls-2026-01-30.3.jsonl", "pulls-2026-02-01.1.jsonl", "pulls-2020.jsonl"]) {
    writeFileSync(join(folder, name), "");
  }
  const log = open({ isOn: false });
  expect(log.write).toBeUndefined();
  await expect.poll(files).toEqual(["pulls-2020.jsonl", "pulls-2026-01-30.3.jsonl", "pulls-2026-02-01.1.jsonl"]);
});

test("off, there is not even a folder", async () => {
  await open({ isOn: false }).close();
  expect(files()).toEqual([]);
  expect(sentences).toEqual([]);
});

const noDisk = whyNoSmallDisk();
test.skipIf(noDisk !== undefined)(
  `a full disk holds up lines, not pulls: none is half, and those that find no room to wait are counted ${noDisk ?? ""}`,
  async () => {
    const disk = mountSmallDisk(folder, "128k");
    try {
      const log = open({ waitingBytes: 20_000 });
      log.write!({ ...pull, tag: "before" });
      await expect.poll(() => files().flatMap(lines).length).toBe(1);
      disk.fill();
      let failed = sentence();
      for (let i = 0; i < 1000; i++) log.write!({ ...pull, tag: `full${i}` });
      await failed;
      failed = sentence();
      disk.free();
      await failed;
      log.write!({ ...pull, tag: "after" });
      await log.close();
      const tags = files()
        .filter((name) => name.startsWith("pulls-"))
        .flatMap(lines)
        .map((line) => (JSON.parse(line) as { tag: string }).tag);
      expect(tags[0]).toBe("before");
      expect(tags.at(-1)).toBe("after");
      const kept = tags.length - 2;
      expect(kept).toBeGreaterThan(50);
      expect(tags.slice(1, -1)).toEqual(Array.from({ length: kept }, (_, i) => `full${i}`));
      expect(sentences).toEqual([
        "the pull log cannot be written",
        `the pull log can be written again: ${1000 - kept} lines are missing`,
      ]);
    } finally {
      disk.unmount();
    }
  },
);

test("a folder that cannot be had fails no pull, and closing says what is lost", async () => {
  writeFileSync(folder, "");
  const log = open();
  log.write!(pull);
  await log.close();
  expect(sentences).toContain("the pull log cannot be written");
  expect(sentences.at(-1)).toBe("the last lines of the pull log are lost: they could not be written");
  rmSync(folder);
});
