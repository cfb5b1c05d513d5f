import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { clientCacheContract } from "../../test/contract/client-cache.ts";
import type { ClientCache } from "./cache.ts";
import { openSqliteCache, type SqliteCacheOptions } from "./cache-sqlite.ts";

const home = mkdtempSync(join(tmpdir(), "hythe-cache-"));
afterAll(() => rmSync(home, { recursive: true }));
const newFolder = (): string => mkdtempSync(join(home, "cache-"));
const newPath = (): string => join(newFolder(), "folder", "cache.db");

clientCacheContract("cache in a file", (options) => openSqliteCache({ ...options, path: newPath() }));

describe("a cache in a file", () => {
  const opened: ClientCache[] = [];
  const open = async (path: string, options: Partial<SqliteCacheOptions> = {}): Promise<ClientCache> => {
    const cache = await openSqliteCache({ path, ...options });
    opened.push(cache);
    return cache;
  };
  afterEach(async () => {
    for (const cache of opened.splice(0)) await cache.close();
  });
  const damage = (path: string, from: number): void => {
    const bytes = readFileSync(path);
    bytes.fill(0xa5, from);
    writeFileSync(path, bytes);
  };
  const fill = async (cache: ClientCache): Promise<void> => {
    for (let i = 0; i < 200; i++) await cache.set(`key-${i}`, Buffer.alloc(2000, i));
  };

  test("what one instance kept, another finds, also after the first has closed", async () => {
    const path = newPath();
    const first = await open(path);
    await first.set("a", Buffer.from("x"));
    const second = await open(path);
    expect(Buffer.from((await second.get("a"))!).toString()).toBe("x");
    await second.invalidate("a");
    expect(await first.get("a")).toBeUndefined();
  });

  test("only its owner can read what belongs to it", async () => {
    const path = newPath();
    await (await open(path)).set("a", Buffer.from("x"));
    const folder = join(path, "..");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  });

  test("two processes write and read one cache at the same time, and both see one bound", async () => {
    const path = newPath();
    const mine = await open(path, { maxBytes: 300_000 });
    const program = `
      import { openSqliteCache } from ${JSON.stringify(new URL("cache-sqlite.ts", import.meta.url).href)};
      const troubles = [];
      const cache = await openSqliteCache({ path: process.argv[2], maxBytes: 300_000, onTrouble: (text) => troubles.push(text) });
      for (let i = 0; i < 500; i++) await cache.set("theirs-" + i, Buffer.alloc(1000, i));
      process.send("filled");
      process.once("message", async () => {
        await cache.set("theirs", Buffer.alloc(1000));
        process.send({ troubles, theirs: (await cache.get("theirs"))?.length, mine: (await cache.get("mine"))?.length });
        await cache.close();
        process.disconnect();
      });
    `;
    const file = join(newFolder(), "other.ts");
    writeFileSync(file, program);
    const other = fork(file, [path], { stdio: "inherit" });
    const filled = once(other, "message");
    for (let i = 0; i < 500; i++) await mine.set(`mine-${i}`, Buffer.alloc(1000, i));
    await filled;
    // Only now, when neither pushes the other's out any more, can both be looked for.
    await mine.set("mine", Buffer.alloc(1000));
    const told = once(other, "message");
    const ended = once(other, "exit");
    other.send("look");
    expect(await told).toMatchObject([{ troubles: [], theirs: 1000, mine: 1000 }, undefined]);
    expect((await mine.get("theirs"))?.length).toBe(1000);
    await ended;
    const database = new DatabaseSync(path);
    const { used, real } = database
      .prepare("select (select used from room) as used, (select sum(size) from entry) as real")
      .get() as { used: number; real: number };
    database.close();
    expect(used).toBe(real);
    expect(used).toBeLessThanOrEqual(300_000);
    expect(statSync(path).size).toBeLessThan(1_500_000);
  });

  test("a file whose pages are damaged is made anew, and the cache goes on", async () => {
    const path = newPath();
    const before = await open(path);
    await fill(before);
    await before.close();
    damage(path, 8192);
    const after = await open(path);
    for (let i = 0; i < 200; i++) {
      const found = await after.get(`key-${i}`);
      if (found !== undefined) expect(found.length).toBe(2000);
    }
    await fill(after);
    expect((await after.get("key-199"))?.length).toBe(2000);
  });

  test("when the file is damaged under two open caches, both go on with one new file", async () => {
    const path = newPath();
    const [a, b] = [await open(path), await open(path)];
    await fill(a);
    const wal = new DatabaseSync(path);
    wal.exec("pragma wal_checkpoint(truncate)");
    wal.close();
    damage(path, 4096);
    await Promise.all([fill(a), fill(b)]);
    await a.set("shared", Buffer.from("x"));
    expect(Buffer.from((await b.get("shared"))!).toString()).toBe("x");
  });

  test("a file that is something else is refused by name and left as it is", async () => {
    const path = newPath();
    await (await open(path)).close();
    writeFileSync(path, "my notes, not a database, and longer than a header of one hundred bytes".repeat(3));
    await expect(open(path)).rejects.toThrow(`${path} is not a cache of this program`);
    expect(readFileSync(path, "utf8")).toContain("my notes");
    const other = join(path, "..", "other.db");
    const database = new DatabaseSync(other);
    database.exec("create table mine (a)");
    database.close();
    await expect(open(other)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("a cache of another version is emptied", async () => {
    const path = newPath();
    const before = await open(path);
    await before.set("a", Buffer.from("x"));
    await before.close();
    const database = new DatabaseSync(path);
    database.exec("pragma user_version = 99");
    database.close();
    const after = await open(path);
    expect(await after.get("a")).toBeUndefined();
    await after.set("a", Buffer.from("y"));
    expect(await after.get("a")).toBeDefined();
  });

  test("a database that another process holds for too long is a miss, told once, and never an error", async () => {
    const path = newPath();
    const troubles: string[] = [];
    const cache = await open(path, { onTrouble: (sentence) => troubles.push(sentence) });
    await cache.set("a", Buffer.from("x"));
    const holder = new DatabaseSync(path);
    holder.exec("begin immediate");
    await cache.set("a", Buffer.from("y"));
    expect(Buffer.from((await cache.get("a"))!).toString()).toBe("x");
    holder.exec("commit");
    holder.close();
    await cache.set("a", Buffer.from("z"));
    expect(Buffer.from((await cache.get("a"))!).toString()).toBe("z");
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain(path);
  });

  test("a short hold is waited for without holding up anybody else", async () => {
    const path = newPath();
    const cache = await open(path);
    const holder = new DatabaseSync(path);
    holder.exec("begin immediate");
    // The hold ends by other work that goes on meanwhile: a cache that blocked its process would never see the end of it.
    let turns = 0;
    const working = setInterval(() => {
      if (++turns === 5) holder.exec("commit");
    }, 1);
    await cache.set("a", Buffer.from("x"));
    clearInterval(working);
    holder.close();
    expect(await cache.get("a")).toBeDefined();
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});
