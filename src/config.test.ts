import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "./config-load.ts";
import { shownValue } from "./config-docs.ts";
import { environmentName, flagName, settingKeys, settings } from "./config.ts";

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "hythe-config-")), "hythe.yaml");
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
    const { config, texts, mistakes } = loadConfig({ flags: {}, env: { HYTHE_DATABASE_FILE: secret } });
    expect(mistakes).toEqual([]);
    expect(config?.database).toBe("postgres://u:hunter2@h/n");
    expect(shownValue("database", texts.database)).toBe("(secret)");
  });

  test("the variables that Kubernetes sets for a service called hythe are no mistakes", () => {
    expect(
      loadConfig({ flags: {}, env: { HYTHE_SERVICE_HOST: "10.0.0.1", HYTHE_PORT_5000_TCP: "x", HYTHE_PORT: "tcp://x" } })
        .mistakes,
    ).toEqual([]);
  });

  test("every setting has its own environment name and flag, and a default that parses", () => {
    expect(new Set(settingKeys.map(environmentName)).size).toBe(settingKeys.length);
    expect(new Set(settingKeys.map(flagName)).size).toBe(settingKeys.length);
    for (const key of settingKeys) {
      const text = settings[key].default;
      if (text !== undefined) expect(() => settings[key].parse(text), key).not.toThrow();
    }
  });

  test("addresses: IPv4, IPv6 in brackets, and all of them", () => {
    expect(settings.listen.parse("[::1]:5000")).toEqual({ host: "::1", port: 5000 });
    expect(settings.listen.parse(":5000")).toEqual({ host: "0.0.0.0", port: 5000 });
    for (const wrong of ["", "5000", "::1:5000", "host:", "host:70000", "host:x"])
      expect(() => settings.listen.parse(wrong), wrong).toThrow();
  });
});
