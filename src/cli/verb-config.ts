// hythe config check and hythe config show: what the settings are, where each came from, and what is wrong with them. And, because people
// know it from crane, hythe config IMAGE: the config of an image.

import type { Command } from "commander";
import type { Environment, LoadedSettings } from "./environment.ts";
import { parseImage } from "./image-argument.ts";
import { chooseImage, readConfig } from "./image-choice.ts";
import { addImageFlags, type ImageFlags } from "./image-flags.ts";
import { printDocument } from "./raw-document.ts";
import { withRegistry } from "./registry-session.ts";
import { addSettingFlags, assertNoMistakes, loadGiven, type SettingFlags } from "./setting-flags.ts";
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

const imageExamples = `
Examples:
  hythe config check                                        are the settings of hythe serve right?
  hythe config show                                         what they are, and where each comes from
  hythe config alpine | jq .config.Env                      the config of an image
  hythe config 127.0.0.1:5000/team/app:v1 --platform linux/arm64

Of an image for several platforms it is the one for linux/amd64, unless --platform names another.`;

export async function addConfigVerb(program: Command, environment: Environment): Promise<void> {
  const config = program
    .command("config")
    .argument("[image]", "HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; without a tag it is latest")
    .summary("check or show the settings; print the config of an image")
    .description("Prints the config of an image as it is stored; or checks or shows the settings of `hythe serve`.")
    .enablePositionalOptions()
    .addHelpText("after", imageExamples);
  addImageFlags(config, "{ digest, mediaType, size, config }").action((text: string | undefined, flags: ImageFlags) =>
    text === undefined ? config.help({ error: true }) : printImageConfig(environment, flags, text),
  );
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

async function printImageConfig(environment: Environment, flags: ImageFlags, text: string): Promise<void> {
  const place = parseImage(text);
  const { repository } = place;
  const { bytes, descriptor } = await withRegistry(environment, flags, place, async (registry, signal) => {
    const { parsed } = await chooseImage(registry, place.reference, flags.platform, signal);
    return { bytes: await readConfig(registry, repository, parsed, signal), descriptor: parsed.config! };
  });
  const { digest, mediaType, size } = descriptor;
  await printDocument(environment.stdout, bytes, flags.json === true ? { digest, mediaType, size, as: "config" } : undefined);
}

async function printCheck(environment: Environment, flags: ConfigFlags): Promise<void> {
  const { mistakes } = await loadGiven(environment, flags);
  if (flags.json === true) await environment.stdout.write(`${JSON.stringify({ mistakes }, undefined, 2)}\n`);
  assertNoMistakes({ mistakes });
  if (flags.json !== true) await environment.stdout.write("the settings are right\n");
}

async function printSettings({ stdout, ...environment }: Environment, flags: ConfigFlags): Promise<void> {
  const { mistakes, values } = await loadGiven({ stdout, ...environment }, flags);
  assertNoMistakes({ mistakes });
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
