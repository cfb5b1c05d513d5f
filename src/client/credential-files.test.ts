import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credentialFolder, type CredentialFolder } from "../../test/credential-folder.ts";
import type { Credential } from "./credential.ts";
import { credentialsFromFiles, type CredentialFilesOptions } from "./credential-files.ts";

const host = "registry.example.org";
const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString("base64") });
const login = (username: string, password: string): Credential => ({ username, password });

/** Looks `host` up in a home whose ~/.docker/config.json is `config`. */
async function lookUp(config: unknown, at = host, repository?: string): Promise<Credential | undefined> {
  using folder = credentialFolder();
  folder.write(".docker/config.json", config);
  return await credentialsFromFiles(folder.options).get(at, repository);
}

async function mistake(config: unknown, at = host): Promise<string> {
  using folder = credentialFolder();
  folder.write(".docker/config.json", config);
  const error = await credentialsFromFiles(folder.options)
    .get(at)
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "REQUEST_INVALID" });
  expect((error as Error).cause).toBeUndefined();
  return (error as Error).message.replace(folder.home, "~");
}

describe("credentials are looked for", () => {
  const everywhere = (folder: CredentialFolder): void => {
    folder.write("named.json", { auths: { [host]: auth("named:p") } });
    folder.write("podman.json", { auths: { [host]: auth("podman:p") } });
    folder.write("docker/config.json", { auths: { [host]: auth("docker-config:p") } });
    folder.write(".docker/config.json", { auths: { [host]: auth("docker-home:p") } });
    folder.write("run/containers/auth.json", { auths: { [host]: auth("runtime:p") } });
    folder.write("xdg/containers/auth.json", { auths: { [host]: auth("xdg:p") } });
    folder.write(".config/containers/auth.json", { auths: { [host]: auth("config-home:p") } });
    folder.write(".dockercfg", { [host]: auth("old:p") });
  };
  const variable = JSON.stringify({ auths: { [host]: auth("variable:p") } });

  it.each([
    ["a file that is named, before everything else", { file: "named.json" }, { REGISTRY_AUTH_FILE: "podman.json" }, "named"],
    ["REGISTRY_AUTH_FILE", {}, { REGISTRY_AUTH_FILE: "podman.json", DOCKER_AUTH_CONFIG: variable }, "podman"],
    ["DOCKER_AUTH_CONFIG", {}, { DOCKER_AUTH_CONFIG: variable, DOCKER_CONFIG: "docker" }, "variable"],
    ["DOCKER_CONFIG/config.json", {}, { DOCKER_CONFIG: "docker", XDG_RUNTIME_DIR: "run" }, "docker-config"],
    ["~/.docker/config.json", {}, { XDG_RUNTIME_DIR: "run" }, "docker-home"],
    ["podman's file of this session", {}, { DOCKER_CONFIG: "none", XDG_RUNTIME_DIR: "run" }, "runtime"],
    ["podman's file of the user", {}, { DOCKER_CONFIG: "none", XDG_CONFIG_HOME: "xdg" }, "xdg"],
    ["podman's file in ~/.config", {}, { DOCKER_CONFIG: "none" }, "config-home"],
  ])("in %s", async (_name, { file }: { file?: string }, env, user) => {
    using folder = credentialFolder();
    everywhere(folder);
    const inside = (path: string): string => (path.startsWith("{") ? path : `${folder.home}/${path}`);
    const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, inside(value)]));
    const options = { home: folder.home, env: variables, ...(file !== undefined && { file: inside(file) }) };
    expect(await credentialsFromFiles(options).get(host)).toEqual(login(user, "p"));
  });

  it("in ~/.dockercfg last, where the entries stand without auths", async () => {
    using folder = credentialFolder();
    folder.write(".dockercfg", { [`https://${host}/v1/`]: { ...auth("old:p"), email: "a@example.org" } });
    expect(await credentialsFromFiles(folder.options).get(host)).toEqual(login("old", "p"));
  });

  it("in the next file when one does not know the host", async () => {
    using folder = credentialFolder();
    folder.write(".docker/config.json", { auths: { "other.example.org": auth("docker:p") } });
    folder.write(".config/containers/auth.json", { auths: { [host]: auth("podman:p") } });
    const source = credentialsFromFiles(folder.options);
    expect(await source.get(host)).toEqual(login("podman", "p"));
    expect(await source.get("nobody.example.org")).toBeUndefined();
  });

  it("no further than where the host is found, whatever comes behind it", async () => {
    using folder = credentialFolder();
    folder.write(".docker/config.json", { auths: { [host]: auth("docker:p") } });
    folder.write(".dockercfg", "auth = nonsense");
    const source = credentialsFromFiles(folder.options);
    expect(await source.get(host)).toEqual(login("docker", "p"));
    await expect(source.get("nobody.example.org")).rejects.toThrow(".dockercfg is not JSON from line 1 on");
  });

  it("nowhere when there is no file, but a file that is named must be there", async () => {
    using folder = credentialFolder();
    expect(await credentialsFromFiles(folder.options).get(host)).toBeUndefined();
    const file = `${folder.home}/typo.json`;
    await expect(credentialsFromFiles({ ...folder.options, file }).get(host)).rejects.toMatchObject({
      message: `${file} is not there: it was named as the file of credentials`,
    });
  });

  it("in an empty file without finding any", async () => {
    expect(await lookUp("")).toBeUndefined();
    expect(await lookUp("{}")).toBeUndefined();
    expect(await lookUp({ auths: null })).toBeUndefined();
  });
});

