#!/usr/bin/env node
// The process: hands arguments, environment, terminal, clock and signals to the command line. Nothing else reads them. What a verb needs
// is loaded when it is run.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { LoadSettings } from "./cli/environment.ts";
import { runCli } from "./cli/program.ts";
import { toInput, toOutput, untilStopped } from "./cli/terminal.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const loadSettings: LoadSettings = async (flags, file) => {
  const { explainedSettings, shownSettings } = await import("./config-docs.ts");
  const { loadConfig } = await import("./config-load.ts");
  const { config, mistakes, ...given } = loadConfig({ flags, env: process.env, file });
  return {
    mistakes,
    values: config === undefined ? [] : shownSettings(given),
    async open(demo) {
      if (config === undefined) throw new TypeError("settings with mistakes cannot be started");
      const { ensureWeb } = await import("./web-build.ts");
      const webFolder = await ensureWeb((sentence) => void process.stderr.write(`${sentence}\n`));
      const settings = explainedSettings(given);
      if (demo === undefined) return (await import("./app.ts")).openApp(config, { settings, webFolder });
      const isFolderGiven = given.origins["data"] !== "default";
      return (await import("./app-demo.ts")).openDemo(config, { ...demo, isFolderGiven, settings, webFolder });
    },
    async openAdministration(begin) {
      if (config === undefined) throw new TypeError("settings with mistakes cannot be used");
      const report = (error: unknown): void => void process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
      return (await import("./app-access.ts")).openAdministration(config, { begin, report, version });
    },
  };
};

process.exitCode = await runCli(process.argv.slice(2), {
  version,
  env: process.env,
  home: homedir(),
  stdin: toInput(() => process.stdin, process.stderr),
  stdout: toOutput(process.stdout),
  stderr: toOutput(process.stderr),
  now: Date.now,
  settingFlags: async () => (await import("./config-docs.ts")).settingFlags(),
  loadSettings,
  untilStopped,
});
