#!/usr/bin/env node
// The process: hands arguments, environment, terminal, clock and signals to the command line. Nothing else reads them.
// The app is loaded when it is started, so that the other verbs answer at once.

import { readFileSync } from "node:fs";
import type { LoadSettings, Output } from "./cli/environment.ts";
import { runCli } from "./cli/program.ts";
import { settingFlags, shownValue } from "./config-docs.ts";
import { settingKeys } from "./config.ts";

const loadSettings: LoadSettings = async (flags, file) => {
  const { loadConfig } = await import("./config-load.ts");
  const { config, origins, mistakes } = loadConfig({ flags, env: process.env, file });
  return {
    mistakes,
    values: config === undefined ? [] : settingKeys.map((key) => ({ key, value: shownValue(key, config), origin: origins[key] })),
    async open() {
      if (config === undefined) throw new TypeError("settings with mistakes cannot be started");
      const { openApp } = await import("./app.ts");
      return openApp(config);
    },
  };
};

function toOutput(stream: NodeJS.WriteStream): Output {
  // The writer is told by its callback.
  stream.on("error", () => undefined);
  return {
    write: (text) => new Promise((resolve, reject) => void stream.write(text, (error) => (error ? reject(error) : resolve()))),
    isTerminal: stream.isTTY,
    columns: stream.columns ?? 80,
  };
}

/** npm passes Ctrl-C on to a process that has it from the terminal already: for so long a second signal is taken for the same one. */
const echoMs = 500;

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const stop = (): void => {
      if (askedAt !== undefined && performance.now() - askedAt > echoMs) process.exit(1);
      askedAt ??= performance.now();
      resolve();
    };
    process.on("SIGTERM", stop).on("SIGINT", stop);
  });
}

process.exitCode = await runCli(process.argv.slice(2), {
  version: (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version,
  env: process.env,
  stdout: toOutput(process.stdout),
  stderr: toOutput(process.stderr),
  now: Date.now,
  settingFlags: settingFlags(),
  loadSettings,
  untilStopped,
});