describe("an entry", () => {
  it.each<[string, object, Credential | undefined]>([
    ["auth in base64", auth("ann:secret"), login("ann", "secret")],
    ["auth whose password has colons: the first one divides", auth("ann:a:b:c"), login("ann", "a:b:c")],
    ["auth with NULs behind it", auth("ann:secret\0\0\0"), login("ann", "secret")],
    ["auth with letters beyond ASCII", auth("änn:pässwörd"), login("änn", "pässwörd")],
    ["auth with white space around it", { auth: `\n ${auth("ann:secret").auth} ` }, login("ann", "secret")],
    ["auth beside username and password: it counts", { ...auth("a:b"), username: "x", password: "y" }, login("a", "b")],
    ["username and password", { username: "ann", password: "secret" }, login("ann", "secret")],
    ["identitytoken, stronger than a password", { ...auth("ann:secret"), identitytoken: "id" }, { identityToken: "id" }],
    ["registrytoken, sent as it is", { registrytoken: "reg", identitytoken: "id" }, { registryToken: "reg" }],
    ["the user <token>: its password is an identity token", auth("<token>:id"), { identityToken: "id" }],
    ["nothing but an email", { email: "a@example.org" }, undefined],
  ])("may hold %s", async (_name, entry, credential) => {
    expect(await lookUp({ auths: { [host]: entry } })).toEqual(credential);
  });

  it("comes back from any user name and password that fit into auth", async () => {
    using folder = credentialFolder();
    const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((each) => each.isWellFormed() && !each.endsWith("\0"));
    const user = text.filter((each) => each !== "" && !each.includes(":") && each !== "<token>");
    await fc.assert(
      fc.asyncProperty(user, text, async (username, password) => {
        folder.write(".docker/config.json", { auths: { [host]: auth(`${username}:${password}`) } });
        expect(await credentialsFromFiles(folder.options).get(host)).toEqual({ username, password });
      }),
    );
  });
});

describe("a key means a host", () => {
  it.each([
    [host, host],
    [`https://${host}`, host],
    [`http://${host}/`, host],
    [`https://${host}/v1/`, host],
    [`https://${host}/v2`, host],
    [`https://${host}/some/page`, host],
    [`${host}/v1/`, host],
    [`${host}/`, host],
    [host.toUpperCase(), host],
    ["127.0.0.1:5000", "127.0.0.1:5000"],
    ["[::1]:5000", "[::1]:5000"],
    ["https://index.docker.io/v1/", "docker.io"],
    ["index.docker.io", "docker.io"],
    ["registry-1.docker.io", "docker.io"],
    ["docker.io", "docker.io"],
    ["docker.io", "index.docker.io"],
  ])("%s that of %s", async (key, at) => {
    expect(await lookUp({ auths: { [key]: auth("ann:p") } }, at)).toEqual(login("ann", "p"));
  });

  it.each([
    [`${host}:5000`, host],
    [host, `${host}:5000`],
    [`evil${host}`, host],
    [`${host}.evil.net`, host],
    ["example.org", host],
    ["https://evil.net/?registry.example.org", host],
    [`https://evil.net/${host}`, host],
    ["docker.io.evil.net", "docker.io"],
    ["", host],
  ])("exactly: %s is not that of %s", async (key, at) => {
    expect(await lookUp({ auths: { [key]: auth("ann:p") } }, at)).toBeUndefined();
  });

  it("or a path of one, and the longest path that holds the repository counts", async () => {
    const auths = {
      [host]: auth("host:p"),
      [`${host}/team`]: auth("team:p"),
      [`${host}/team/app`]: auth("app:p"),
      "docker.io/library": auth("library:p"),
    };
    const userOf = async (repository?: string, at?: string): Promise<unknown> => {
      return ((await lookUp({ auths }, at, repository)) as { username?: string } | undefined)?.username;
    };
    expect(await userOf("team/app")).toBe("app");
    expect(await userOf("team/app/part")).toBe("app");
    expect(await userOf("team/apple")).toBe("team");
    expect(await userOf("team")).toBe("team");
    expect(await userOf("teams/app")).toBe("host");
    expect(await userOf()).toBe("host");
    expect(await userOf("library/alpine", "docker.io")).toBe("library");
    expect(await userOf("other/alpine", "docker.io")).toBeUndefined();
  });

  it("and of two keys of one host the one that is written like it counts", async () => {
    const auths = { [`https://${host}`]: auth("url:p"), [host]: auth("host:p") };
    expect(await lookUp({ auths })).toEqual(login("host", "p"));
  });
});

