// The verbs of access, on the data folder and on a running server: what they print, where secrets go, and that it holds at once.

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RepositoryName } from "../../src/oci/reference.ts";
import { captureCli, type CliOptions } from "../cli.ts";
import { pushImage } from "../contract/pushing.ts";
import { startFakeRegistry, type FakeRegistry } from "../fake/fake-registry.ts";
import { createMemoryRegistry } from "../fake/memory-registry.ts";
import { image } from "../image.ts";
import { startHythe, type Hythe } from "../peers/hythe.ts";
import { settingsIn } from "../settings-in.ts";

const secret = /^hythe_[A-Za-z0-9_-]{49}\n$/;
const password = "correct horse battery";

type Run = (argv: readonly string[], options?: CliOptions) => ReturnType<typeof captureCli>;

/** A registry of its own in a folder; nobody serves it. */
function folder(): { readonly data: string; readonly run: Run } {
  const data = mkdtempSync(join(tmpdir(), "hythe-access-"));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  return { data, run: (argv, options) => captureCli(argv, { now: Date.now, loadSettings: settingsIn(data), ...options }) };
}

const addAnn = ["user", "add", "ann", "--admin", "--password-stdin"];

describe("on a data folder", () => {
  test("the first user closes the registry, which is said once", async () => {
    const { run } = folder();
    expect(await run(addAnn, { input: `${password}\n` })).toMatchObject({
      code: 0,
      stdout: "ann is a user, an administrator of the registry\n",
      stderr: expect.stringMatching(/^the registry is closed from now on: [^]*hythe grant add everyone pull '\*'\n$/),
    });
    const second = await run(["user", "add", "bob"], { typed: [password, password] });
    expect(second).toMatchObject({ code: 0, stderr: "New password of bob: \nThe same again: \n" });
    expect((await run(["user", "ls"])).stdout).toBe(
      [
        "NAME  GROUPS  ADMIN  SIGN-IN   TOKENS  LAST USED  STATE    CREATED   BY",
        "ann   -       yes    password       0  never      enabled  just now  console",
        "bob   -       -      password       0  never      enabled  just now  console",
        "",
      ].join("\n"),
    );
  });

  test("who administers the registry is seen, by a grant of their own or of a group, and not who administers a part", async () => {
    const { run } = folder();
    await run(addAnn, { input: password });
    await run(["user", "add", "bob", "--no-password", "--groups", "ops"]);
    await run(["user", "add", "eve", "--no-password", "--groups", "dev"]);
    await run(["grant", "add", "group:ops", "admin", "*"]);
    await run(["grant", "add", "group:dev", "admin", "team/*"]);
    await run(["grant", "add", "eve", "delete", "*"]);
    const { items } = JSON.parse((await run(["user", "ls", "--json"])).stdout) as { items: object[] };
    expect(items).toMatchObject([
      { name: "ann", administrator: true },
      { name: "bob", administrator: true },
      { name: "eve", administrator: false },
    ]);
    expect((await run(["user", "ls"])).stdout.match(/^\w+ +\S+ +(?:yes|-)/gm)).toEqual([
      "ann   -       yes",
      "bob   ops     yes",
      "eve   dev     -",
    ]);
  });

  test("whoever closes it without an administrator is told, as nobody could do more from elsewhere", async () => {
    for (const argv of [
      ["robot", "add", "ci", "-q"],
      ["grant", "add", "everyone", "pull", "*"],
      ["user", "add", "bob", "--no-password"],
    ]) {
      expect((await folder().run(argv)).stderr).toMatch(
        /closed from now on[^]*no administrator yet[^]*hythe user add NAME --admin/,
      );
    }
  });

  test("where there is no registry nothing is shown, changed or made", async () => {
    const { data, run } = folder();
    const missing = { code: 7, stdout: "", stderr: expect.stringContaining(`there is no registry in ${data}`) };
    for (const argv of [["user", "ls"], ["user", "rm", "ann", "--yes"], ["audit"], ["robot", "rotate", "ci"]]) {
      expect(await run(argv)).toMatchObject(missing);
    }
    expect(readdirSync(data)).toEqual([]);
  });

  const isRoot = process.getuid?.() === 0;
  const why = isRoot ? " (skipped: root may read every folder)" : "";
  test.skipIf(isRoot)(`a folder of somebody else is no bug and no missing registry${why}`, async () => {
    const { data, run } = folder();
    await run(addAnn, { input: password });
    const refused = { code: 6, stdout: "", stderr: expect.stringContaining("run this as the user of the registry") };
    chmodSync(join(data, "catalogue.db"), 0o400);
    expect(await run(["user", "ls"])).toMatchObject(refused);
    chmodSync(data, 0);
    expect(await run(["user", "ls"])).toMatchObject(refused);
    chmodSync(data, 0o700);
  });

  test("a robot's token is alone on stdout, and with --quiet nothing is anywhere else", async () => {
    const { run } = folder();
    const made = await run(["robot", "add", "ci", "--push", "team/*", "--pull", "base/*", "--expires", "90d"]);
    expect(made.stdout).toMatch(secret);
    expect(made.stderr).toContain("robot ci may pull in base/*, push in team/*\nthe token, which is shown this once:\n");
    expect(made.stderr).not.toContain("hythe_");
    const rotated = await run(["robot", "rotate", "ci", "-q"]);
    expect(rotated).toMatchObject({ code: 0, stdout: expect.stringMatching(secret), stderr: "" });
    expect(rotated.stdout).not.toBe(made.stdout);
    const shown = await run(["robot", "show", "ci"]);
    expect(shown.stdout).toMatch(/^robot +ci\nstate +enabled\nexpires +in 90 d\n/);
    expect(shown.stdout).toMatch(/ci +pull +base\/\* [^]* ci +push +team\/\* [^]*rotated +ci/);
    expect(shown.stdout).not.toContain("first");
    const json = JSON.parse((await run(["token", "add", "x", "--of", "ci", "--role", "pull", "--json"])).stdout) as object;
    expect(json).toMatchObject({ of: "ci", name: "x", role: "pull", secret: expect.stringMatching(/^hythe_/) });
  });

  test("a robot's command does not touch the tokens of a user, and says who is none", async () => {
    const { run } = folder();
    await run(addAnn, { input: password });
    await run(["token", "add", "laptop", "--of", "ann", "-q"]);
    expect(await run(["robot", "rotate", "ann"])).toMatchObject({ code: 7, stderr: expect.stringContaining("no robot 'ann'") });
    expect((await run(["token", "ls"])).stdout).toContain("laptop  ann");
  });

  test("grants are given, listed and taken away by number or by what they say", async () => {
    const { run } = folder();
    expect(await run(["grant", "add", "everyone", "pull", "public/*"])).toMatchObject({
      stdout: "everyone may pull in public/* (grant 1)\n",
      stderr: expect.stringContaining("closed from now on"),
    });
    await run(["grant", "add", "group:dev", "push", "team/*", "--new-tags"]);
    expect((await run(["grant", "ls"])).stdout).toBe(
      [
        "ID  TO         ROLE             REPOSITORIES  GIVEN     BY",
        " 1  everyone   pull             public/*      just now  console",
        " 2  group:dev  push (new tags)  team/*        just now  console",
        "",
      ].join("\n"),
    );
    expect((await run(["grant", "ls", "everyone"])).stdout).toMatch(/\n +1 +everyone [^\n]*\n$/);
    expect((await run(["grant", "ls", "group:dev"])).stdout).toMatch(/\n +2 +group:dev [^\n]*\n$/);
    expect(await run(["grant", "rm", "group:dev", "push", "team/*"])).toMatchObject({ stdout: "grant 2 is taken away\n" });
    expect(await run(["grant", "rm", "group:dev", "push", "team/*"])).toMatchObject({ code: 7 });
    expect(await run(["grant", "rm", "1"])).toMatchObject({ stdout: "grant 1 is taken away\n" });
    expect(await run(["grant", "rm", "1"])).toMatchObject({ code: 7, stderr: "hythe: there is no grant 1\n" });
    expect(await run(["grant", "rm", "bob"])).toMatchObject({ code: 2, stderr: expect.stringContaining("`hythe grant ls`") });
    expect(await run(["grant", "add", "nobody", "pull", "*"])).toMatchObject({ code: 7 });
    expect(await run(["grant", "add", "everyone", "pull", "*", "--new-tags"])).toMatchObject({ code: 2 });
  });

  test("may says yes or no with the reason, and ends with 0 or 6", async () => {
    const { run } = folder();
    await run(["robot", "add", "ci", "--new-tags", "team/*", "-q"]);
    await run(["rule", "add", "team/*", "v*"]);
    expect(await run(["may", "ci", "push", "team/app"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^yes: grant 1/),
    });
    expect(await run(["may", "ci", "overwrite", "team/app"])).toMatchObject({ code: 6, stdout: expect.stringMatching(/^no: /) });
    expect(await run(["may", "everyone", "pull", "team/app"])).toMatchObject({ code: 6 });
    expect(await run(["may", "ci", "pull", "team/app@sha256:" + "0".repeat(64)])).toMatchObject({ code: 2 });
    expect(await run(["may", "group:dev", "pull", "team/app"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("hythe grant ls group:dev"),
    });
    expect(await run(["may", "ci", "fly", "team/app"])).toMatchObject({ code: 2, stderr: expect.stringContaining("overwrite") });
    const json = JSON.parse((await run(["may", "ci", "push", "team/app", "--json"])).stdout) as object;
    expect(json).toMatchObject({ who: "ci", allowed: true, grant: { role: "push", pattern: "team/*", overwrite: false } });
  });

  test("the audit log has what was done, by whom, and no secret", async () => {
    const { data, run } = folder();
    await run(addAnn, { input: password });
    const token = (await run(["robot", "add", "ci", "--push", "team/*", "-q"])).stdout.trim();
    const { stdout } = await run(["audit"]);
    expect(stdout).toMatch(/^TIME \(UTC\) +WHO +ACTION +OBJECT +OUTCOME +FROM +DETAIL\n/);
    expect(stdout).toMatch(/ console +robot\.create +ci +done +console /);
    expect((await run(["audit", "--action", "user.create", "--from", "1h"])).stdout.trimEnd().split("\n")).toHaveLength(2);
    const csv = await run(["audit", "--csv"]);
    expect(csv.stdout).toMatch(/^id,at,principal,action,/);
    expect(JSON.parse((await run(["audit", "--all", "--json"])).stdout)).toMatchObject({ items: expect.any(Array) });
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name));
      for (const hidden of [token, password]) expect(bytes.includes(hidden), `${hidden} in ${name}`).toBe(false);
    }
  });

  test("what would be a mistake is refused with what to do", async () => {
    const { run } = folder();
    await run(addAnn, { input: password });
    const refused = async (argv: readonly string[], part: string, options?: CliOptions, code = 2): Promise<void> => {
      expect(await run(argv, options)).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(part) });
    };
    await refused(["user", "add", "bob"], "give --password-stdin");
    await refused(["user", "add", "bob"], "two different passwords", { typed: [password, "correct horse batterie"] });
    await refused(["user", "add", "bob"], "at least 10 characters", { typed: ["short", "short"] });
    await refused(["user", "add", "Bob"], "lower-case", { typed: [password, password] });
    await refused(["user", "add", "ann"], "there is a user 'ann' already", { typed: [password, password] }, 1);
    await refused(
      ["user", "add", "bob", "--password", "x"],
      "unknown option '--password'; --help explains the command\nhythe: a password is no flag",
    );
    await refused(["grant", "add", "ann", "pull", "team/a", "team/b"], "a pattern stands in quotes");
    await refused(["grant", "add", "ann", "pull", "/team/"], "fits no repository");
    await refused(["user", "set", "ann"], "nothing is to be changed");
    await refused(["user", "set", "ann", "--disable", "--enable"], "not both");
    await refused(["user", "set", "bob", "--disable"], "there is no user 'bob'", {}, 7);
    await refused(["robot", "add", "ci", "--push", "team/**!"], "the pattern");
    await refused(["robot", "add", "ci", "--expires", "yesterday"], "is not a time: give how long");
    await refused(["robot", "add", "ci", "--expires", "2020-01-01"], "in the past");
    await refused(["token", "add", "x"], "hythe token add x --of NAME");
    await refused(
      ["grant", "add", "ann", "fly", "*"],
      "hythe: 'fly' is invalid for argument 'role'. Allowed choices are pull, push, delete, admin",
    );
    await refused(["user", "ls", "--server", "http://127.0.0.1:1", "--data", "x"], "not both");
    await refused(["user", "rm", "ann"], "add --yes", {}, 4);
  });

  test("users of an htpasswd file keep their passwords, and one bad line keeps all of them out", async () => {
    const { data, run } = folder();
    const file = join(data, "htpasswd");
    const carol = "carol:$2y$10$KKRWsTcWOsCaPYoXIG6Q2uTbCr.V7PAdnmZJLTqZPmXh8S5kcWnsi";
    await run(addAnn, { input: password });
    writeFileSync(file, `${carol}\nann:${carol.slice(6)}\n`);
    expect(await run(["user", "import", file, "--groups", "dev"])).toMatchObject({
      code: 0,
      stdout: "1 user added\n",
      stderr: "ann was here already, and stays as it was\n",
    });
    expect((await run(["user", "ls"])).stdout).toMatch(/\nann +- [^]*\ncarol +dev +- +password /);
    writeFileSync(file, "dave:secret\n");
    const refused = await run(["user", "import", file]);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("line 1 ") });
    expect(refused.stderr).not.toContain("secret");
    expect(await run(["user", "import", `${file}.bak`])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no file"),
    });
  });

  test("a removal is asked for, and no is no", async () => {
    const { run } = folder();
    await run(addAnn, { input: password });
    expect(await run(["user", "rm", "ann"], { typed: ["n"] })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("[y/N] n"),
    });
    expect(await run(["user", "rm", "ann"], { typed: ["y"] })).toMatchObject({ code: 0, stdout: "ann is removed\n" });
    expect(await run(["user", "ls"])).toMatchObject({
      stdout: "",
      stderr: expect.stringContaining("hythe user add NAME --admin"),
    });
  });
});

