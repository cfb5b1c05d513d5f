import { describe, expect, it } from "vitest";
import { credentialFolder } from "../../test/credential-folder.ts";
import { credentialsFromFiles } from "./credential-files.ts";
import { eraseCredential, saveCredential } from "./credential-save.ts";

const host = "registry.example.org";
const ann = { username: "ann", password: "sec:ret" };
const docker = ".docker/config.json";
const podman = ".config/containers/auth.json";
const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString("base64") });

describe("a login is saved", () => {
  it("in ~/.docker/config.json when there is no file yet, as text that only the user may read", async () => {
    using folder = credentialFolder();
    const saved = await saveCredential(folder.options, host, ann);
    expect(saved).toEqual({ path: `${folder.home}/${docker}`, helper: undefined });
    expect(folder.read(docker)).toBe(
      `{\n\t"auths": {\n\t\t"${host}": {\n\t\t\t"auth": "${auth("ann:sec:ret").auth}"\n\t\t}\n\t}\n}\n`,
    );
    expect([folder.mode(docker), folder.mode(".docker")]).toEqual([0o600, 0o700]);
    expect(await credentialsFromFiles(folder.options).get(host)).toEqual(ann);
  });

  it("in the first file that is there, so that none before it hides it", async () => {
    using folder = credentialFolder();
    folder.write(podman, {});
    expect(await saveCredential(folder.options, host, ann)).toMatchObject({ path: `${folder.home}/${podman}` });
    const options = { ...folder.options, env: { REGISTRY_AUTH_FILE: folder.write("named.json", "") } };
    expect(await saveCredential(options, host, ann)).toMatchObject({ path: `${folder.home}/named.json` });
    const file = `${folder.home}/new/other.json`;
    expect(await saveCredential({ ...options, file }, host, ann)).toMatchObject({ path: file });
    expect(folder.has(docker)).toBe(false);
  });

  it("for Docker Hub under the name that docker looks for, whatever it was called", async () => {
    using folder = credentialFolder();
    await saveCredential(folder.options, "docker.io", ann);
    expect(JSON.parse(folder.read(docker))).toEqual({ auths: { "https://index.docker.io/v1/": auth("ann:sec:ret") } });
    expect(await credentialsFromFiles(folder.options).get("docker.io")).toEqual(ann);
  });

  it("as an identity token in docker's form", async () => {
    using folder = credentialFolder();
    await saveCredential(folder.options, host, { username: "ann", identityToken: "id" });
    expect(JSON.parse(folder.read(docker))).toEqual({ auths: { [host]: { ...auth("ann:"), identitytoken: "id" } } });
    expect(await credentialsFromFiles(folder.options).get(host)).toEqual({ identityToken: "id" });
  });

  it("over an earlier one, however that was written; everything else stays, with its order and indentation", async () => {
    using folder = credentialFolder();
    const before = `{
    "HttpHeaders": { "X-Team": "ü" },
    "auths": {
        "https://${host}/v1/": { "auth": "b2xkOm9sZA==" },
        "${host}/team": { "auth": "dDp0" },
        "other.example.org": { "auth": "bzpv", "email": "o@example.org" }
    },
    "detachKeys": "ctrl-x"
}`;
    folder.write(docker, before);
    await saveCredential(folder.options, host, ann);
    const { auths, ...rest } = JSON.parse(before) as { auths: Record<string, unknown> };
    expect(JSON.parse(folder.read(docker))).toEqual({
      ...rest,
      auths: {
        [`${host}/team`]: auths[`${host}/team`],
        "other.example.org": auths["other.example.org"],
        [host]: auth("ann:sec:ret"),
      },
    });
    expect(Object.keys(JSON.parse(folder.read(docker)) as object)).toEqual(["HttpHeaders", "auths", "detachKeys"]);
    expect(folder.read(docker).startsWith('{\n    "HttpHeaders"')).toBe(true);
  });

  it.each([
    ["credsStore", { credsStore: "vault" }],
    ["credHelpers", { credHelpers: { [host]: "vault" }, credsStore: "gone" }],
  ])("by the helper of %s, and not in the file", async (_name, config) => {
    using folder = credentialFolder();
    folder.installHelper("vault");
    folder.write(docker, { ...config, auths: { [host]: auth("old:old") } });
    expect(await saveCredential(folder.options, host, ann)).toEqual({ path: `${folder.home}/${docker}`, helper: "vault" });
    expect(folder.kept("vault")).toEqual({ [host]: ["ann", "sec:ret"] });
    expect(JSON.parse(folder.read(docker))).toEqual({ ...config, auths: { [host]: {} } });
    expect(await credentialsFromFiles(folder.options).get(host)).toEqual(ann);
    await saveCredential(folder.options, host, { username: "ann", identityToken: "id" });
    expect(folder.kept("vault")).toEqual({ [host]: ["<token>", "id"] });
  });

  it("not at all when the helper fails, nor when the file is damaged", async () => {
    using folder = credentialFolder();
    folder.write(docker, { credsStore: "gone" });
    await expect(saveCredential(folder.options, host, ann)).rejects.toMatchObject({
      message: "docker-credential-gone cannot be run: is it installed, and in the PATH?",
    });
    expect(JSON.parse(folder.read(docker))).toEqual({ credsStore: "gone" });
    folder.write(docker, '{ "auths": ');
    await expect(saveCredential(folder.options, host, ann)).rejects.toThrow("is not JSON from line 1 on");
    expect(folder.read(docker)).toBe('{ "auths": ');
  });

  it("beside those of others who log in at the same time", async () => {
    using folder = credentialFolder();
    const hosts = Array.from({ length: 30 }, (_, n) => `r${n}.example.org`);
    await Promise.all(hosts.map((each) => saveCredential(folder.options, each, ann)));
    const { auths } = JSON.parse(folder.read(docker)) as { auths: object };
    expect(Object.keys(auths).toSorted()).toEqual(hosts.toSorted());
  });
});

