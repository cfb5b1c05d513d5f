import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { credentialFolder } from "../../test/credential-folder.ts";
import type { Credential, CredentialSource } from "./credential.ts";
import { credentialsFromFiles } from "./credential-files.ts";
import { createHelper } from "./credential-program.ts";

const host = "registry.example.org";
const login = (username: string, password: string): Credential => ({ username, password });

describe("a helper", () => {
  it("stores, gets, lists and erases what it is told over stdin", async () => {
    using folder = credentialFolder();
    folder.installHelper("vault");
    const helper = createHelper("vault", folder.options);
    await helper.store(host, "ann", "se\"cr'et\n");
    expect(folder.kept("vault")).toEqual({ [host]: ["ann", "se\"cr'et\n"] });
    expect(await helper.get(host)).toEqual(login("ann", "se\"cr'et\n"));
    expect(await helper.list()).toEqual([host]);
    await helper.erase(host);
    expect(await helper.get(host)).toBeUndefined();
    await helper.erase(host);
  });

  it("with the user <token> has an identity token", async () => {
    using folder = credentialFolder();
    folder.installHelper("vault");
    const helper = createHelper("vault", folder.options);
    await helper.store(host, "<token>", "id");
    expect(await helper.get(host)).toEqual({ identityToken: "id" });
  });

  it.each([
    [
      "console.log('pass not initialized: exit status 1\\nsecond line'); process.exitCode = 1",
      "failed: pass not initialized: exit status 1",
    ],
    ["process.exitCode = 3", "failed"],
    [`console.log('{"Username":"ann","Secret":"hunter2"}'); process.exitCode = 1`, "failed"],
    ["console.log('a\\u001b[31mb'); process.exitCode = 1", "failed: a [31mb"],
    ["process.kill(process.pid, 'SIGKILL')", "failed"],
    ["console.log('hunter2')", "answered without Username and Secret"],
    ["console.log('{}')", "answered without Username and Secret"],
    [`console.log('{"Username":"ann"}')`, "answered without Username and Secret"],
    ["", "answered without Username and Secret"],
    ["(function more() { process.stdout.write('x'.repeat(65536), more); })()", "answered more than 256 KiB"],
  ])("that does %j is an error without its secrets", async (script, message) => {
    using folder = credentialFolder();
    folder.installHelper("odd", script);
    await expect(createHelper("odd", folder.options).get(host)).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: `docker-credential-odd get ${message}`,
    });
  });

  it("never shows the secret that it could not store", async () => {
    using folder = credentialFolder();
    folder.installHelper("odd", "console.log('cannot store hunter2'); process.exitCode = 1");
    await expect(createHelper("odd", folder.options).store(host, "ann", "hunter2")).rejects.toMatchObject({
      message: "docker-credential-odd store failed: cannot store …",
    });
  });

  it("has a limited time, and is killed with what holds its pipes", async () => {
    using folder = credentialFolder();
    const script = `require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 600000)"], { stdio: "inherit" }); setTimeout(() => {}, 600000)`;
    folder.installHelper("slow", script);
    // Without the kill this waits for ten minutes.
    await expect(createHelper("slow", { ...folder.options, helperTimeout: 300 }).get(host)).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "docker-credential-slow get did not answer in time; does it wait for something to be unlocked?",
    });
  });

  it("is no shell command", async () => {
    using folder = credentialFolder();
    folder.installHelper("vault");
    const server = `$(touch ${folder.home}/pwned); \`touch ${folder.home}/pwned\``;
    expect(await createHelper("vault", folder.options).get(server)).toBeUndefined();
    expect(existsSync(`${folder.home}/pwned`)).toBe(false);
  });
});