describe("a mistake in a file is one sentence with its place and without what stands there", () => {
  it.each<[unknown, string]>([
    ['{\n  "auths": {\n    "a": {"auth": "c2VjcmV0"},,\n', "is not JSON from line 3 on"],
    ['{ "auths": ', "is not JSON from line 1 on"],
    ["[]", "must hold an object, { … }"],
    [{ auths: [] }, "must hold an object in auths"],
    [{ auths: { [host]: "c2VjcmV0" } }, `must hold an object in auths."${host}"`],
    [{ auths: { [host]: { auth: "c2VjcmV0" } } }, `must hold USER:PASSWORD in base64 in auths."${host}".auth`],
    [{ auths: { [host]: { auth: "secret!" } } }, `must hold USER:PASSWORD in base64 in auths."${host}".auth`],
    [{ auths: { [host]: auth(":secret") } }, `must hold USER:PASSWORD in base64 in auths."${host}".auth`],
    [{ auths: { [host]: { auth: 17 } } }, `must hold text in auths."${host}".auth`],
    [{ auths: { [host]: { identitytoken: {} } } }, `must hold text in auths."${host}".identitytoken`],
    [{ credHelpers: "pass" }, "must hold an object in credHelpers"],
    [
      { credHelpers: { [host]: "../../bin/sh" } },
      `must name a helper in credHelpers."${host}", such as pass for the program docker-credential-pass`,
    ],
    [{ credsStore: "a;b" }, "must name a helper in credsStore, such as pass for the program docker-credential-pass"],
  ])("%j", async (config, message) => {
    expect(await mistake(config)).toBe(`~/.docker/config.json ${message}`);
  });

  it("of another host is nobody's business", async () => {
    const config = { auths: { "other.example.org": { auth: "!" }, [host]: auth("ann:p") } };
    expect(await lookUp(config)).toEqual(login("ann", "p"));
  });

  it("names the variable when it is in the environment", async () => {
    const options: CredentialFilesOptions = { home: "/nonexistent", env: { DOCKER_AUTH_CONFIG: '{"auths":\n{"secret"' } };
    await expect(credentialsFromFiles(options).get(host)).rejects.toMatchObject({
      message: "DOCKER_AUTH_CONFIG is not JSON from line 2 on",
    });
  });

  it("says so of a folder in place of the file", async () => {
    using folder = credentialFolder();
    folder.write(".docker/config.json/x", "");
    await expect(credentialsFromFiles(folder.options).get(host)).rejects.toMatchObject({
      message: `${folder.home}/.docker/config.json is a folder, not a file of credentials`,
    });
  });

  it("never throws anything else, whatever is in the file, and never shows it", async () => {
    using folder = credentialFolder();
    const secret = "hunter2hunter2";
    const field = fc.oneof(fc.constant(secret), fc.constant(Buffer.from(secret).toString("base64")), fc.jsonValue());
    const entry = fc.oneof(fc.dictionary(fc.constantFrom("auth", "username", "password", "identitytoken"), field), field);
    const map = fc.oneof(fc.dictionary(fc.constantFrom(host, `https://${host}/v1/`), entry), field);
    const config = fc.record({ auths: map, credHelpers: fc.oneof(fc.constant({}), fc.constant(secret)) }, { requiredKeys: [] });
    const text = fc.tuple(
      config.map((each) => JSON.stringify(each, undefined, 1)),
      fc.nat(200),
      fc.constantFrom("", ",", "}", '"'),
    );
    await fc.assert(
      fc.asyncProperty(text, async ([json, at, more]) => {
        folder.write(".docker/config.json", json.slice(0, at) + more + json.slice(at));
        const error = await credentialsFromFiles(folder.options)
          .get(host)
          .catch((reason: unknown) => reason);
        if (!(error instanceof Error)) return;
        expect(error).toMatchObject({ name: "RegistryError", code: "REQUEST_INVALID" });
        expect(`${error.message} ${error.stack}`).not.toMatch(/hunter2|aHVudGVy/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("files are read again", () => {
  it("after five seconds", async () => {
    using folder = credentialFolder();
    let now = 0;
    const source = credentialsFromFiles({ ...folder.options, now: () => now });
    expect(await source.get(host)).toBeUndefined();
    folder.write(".docker/config.json", { auths: { [host]: auth("ann:p") } });
    now = 4999;
    expect(await source.get(host)).toBeUndefined();
    now = 5000;
    expect(await source.get(host)).toEqual(login("ann", "p"));
  });
});
