#!/usr/bin/env node
// The process: hands arguments, environment, terminal, clock and signals to the command line. Nothing else reads them.
// Everything of ours is loaded after the cache of compiled code is on, and the app only when it is started.
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import type { LoadSettings, Output } from "./cli/environment.ts";

enableCompileCache();
const { runCli } = await import("./cli/program.ts");
const { settingFlags, shownSettings } = await import("./config-docs.ts");

const loadSettings: LoadSettings = async (flags, file) => {
  const { loadConfig } = await import("./config-load.ts");
  const { config, mistakes, ...given } = loadConfig({ flags, env: process.env, file });
  return {
    mistakes,
    values: config === undefined ? [] : shownSettings(given),
    async open() {
      if (config === undefined) throw new TypeError("settings with mistakes cannot be started");
      return (await import("./app.ts")).openApp(config);
    },
  };
};

function toOutput(stream: NodeJS.WriteStream): Output {
  stream.on("error", () => undefined); // the writer is told by its callback
  return {
    write: (text) => new Promise((resolve, reject) => void stream.write(text, (error) => (error ? reject(error) : resolve()))),
    isTerminal: stream.isTTY,
    columns: stream.columns ?? 80,
  };
}

/** npm passes Ctrl-C on to a process that has it already: for so long a second signal is taken for the same one. */
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

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
process.exitCode = await runCli(process.argv.slice(2), {
  version,
  env: process.env,
  stdout: toOutput(process.stdout),
  stderr: toOutput(process.stderr),
  now: Date.now,
  settingFlags: settingFlags(),
  loadSettings,
  untilStopped,
});