describe("of a file with helpers", () => {
  it("credHelpers come before an entry, and that comes before credsStore", async () => {
    using folder = credentialFolder();
    const entry = (text: string): object => ({ auth: Buffer.from(text).toString("base64") });
    folder.write(".docker/config.json", {
      auths: { "a.example.org": entry("file:p"), "b.example.org": entry("file:p"), "c.example.org": {} },
      credHelpers: { "a.example.org": "own" },
      credsStore: "all",
    });
    for (const name of ["own", "all"]) {
      folder.installHelper(name);
      folder.write(`${name}.json`, Object.fromEntries(["a", "b", "c", "d"].map((each) => [`${each}.example.org`, [name, "p"]])));
    }
    const source = credentialsFromFiles(folder.options);
    expect(await source.get("a.example.org")).toEqual(login("own", "p"));
    expect(await source.get("b.example.org")).toEqual(login("file", "p"));
    expect(await source.get("c.example.org")).toEqual(login("all", "p"));
    expect(await source.get("d.example.org")).toEqual(login("all", "p"));
    expect(await source.get("e.example.org")).toBeUndefined();
  });

  it("a helper is asked for the host alone, of Docker Hub by docker's name and by podman's", async () => {
    using folder = credentialFolder();
    folder.write(".docker/config.json", { credsStore: "vault" });
    folder.installHelper("vault");
    const source = credentialsFromFiles(folder.options);
    await source.get(`${host}:5000`, "team/app");
    await source.get("docker.io", "library/alpine");
    expect(folder.calls("vault")).toEqual([`get ${host}:5000`, "get https://index.docker.io/v1/", "get docker.io"]);
  });

  it("what a helper does not know is looked for in the next file", async () => {
    using folder = credentialFolder();
    folder.write(".docker/config.json", { credHelpers: { [host]: "vault" } });
    folder.write(".config/containers/auth.json", { auths: { [host]: { username: "podman", password: "p" } } });
    folder.installHelper("vault");
    expect(await credentialsFromFiles(folder.options).get(host)).toEqual(login("podman", "p"));
  });

  it("a helper that fails is an error, not somebody who is not logged in", async () => {
    using folder = credentialFolder();
    folder.write(".docker/config.json", { credsStore: "odd" });
    folder.installHelper("odd", "console.log('the vault is locked'); process.exitCode = 1");
    await expect(credentialsFromFiles(folder.options).get(host)).rejects.toThrow("odd get failed: the vault is locked");
  });

  it.each([
    ["credHelpers", { credHelpers: { [host]: "gone" } }],
    ["credsStore with an entry that docker left behind", { credsStore: "gone", auths: { [host]: {} } }],
  ])("a program that is not there is an error where %s says that it has the login", async (_name, config) => {
    using folder = credentialFolder();
    const path = folder.write(".docker/config.json", config);
    await expect(credentialsFromFiles(folder.options).get(host)).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: `docker-credential-gone, which has the login of ${host} according to ${path}, cannot be run: is it installed, and in the PATH?`,
    });
  });

  it("a credsStore that is not there does not stand in the way of what is public", async () => {
    using folder = credentialFolder();
    folder.write(".docker/config.json", { credsStore: "gone" });
    expect(await credentialsFromFiles(folder.options).get(host)).toBeUndefined();
  });
});

describe("what a helper says is kept", () => {
  interface Timed extends Disposable {
    readonly source: CredentialSource;
    readonly calls: () => number;
    now: number;
  }
  function timed(): Timed {
    const folder = credentialFolder();
    folder.write(".docker/config.json", { credsStore: "vault" });
    folder.write("vault.json", { [host]: ["ann", "p"] });
    folder.installHelper("vault");
    const source = credentialsFromFiles({ ...folder.options, now: () => clock.now });
    const calls = (): number => folder.calls("vault").length;
    const clock: Timed = { source, calls, now: 0, [Symbol.dispose]: () => folder[Symbol.dispose]() };
    return clock;
  }

  it("for an hour, and it is asked once by all who want it at the same time", async () => {
    using clock = timed();
    await Promise.all([clock.source.get(host), clock.source.get(host), clock.source.get(host, "team/app")]);
    clock.now = 3_599_999;
    await clock.source.get(host);
    expect(clock.calls()).toBe(1);
    clock.now = 3_600_000;
    await clock.source.get(host);
    expect(clock.calls()).toBe(2);
  });

  it("for five seconds when it knows nothing", async () => {
    using clock = timed();
    await clock.source.get("other.example.org");
    clock.now = 4999;
    await clock.source.get("other.example.org");
    expect(clock.calls()).toBe(1);
    clock.now = 5000;
    await clock.source.get("other.example.org");
    expect(clock.calls()).toBe(2);
  });

  it("until it was refused", async () => {
    using clock = timed();
    await clock.source.get(host);
    clock.source.refused?.();
    await clock.source.get(host);
    expect(clock.calls()).toBe(2);
  });
});
