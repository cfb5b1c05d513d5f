// What is generated from the list of settings: the reference page, the JSON schema of hythe.yaml, and the lines of `serve --help`.

import { environmentName, flagName, settingKeys, settings, type Setting, type SettingKey } from "./config.ts";

function shownDefault(setting: Setting<unknown>): string {
  return setting.default ?? "not set";
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

${rows.join("\n")}`;
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
    const documented = setting.default === undefined ? {} : { default: setting.default };
    parent.properties[name] = { ...setting.schema, description: setting.sentence, ...documented };
    if (setting.secret) parent.properties[`${name}_file`] = { type: "string", description: `File to read ${key} from.` };
  }
  const schema = { $schema: "https://json-schema.org/draft/2020-12/schema", title: "hythe.yaml", ...root };
  return `${JSON.stringify(schema, null, 2)}\n`;
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

/** A value as people wrote it and may see it: secrets are never shown. */
export function shownValue(key: SettingKey, text: string | undefined): string {
  return text !== undefined && settings[key].secret ? "(secret)" : (text ?? "");
}