describe("on a running server", () => {
  const home = mkdtempSync(join(tmpdir(), "hythe-access-home-"));
  const data = join(home, "data");
  let server: Hythe;
  let host: string;
  let elsewhere: FakeRegistry;
  const run: Run = (argv, options) => captureCli(argv, { now: Date.now, home, env: { HYTHE_SERVER: server.url }, ...options });

  beforeAll(async () => {
    server = await startHythe({ data });
    ({ host } = new URL(server.url));
    const registry = createMemoryRegistry();
    await pushImage(registry, "team/app" as RepositoryName, image({ layers: ["a"] }), "v1");
    elsewhere = await startFakeRegistry({ registry });
  });
  afterAll(async () => {
    await server.stop();
    await elsewhere.close();
    rmSync(home, { recursive: true, force: true });
  });

  test("it is closed from another process and from then on wants a login, which works for verbs and images alike", async () => {
    expect(server.output()).toContain("Everybody on this machine may do everything here");
    const local = await captureCli(addAnn, { input: password, loadSettings: settingsIn(data) });
    expect(local.code).toBe(0);
    for (const argv of [["repos"], ["user", "ls"], ["audit"]]) {
      expect(await run(argv)).toMatchObject({
        code: 6,
        stderr: `hythe: ${host} wants a login\nhythe: log in first: hythe login ${host}\n`,
      });
    }
    expect((await run(["ls", host])).stderr).toContain(`hythe login ${host}`);
    const login = await run(["login", host, "-u", "ann"], { typed: [password] });
    expect(login).toMatchObject({ code: 0, stdout: `ann is logged in at ${host}\n` });
    expect((await run(["user", "ls"])).stdout).toMatch(/\nann +- +yes +password /);
    expect(await run(["grant", "rm", "ann", "admin", "*"])).toMatchObject({
      code: 1,
      stderr: "hythe: you cannot take administration from yourself: let another administrator do it\n",
    });
    expect(await run(["user", "ls", "--server", `https://${host}`])).toMatchObject({
      code: 9,
      stderr: `hythe: https://${host} does not speak TLS: name it with http://\n`,
    });
    expect(await run(["repos"])).toMatchObject({ code: 0 });
    expect(await run(["ls", host])).toMatchObject({ code: 0 });
  });

  test("rights are given over HTTP, and taken away they are gone at once", async () => {
    const token = (await run(["robot", "add", "ci", "--push", "team/*", "-q"])).stdout.trim();
    const ci = mkdtempSync(join(home, "ci-"));
    const asCi: Run = (argv, options) => run(argv, { home: ci, ...options });
    expect(await asCi(["login", host, "-u", "ci", "--password-stdin"], { input: token })).toMatchObject({ code: 0 });
    const copy = ["copy", `${elsewhere.host}/team/app:v1`, `${host}/team/app`, "--retries", "0"];
    expect(await asCi(copy)).toMatchObject({ code: 0, stdout: expect.stringContaining(`${host}/team/app:v1 is sha256:`) });
    expect(await asCi([...copy.slice(0, 2), `${host}/base/app`])).toMatchObject({ code: 6, stdout: "" });
    expect(await asCi(["repos"])).toMatchObject({ code: 0, stdout: expect.stringContaining("team/app ") });
    expect(await asCi(["pulls", "team/app"])).toMatchObject({ code: 0 });
    expect(await asCi(["tags", "base/app"])).toMatchObject({ code: 7 });
    await run(["grant", "rm", "ci", "push", "team/*"]);
    expect(await asCi(copy)).toMatchObject({ code: 6, stdout: "" });
    expect(await asCi(["tags", "team/app"])).toMatchObject({ code: 7 });
    await run(["grant", "add", "ci", "pull", "team/*"]);
    expect(await asCi(["user", "ls"])).toMatchObject({ code: 6 });
    const rotated = (await run(["robot", "rotate", "ci", "-q"])).stdout.trim();
    expect(await asCi(["repos"])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("does not accept the saved login of ci"),
    });
    expect(await asCi(["login", host, "-u", "ci", "--password-stdin"], { input: rotated })).toMatchObject({ code: 0 });
    await run(["robot", "set", "ci", "--disable"]);
    expect(await asCi(["repos"])).toMatchObject({ code: 6 });
  });

  test("people change their own password, and make and revoke their own tokens", async () => {
    await run(["user", "add", "bob", "--password-stdin"], { input: password });
    const bobs = mkdtempSync(join(home, "bob-"));
    const asBob: Run = (argv, options) => run(argv, { home: bobs, ...options });
    await asBob(["login", host, "-u", "bob", "--password-stdin"], { input: password });
    const next = "another horse battery";
    expect(await asBob(["user", "password"], { typed: [password, next, next] })).toMatchObject({
      code: 0,
      stdout: "bob has a new password, and the old one is void\n",
    });
    expect(await asBob(["token", "ls"])).toMatchObject({ code: 6 });
    await asBob(["login", host, "-u", "bob", "--password-stdin"], { input: next });
    expect((await asBob(["token", "add", "laptop", "-q"])).stdout).toMatch(secret);
    const id = /^ *(\d+) +laptop +bob/m.exec((await asBob(["token", "ls"])).stdout)?.[1];
    expect(await asBob(["token", "rm", id!])).toMatchObject({ code: 0, stdout: `token ${id} is revoked\n` });
    expect(await asBob(["grant", "add", "bob", "admin", "*"])).toMatchObject({ code: 6 });
  });
});