describe("logging out", () => {
  it("forgets the host in every file, in whatever way it is written there, and leaves paths below it and other hosts", async () => {
    using folder = credentialFolder();
    const others = { [`${host}/team`]: auth("t:t"), "other.example.org": auth("o:o") };
    folder.write(docker, { auths: { [host]: auth("a:a"), [`https://${host}/v1/`]: auth("b:b"), ...others } });
    folder.write(podman, { auths: { [host]: auth("c:c") } });
    folder.write(".dockercfg", { [`https://${host}/v1/`]: auth("d:d"), "other.example.org": auth("o:o") });
    expect(await eraseCredential(folder.options, host)).toEqual(
      [docker, podman, ".dockercfg"].map((each) => `${folder.home}/${each}`),
    );
    expect(JSON.parse(folder.read(docker))).toEqual({ auths: others });
    expect(JSON.parse(folder.read(podman))).toEqual({ auths: {} });
    expect(JSON.parse(folder.read(".dockercfg"))).toEqual({ "other.example.org": auth("o:o") });
    expect(await credentialsFromFiles(folder.options).get(host)).toBeUndefined();
  });

  it("of a named file leaves all others", async () => {
    using folder = credentialFolder();
    folder.write(docker, { auths: { [host]: auth("a:a") } });
    const file = folder.write("named.json", { auths: { [host]: auth("b:b") } });
    expect(await eraseCredential({ ...folder.options, file }, host)).toEqual([file]);
    expect(JSON.parse(folder.read(docker))).toEqual({ auths: { [host]: auth("a:a") } });
  });

  it("makes helpers forget it, under each name that they have for it", async () => {
    using folder = credentialFolder();
    folder.installHelper("vault");
    folder.write(docker, { auths: { [host]: {} }, credsStore: "vault" });
    folder.write("vault.json", {
      [host]: ["ann", "p"],
      [`https://${host}`]: ["ann", "p"],
      "other.example.org": ["o", "p"],
    });
    expect(await eraseCredential(folder.options, host)).toEqual(["docker-credential-vault", `${folder.home}/${docker}`]);
    expect(folder.kept("vault")).toEqual({ "other.example.org": ["o", "p"] });
    expect(JSON.parse(folder.read(docker))).toEqual({ auths: {}, credsStore: "vault" });
  });

  it("where nobody is logged in changes nothing", async () => {
    using folder = credentialFolder();
    expect(await eraseCredential(folder.options, host)).toEqual([]);
    folder.write(docker, '{"auths":{},   "credsStore":"gone"}');
    expect(await eraseCredential(folder.options, host)).toEqual([]);
    expect(folder.read(docker)).toBe('{"auths":{},   "credsStore":"gone"}');
  });

  it("says so when the helper that has the login cannot be run", async () => {
    using folder = credentialFolder();
    folder.write(docker, { auths: { [host]: {} }, credsStore: "gone" });
    await expect(eraseCredential(folder.options, host)).rejects.toThrow("docker-credential-gone cannot be run");
  });
});
