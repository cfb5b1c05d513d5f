import { hashSync } from "bcryptjs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openDatabase } from "../store/database.ts";
import { createAttempts } from "./attempts.ts";
import { openDirectory } from "./directory.ts";
import { importHtpasswd } from "./htpasswd-import.ts";
import { createLogin } from "./login.ts";
import { createMembers } from "./members.ts";

const author = { principal: { id: -1, name: "system" } };
const caller = { address: "192.0.2.1", userAgent: "test" };
const bcrypt = (password: string): string => hashSync(password, 4).replace("$2b$", "$2y$");

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "hythe-htpasswd-"));
  open.push(() => rmSync(folder, { recursive: true }));
  const db = await openDatabase({ folder });
  open.push(() => db.close());
  const now = () => 1_800_000_000_000;
  const directory = await openDirectory({ db, now, log: () => undefined });
  open.push(() => directory.close());
  const members = createMembers({ db, now, directory });
  const login = createLogin({
    directory,
    attempts: createAttempts(now),
    now,
    rehash: (member, hash) => members.renewHash(member.principal.id, member.passwordHash, hash),
  });
  const storedHash = async (name: string) => {
    const row = await db.query.selectFrom("principal").select("password_hash").where("name", "=", name).executeTakeFirst();
    return row?.password_hash;
  };
  return { db, directory, members, login, storedHash };
}

test("imported users sign in with the passwords that they have, and from then on with a hash of ours", async () => {
  const { directory, members, login, storedHash } = await setUp();
  // Shorter than our own rule wants: it is theirs already.
  const text = `ann:${bcrypt("ann's")}\nben:${bcrypt("ben's")}\n`;
  expect(await importHtpasswd(members, { text, groups: ["dev"] }, author)).toEqual({ added: ["ann", "ben"], present: [] });
  await directory.refresh();
  expect(directory.isOpen()).toBe(false);

  await expect(login.byPassword("ann", "ben's", caller)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(await storedHash("ann")).toMatch(/^\$2y\$/);
  const { member } = await login.byPassword("ann", "ann's", caller);
  expect(member).toMatchObject({ groups: ["dev"], mustChange: false, generation: 0 });
  expect(await storedHash("ann")).toMatch(/^\$argon2id\$/);
  expect(await storedHash("ben")).toMatch(/^\$2y\$/);
});

test("the new hash is of the same password", async () => {
  const { db, directory, members, login } = await setUp();
  await importHtpasswd(members, { text: `ann:${bcrypt("ann's")}`, groups: [] }, author);
  await directory.refresh();
  await login.byPassword("ann", "ann's", caller);
  // Another process, which remembers no one.
  const later = await openDirectory({ db, now: Date.now, log: () => undefined });
  open.push(() => later.close());
  const again = createLogin({ directory: later, attempts: createAttempts(Date.now), now: Date.now });
  await expect(again.byPassword("ann", "ann's ", caller)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect((await again.byPassword("ann", "ann's", caller)).member.passwordHash).toMatch(/^\$argon2id\$/);
});

test("whoever is here already stays as they are, so the same file can come again", async () => {
  const { members, storedHash } = await setUp();
  await members.addUser({ name: "ann", passwordHash: "hers", groups: ["ops"] }, author);
  const text = `ann:${bcrypt("a")}\nben:${bcrypt("b")}`;
  expect(await importHtpasswd(members, { text, groups: [] }, author)).toEqual({ added: ["ben"], present: ["ann"] });
  expect(await importHtpasswd(members, { text, groups: [] }, author)).toEqual({ added: [], present: ["ann", "ben"] });
  expect(await storedHash("ann")).toBe("hers");
});

test("a file with one line that cannot be taken makes nobody", async () => {
  const { db, members } = await setUp();
  const good = `ann:${bcrypt("a")}`;
  for (const [text, what] of [
    [`${good}\nben:{SHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=`, "line 2 has a SHA-1 hash"],
    [`${good}\nBen:${bcrypt("b")}`, "line 2 has a name that cannot be taken"],
    [`${good}\nsystem:${bcrypt("b")}`, "'system' is reserved"],
  ] as const)
    await expect(importHtpasswd(members, { text, groups: [] }, author)).rejects.toThrow(what);
  await expect(importHtpasswd(members, { text: good, groups: ["a,b"] }, author)).rejects.toThrow("group");
  expect(await db.query.selectFrom("principal").select("name").execute()).toEqual([]);
});
