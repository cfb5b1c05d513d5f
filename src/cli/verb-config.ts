// hythe config check and hythe config show: what the settings are, where each came from, and what is wrong with them.

import type { Command } from "commander";
import { RegistryError } from "../oci/errors.ts";
import type { Environment, LoadedSettings } from "./environment.ts";
import { addSettingFlags, loadGiven, type SettingFlags } from "./setting-flags.ts";
import { Table } from "./table.ts";

const checkExamples = `
Examples:
  hythe config check                          hythe.yaml and the environment
  hythe config check --config next.yaml       another file, before it is used
  HYTHE_PULLS_FOLDEVERY=1m hythe config check

Nothing is started. Ends with 0 when a server would take these settings, with 2 when not.`;

const showExamples = `
Examples:
  hythe config show                           every setting and where it comes from
  hythe config show --config next.yaml
  hythe config show --json                    for a script

Secrets are never shown.`;

type ConfigFlags = SettingFlags & { readonly json?: true };

export async function addConfigVerb(program: Command, environment: Environment): Promise<void> {
  const config = program
    .command("config")
    .summary("check or show the settings")
    .description("Reads the settings as `hythe serve` does.");
  const check = config
    .command("check")
    .summary("say what is wrong, all of it at once")
    .description("Says everything that is wrong with the settings, each with its place.")
    .option("--json", "as JSON: mistakes")
    .addHelpText("after", checkExamples);
  (await addSettingFlags(check, environment)).action((flags: ConfigFlags) => printCheck(environment, flags));
  const show = config
    .command("show")
    .summary("print every setting and where it comes from")
    .description("Prints every setting, its value, and where the value comes from.")
    .option("--json", "as JSON: settings, each with key, value and origin")
    .addHelpText("after", showExamples);
  (await addSettingFlags(show, environment)).action((flags: ConfigFlags) => printSettings(environment, flags));
}

async function printCheck(environment: Environment, flags: ConfigFlags): Promise<void> {
  const { mistakes } = await loadGiven(environment, flags);
  if (flags.json === true) await environment.stdout.write(`${JSON.stringify({ mistakes }, undefined, 2)}\n`);
  assertNoMistakes(mistakes);
  if (flags.json !== true) await environment.stdout.write("the settings are right\n");
}

async function printSettings({ stdout, ...environment }: Environment, flags: ConfigFlags): Promise<void> {
  const { mistakes, values } = await loadGiven({ stdout, ...environment }, flags);
  assertNoMistakes(mistakes);
  if (flags.json === true) {
    await stdout.write(`${JSON.stringify({ settings: values }, undefined, 2)}\n`);
    return;
  }
  const table = new Table<LoadedSettings["values"][number]>(
    [
      { header: "SETTING", cell: ({ key }) => key },
      { header: "VALUE", cell: ({ value }) => value },
      { header: "FROM", cell: ({ origin }) => origin },
    ],
    Number.POSITIVE_INFINITY,
  );
  await stdout.write(table.format(values));
}

/** @throws REQUEST_INVALID with one line for each mistake */
export function assertNoMistakes(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new RegistryError("REQUEST_INVALID", { message: mistakes.join("\n") });
}
