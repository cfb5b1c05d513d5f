// Every setting as a flag, for the verbs that read the configuration.

import { Option, type Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import type { Environment, LoadedSettings } from "./environment.ts";

/** As commander gives them: by its own names, --pulls-fold-every as pullsFoldEvery. */
export type SettingFlags = Readonly<Record<string, unknown>>;

export async function addSettingFlags(command: Command, { settingFlags }: Environment): Promise<Command> {
  command.option("--config <file>", "settings as YAML (HYTHE_CONFIG in the environment; default: hythe.yaml, if there is one)");
  for (const { flag, form, sentence } of await settingFlags()) {
    const [value, more] = /\s/.test(form) ? ["value", ` (${form})`] : [form, ""];
    command.addOption(new Option(`--${flag} <${value}>`, `${sentence}${more}`).helpGroup("Settings:"));
  }
  return command;
}

/** Reads the settings from everywhere, with those flags that were given. */
export async function loadGiven(environment: Environment, flags: SettingFlags): Promise<LoadedSettings> {
  const given: Record<string, string> = {};
  for (const { flag } of await environment.settingFlags()) {
    const value = flags[new Option(`--${flag} <value>`).attributeName()];
    if (typeof value === "string") given[flag] = value;
  }
  return loadFrom(environment, given, typeof flags["config"] === "string" ? flags["config"] : undefined);
}

/** `file`: undefined for that of HYTHE_CONFIG, or hythe.yaml. */
export function loadFrom(
  { env, loadSettings }: Environment,
  given: Readonly<Record<string, string>>,
  file = env["HYTHE_CONFIG"],
): Promise<LoadedSettings> {
  return loadSettings(given, file === "" ? undefined : file);
}

/** @throws REQUEST_INVALID with one line for each mistake */
export function assertNoMistakes({ mistakes }: Pick<LoadedSettings, "mistakes">): void {
  if (mistakes.length > 0) throw new RegistryError("REQUEST_INVALID", { message: mistakes.join("\n") });
}
