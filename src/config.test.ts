import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadConfig } from "./config-load.ts";
import { explainedSettings, shownSettings } from "./config-docs.ts";
import { environmentName, flagName, settingKeys, settings } from "./config.ts";

const home = mkdtempSync(join(tmpdir(), "hythe-config-"));
afterAll(() => rmSync(home, { recursive: true }));

function file(text: string): string {
  const path = join(mkdtempSync(join(home, "file-")), "hythe.yaml");
  writeFileSync(path, text);
  return path;
}

describe("configuration", () => {
  test("nothing given is a valid configuration on loopback", () => {
    const { config, mistakes } = loadConfig({ flags: {}, env: {} });
    expect(mistakes).toEqual([]);
    expect(config).toMatchObject({ listen: { host: "127.0.0.1", port: 5000 }, data: "./data", "pulls.enabled": true });
    expect(config?.database).toBeUndefined();
  });

  test("a flag beats the environment, which beats the file, which beats the default", () => {
    const path = file("listen: 127.0.0.1:1\npulls:\n  foldEvery: 1s\n  durability: power\n");
    const { config, origins } = loadConfig({
      flags: { listen: "127.0.0.1:3" },
      env: { HYTHE_LISTEN: "127.0.0.1:2", HYTHE_PULLS_FOLDEVERY: "2s" },
      file: path,
    });
    expect(config).toMatchObject({ listen: { port: 3 }, "pulls.foldEvery": 2000, "pulls.durability": "power" });
    expect(origins).toMatchObject({
      listen: "flag --listen",
      "pulls.foldEvery": "environment HYTHE_PULLS_FOLDEVERY",
      "pulls.durability": `file ${path}`,
      data: "default",
    });
  });

  test("all mistakes are reported at once, each with its place", () => {
    const path = file("lisen: x\npulls:\n  foldEvery: soon\n");
    const { config, mistakes } = loadConfig({
      flags: { "pulls-fold-ratio": "-1" },
      env: { HYTHE_PULLS_ENABLED: "yes", HYTHE_DATAA: "x" },
      file: path,
    });
    expect(config).toBeUndefined();
    expect(mistakes).toEqual([
      `${path}: 'lisen' is not a setting; did you mean 'listen'?`,
      "environment: 'HYTHE_DATAA' is not a setting; did you mean 'HYTHE_DATA'?",
      "pulls.enabled (environment HYTHE_PULLS_ENABLED): 'yes' does not fit: expected true or false",
      `pulls.foldEvery (file ${path}): 'soon' does not fit: expected a number and a unit: 500ms, 10s, 5m, 12h or 14d`,
      "pulls.foldRatio (flag --pulls-fold-ratio): '-1' does not fit: expected a whole number that is not negative",
    ]);
  });

  test("a named file must exist", () => {
    expect(loadConfig({ flags: {}, env: {}, file: "/nonexistent/hythe.yaml" }).mistakes).toHaveLength(1);
  });

  test("a secret is read from a file, and neither shown nor repeated in a mistake", () => {
    const secret = file("postgres://u:hunter2@h/n\n");
    const loaded = loadConfig({ flags: {}, env: { HYTHE_DATABASE_FILE: secret } });
    expect(loaded.mistakes).toEqual([]);
    expect(loaded.config?.database).toBe("postgres://u:hunter2@h/n");
    const shown = shownSettings(loaded);
    expect(shown.find(({ key }) => key === "database")).toMatchObject({ value: "(secret)" });
    expect(shown.find(({ key }) => key === "data")).toEqual({ key: "data", value: "./data", origin: "default" });
    const explained = explainedSettings(loaded);
    expect(explained.map(({ key, value, origin }) => ({ key, value, origin }))).toEqual(shown);
    expect(explained.every(({ sentence }) => sentence.endsWith("."))).toBe(true);
  });

  test("the variables that Kubernetes sets for a service called hythe are no mistakes", () => {
    expect(
      loadConfig({ flags: {}, env: { HYTHE_SERVICE_HOST: "10.0.0.1", HYTHE_PORT_5000_TCP: "x", HYTHE_PORT: "tcp://x" } })
        .mistakes,
    ).toEqual([]);
  });

  describe("of named things", () => {
    test("comes from the file and the environment, field by field, with defaults for the rest", () => {
      const secret = file("hunter2\n");
      const path = file(
        `registries:\n  hub:\n    url: docker.io\n    username: ci\n    password_file: ${secret}\n    names: [library/nginx, team/app]\n`,
      );
      const loaded = loadConfig({
        flags: {},
        env: { HYTHE_REGISTRIES_HUB_USERNAME: "other", HYTHE_REGISTRIES_NEXT_DOOR_URL: "http://127.0.0.1:5001" },
        file: path,
      });
      expect(loaded.mistakes).toEqual([]);
      expect(loaded.config?.registries).toEqual({
        hub: {
          url: new URL("https://docker.io"),
          username: "other",
          password: "hunter2",
          names: ["library/nginx", "team/app"],
          insecure: false,
        },
        "next-door": {
          url: new URL("http://127.0.0.1:5001"),
          username: undefined,
          password: undefined,
          names: [],
          insecure: false,
        },
      });
      const shown = shownSettings(loaded).filter(({ key }) => key.startsWith("registries.hub."));
      expect(shown).toContainEqual({ key: "registries.hub.password", value: "(secret)", origin: `file ${path} -> ${secret}` });
      expect(shown).toContainEqual({
        key: "registries.hub.username",
        value: "other",
        origin: "environment HYTHE_REGISTRIES_HUB_USERNAME",
      });
    });

    test("is empty when there are none", () => {
      for (const text of ["", "registries:\n", "registries: {}\n"]) {
        const { config, mistakes } = loadConfig({ flags: {}, env: {}, file: file(text) });
        expect(mistakes).toEqual([]);
        expect(config?.registries).toEqual({});
      }
    });

    test("tells all its mistakes at once, each with its path, and never a password", () => {
      const path = file(
        [
          "registries:",
          "  hub: { url: 'https://ci:hunter2@docker.io' }",
          "  Bad_Name: { url: a.example }",
          "  empty: {}",
          "  half: { url: b.example, username: ci }",
          "  other-half: { url: b.example, password: hunter2 }",
          "  plain: { url: 'http://c.example' }",
          "  odd: { url: d.example, usrname: x, names: [UPPER], insecure: maybe }",
          "  text: d.example",
          "",
        ].join("\n"),
      );
      const { config, mistakes } = loadConfig({ flags: {}, env: { HYTHE_REGISTRIES_HUB_PORT: "1" }, file: path });
      expect(config).toBeUndefined();
      const all = mistakes.join("\n");
      expect(all).not.toContain("hunter2");
      for (const part of [
        `${path}: 'registries.odd.usrname' is not a setting; those of registries.NAME are url, username, password, names, insecure`,
        "'registries.text' is not a setting",
        "'HYTHE_REGISTRIES_HUB_PORT' is not a setting",
        `registries.hub.url (file ${path}): 'https://…@docker.io' does not fit`,
        "registries.Bad_Name: 'Bad_Name' cannot be a name",
        "registries.empty: 'url' is missing",
        "registries.half: there is a username but no password",
        "registries.other-half: there is a password but no username",
        "registries.plain: the url is plain http",
        "'UPPER' is not the name of a repository",
        "'maybe' does not fit: expected true or false",
      ]) {
        expect(all).toContain(part);
      }
      expect(mistakes).toHaveLength(11);
    });
  });

  test("every setting has its own environment name and flag, and a default that parses", () => {
    expect(new Set(settingKeys.map(environmentName)).size).toBe(settingKeys.length);
    expect(new Set(settingKeys.map(flagName)).size).toBe(settingKeys.length);
    for (const key of settingKeys) {
      const text = settings[key].default;
      if (text !== undefined) expect(() => settings[key].parse(text), key).not.toThrow();
    }
  });

  test("a certificate and its key go together", () => {
    expect(loadConfig({ flags: { "tls-certificate": "a.pem" }, env: {} })).toMatchObject({
      config: undefined,
      mistakes: ["tls.certificate: without tls.key there is no TLS: give both files or none"],
    });
    expect(loadConfig({ flags: { "tls-certificate": "a.pem", "tls-key": "b.pem" }, env: {} }).mistakes).toEqual([]);
  });

  test("an OpenID provider is asked over https, as a client that it knows, who somebody is", () => {
    const issuer = "https://login.example.org/realms/main";
    const mistakes = (flags: Readonly<Record<string, string>>): readonly string[] => loadConfig({ flags, env: {} }).mistakes;
    expect(mistakes({ "oidc-issuer": issuer, "oidc-client-id": "hythe" })).toEqual([]);
    expect(mistakes({ "oidc-issuer": issuer })).toEqual([
      "oidc.issuer: without oidc.clientId nobody can sign in with it: give both or none",
    ]);
    expect(mistakes({ "oidc-client-id": "hythe" })[0]).toMatch(/^oidc.clientId: without oidc.issuer/);
    expect(mistakes({ "oidc-scopes": "profile" })[0]).toMatch(/^oidc.scopes: without openid/);
    const { parse } = settings["oidc.issuer"];
    expect(parse(issuer)?.href).toBe(issuer);
    for (const url of ["http://127.0.0.1:4000", "http://localhost/x", "http://[::1]:1"])
      expect(() => parse(url), url).not.toThrow();
    for (const url of [
      "http://login.example.org",
      "http://127.0.0.1.example.org",
      "login.example.org",
      "ftp://x",
      `${issuer}?a=b`,
      "https://a:b@login.example.org",
    ])
      expect(() => parse(url), url).toThrow("expected");
  });

  test("trusted proxies are addresses and networks, as a list or with commas", () => {
    const { config } = loadConfig({ flags: {}, env: {}, file: file("trustedProxies: [10.0.0.0/8, '::1']\n") });
    expect(config?.trustedProxies).toEqual(["10.0.0.0/8", "::1"]);
    expect(settings.trustedProxies.parse("10.0.0.1, fd00::/8")).toEqual(["10.0.0.1", "fd00::/8"]);
    expect(() => settings.trustedProxies.parse("10.0.0.1,proxy.example")).toThrow("'proxy.example' is neither an address");
  });

  test("the external URL is an origin, without anything that a client would not send back", () => {
    expect(settings.externalUrl.parse("https://Registry.example:443/")?.origin).toBe("https://registry.example");
    for (const wrong of [
      "registry.example",
      "ftp://registry.example",
      "https://registry.example/hythe",
      "https://u:p@registry.example",
      "https://registry.example?",
      "https://",
    ])
      expect(() => settings.externalUrl.parse(wrong), wrong).toThrow("expected ");
  });

  test("addresses: IPv4, IPv6 in brackets, and all of them", () => {
    expect(settings.listen.parse("[::1]:5000")).toEqual({ host: "::1", port: 5000 });
    expect(settings.listen.parse(":5000")).toEqual({ host: "0.0.0.0", port: 5000 });
    for (const wrong of ["", "5000", "::1:5000", "host:", "host:70000", "host:x"])
      expect(() => settings.listen.parse(wrong), wrong).toThrow();
  });
});
