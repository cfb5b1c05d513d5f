// What is generated from the list of settings: the reference page, the JSON schema of hythe.yaml, and the lines of `serve --help`.

import { environmentName, findSetting, flagName, settingKeys, settings } from "./config.ts";
import type { Setting } from "./config-kinds.ts";
import type { LoadedConfig } from "./config-load.ts";
import { sectionNames, sections, thingName, type SectionName } from "./config-sections.ts";

function shownDefault(setting: Setting<unknown>): string {
  return setting.default === "" ? "none" : (setting.default ?? "not set");
}

/** docs/configuration.md */
export function configurationPage(): string {
  const rows = settingKeys.map((key) => {
    const setting: Setting<unknown> = settings[key];
    const secret = setting.secret
      ? ` Secret: \`${key}_file\`, \`${environmentName(key)}_FILE\` or \`--${flagName(key)}-file\` name a file to read it from.`
      : "";
    return `### ${key}\n\n${setting.sentence}${secret}\n\n| form | default | environment | flag |\n|---|---|---|---|\n| ${setting.form} | \`${shownDefault(setting)}\` | \`${environmentName(key)}\` | \`--${flagName(key)}\` |\n`;
  });
  return `# Configuration

<!-- Generated from src/config.ts by \`npm run docs\`. Do not edit. -->

Hythe starts without any configuration. A setting is taken from the first of these that names it:
a flag, an environment variable, the file \`hythe.yaml\` in the working folder (or the one that \`--config\` or \`HYTHE_CONFIG\` names), the default.
Keys with a dot are nested in the file:

\`\`\`yaml
# yaml-language-server: $schema=./hythe.schema.json
listen: 127.0.0.1:5000
pulls:
  durability: power
\`\`\`

\`hythe config check\` reports every mistake at once; \`hythe config show\` prints each value and where it came from.
Unknown names are mistakes, so that a typing error never silently leaves a default in force.

${rows.join("\n")}
${sectionNames.map(sectionPage).join("\n")}`;
}

function sectionPage(name: SectionName): string {
  const { sentence, example, fields } = sections[name];
  const rows = Object.entries<Setting<unknown>>(fields).map(([field, setting]) => {
    const needed = setting.required === true ? "must be given" : `\`${shownDefault(setting)}\``;
    const file = setting.secret ? ` Or \`${field}_file\`, a file to read it from.` : "";
    return `| ${field} | ${setting.form} | ${needed} | ${setting.sentence}${file} |`;
  });
  const variable = `HYTHE_${name.toUpperCase()}_NEXT_DOOR_URL`;
  return `### ${name}

${sentence}
Each has a name of your choice: lower-case letters, digits and - between them.

\`\`\`yaml
${name}:
${example}
\`\`\`

| field | form | default | |
|---|---|---|---|
${rows.join("\n")}

In the environment the name is in capitals, with _ for -: \`${variable}\` is the \`url\` of \`next-door\`. There are no flags.
`;
}

interface SchemaNode {
  type: "object";
  additionalProperties: false;
  properties: Record<string, unknown>;
}

/** docs/hythe.schema.json, for editors. */
export function configurationSchema(): string {
  const node = (): SchemaNode => ({ type: "object", additionalProperties: false, properties: {} });
  const root = node();
  for (const key of settingKeys) {
    const setting: Setting<unknown> = settings[key];
    const path = key.split(".");
    const name = path.pop()!;
    let parent = root;
    for (const part of path) parent = (parent.properties[part] ??= node()) as SchemaNode;
    addProperty(parent.properties, name, setting);
  }
  for (const name of sectionNames) root.properties[name] = sectionSchema(name);
  const schema = { $schema: "https://json-schema.org/draft/2020-12/schema", title: "hythe.yaml", ...root };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function addProperty(properties: Record<string, unknown>, name: string, setting: Setting<unknown>): void {
  const documented = setting.default === undefined || setting.default === "" ? {} : { default: setting.default };
  properties[name] = { ...setting.schema, description: setting.sentence, ...documented };
  if (setting.secret) properties[`${name}_file`] = { type: "string", description: `File to read ${name} from.` };
}

function sectionSchema(name: SectionName): object {
  const { sentence, fields } = sections[name];
  const required = Object.entries<Setting<unknown>>(fields).flatMap(([field, setting]) =>
    setting.required === true ? [field] : [],
  );
  const properties: Record<string, unknown> = {};
  for (const [field, setting] of Object.entries<Setting<unknown>>(fields)) addProperty(properties, field, setting);
  const thing = { type: "object", additionalProperties: false, required, properties };
  return { type: "object", description: sentence, propertyNames: { pattern: thingName.source }, additionalProperties: thing };
}

/** Flag, form and sentence of each setting, for `hythe serve --help`. */
export function settingFlags(): { readonly flag: string; readonly form: string; readonly sentence: string }[] {
  return settingKeys.flatMap((key) => {
    const setting: Setting<unknown> = settings[key];
    const shown = { flag: flagName(key), form: setting.form, sentence: `${setting.sentence} Default: ${shownDefault(setting)}.` };
    return setting.secret
      ? [shown, { flag: `${shown.flag}-file`, form: "file", sentence: `File to read \`${key}\` from.` }]
      : [shown];
  });
}

/** Every setting as people wrote it and may see it: secrets are never shown. */
export function shownSettings({ origins, texts }: Pick<LoadedConfig, "origins" | "texts">): ShownSetting[] {
  return Object.entries(origins).map(([key, origin]) => {
    const text = texts[key];
    return { key, value: text !== undefined && findSetting(key)?.secret !== false ? "(secret)" : (text ?? ""), origin };
  });
}

/** The same, each with what it does. */
export function explainedSettings(
  given: Pick<LoadedConfig, "origins" | "texts">,
): (ShownSetting & { readonly sentence: string })[] {
  return shownSettings(given).map((shown) => ({ ...shown, sentence: findSetting(shown.key)?.sentence ?? "" }));
}

interface ShownSetting {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
}
