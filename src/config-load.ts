// Reads settings from everywhere: default < hythe.yaml < environment < flags. Reports all mistakes at once, each with its place.

import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { environmentName, flagName, settingKeys, settings, type Config, type Setting, type SettingKey } from "./config.ts";

export interface ConfigSources {
  /** By flag name without dashes; only those that were given. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file that must exist; undefined: hythe.yaml in the working folder, when there is one. */
  readonly file?: string | undefined;
}
export interface LoadedConfig {
  /** Absent when there are mistakes. */
  readonly config: Config | undefined;
  readonly origins: Readonly<Record<SettingKey, string>>;
  /** As given, for people; absent: not set. Secrets included. */
  readonly texts: Readonly<Partial<Record<SettingKey, string>>>;
  /** Each one sentence that names the place and what to do. */
  readonly mistakes: readonly string[];
}

const defaultFile = "hythe.yaml";
/** Names of ours that are no settings. */
const otherNames = new Set(["HYTHE_CONFIG", "HYTHE_SERVER", "HYTHE_PEERS"]);
/** What Kubernetes sets in every pod beside a service that is called hythe. */
const kubernetesNames = /^HYTHE_(?:SERVICE_|PORT$|PORT_)/;

interface Given {
  readonly text: string;
  readonly origin: string;
}
type GivenSettings = Map<SettingKey, Given>;

export function loadConfig(sources: ConfigSources): LoadedConfig {
  const mistakes: string[] = [];
  const given: GivenSettings = new Map();
  for (const key of settingKeys) {
    const { default: text } = settings[key];
    if (text !== undefined) given.set(key, { text, origin: "default" });
  }
  readFromFile(sources.file, given, mistakes);
  readFromEnvironment(sources.env, given, mistakes);
  readFromFlags(sources.flags, given, mistakes);

  const config: Partial<Record<SettingKey, unknown>> = {};
  const origins = {} as Record<SettingKey, string>;
  const texts: Partial<Record<SettingKey, string>> = {};
  for (const key of settingKeys) {
    const found = given.get(key);
    origins[key] = found?.origin ?? "not set";
    if (found === undefined) continue;
    texts[key] = found.text;
    try {
      config[key] = (settings[key] as Setting<unknown>).parse(found.text);
    } catch (error) {
      const shown = settings[key].secret ? "the value" : `'${found.text}'`;
      mistakes.push(`${key} (${found.origin}): ${shown} does not fit: ${(error as Error).message}`);
    }
  }
  return { config: mistakes.length === 0 ? (config as Config) : undefined, origins, texts, mistakes };
}

function readFromFile(file: string | undefined, given: GivenSettings, mistakes: string[]): void {
  const name = file ?? defaultFile;
  let tree: unknown;
  try {
    tree = parseYaml(readFileSync(name, "utf8")) ?? {};
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && file === undefined) return;
    mistakes.push(`${name} cannot be read: ${message.split("\n", 1)[0]}`);
    return;
  }
  for (const [path, value] of leaves(tree, "")) {
    const origin = `file ${name}`;
    if (isSettingKey(path) && typeof value !== "object") give(path, String(value), origin, given);
    else if (isSecretFile(path)) giveFromFile(path.slice(0, -5) as SettingKey, String(value), origin, given, mistakes);
    else mistakes.push(unknownName(`${name}: '${path}'`, path, settingKeys));
  }
}

function readFromEnvironment(env: ConfigSources["env"], given: GivenSettings, mistakes: string[]): void {
  const keys = new Map(settingKeys.map((key) => [environmentName(key), key]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("HYTHE_") || value === undefined || otherNames.has(name) || kubernetesNames.test(name)) continue;
    const key = keys.get(name);
    const secret = name.endsWith("_FILE") ? keys.get(name.slice(0, -5)) : undefined;
    if (key !== undefined) give(key, value, `environment ${name}`, given);
    else if (secret !== undefined && settings[secret].secret) giveFromFile(secret, value, `environment ${name}`, given, mistakes);
    else mistakes.push(unknownName(`environment: '${name}'`, name, [...keys.keys()]));
  }
}

function readFromFlags(flags: ConfigSources["flags"], given: GivenSettings, mistakes: string[]): void {
  const keys = new Map(settingKeys.map((key) => [flagName(key), key]));
  for (const [name, value] of Object.entries(flags)) {
    const key = keys.get(name);
    const secret = name.endsWith("-file") ? keys.get(name.slice(0, -5)) : undefined;
    if (key !== undefined) give(key, value, `flag --${name}`, given);
    else if (secret !== undefined && settings[secret].secret) giveFromFile(secret, value, `flag --${name}`, given, mistakes);
    else mistakes.push(unknownName(`flag: '--${name}'`, name, [...keys.keys()]));
  }
}

function give(key: SettingKey, text: string, origin: string, given: GivenSettings): void {
  given.set(key, { text, origin });
}

function giveFromFile(key: SettingKey, file: string, origin: string, given: GivenSettings, mistakes: string[]): void {
  try {
    give(key, readFileSync(file, "utf8").trimEnd(), `${origin} -> ${file}`, given);
  } catch (error) {
    mistakes.push(`${key} (${origin}): the file cannot be read: ${(error as Error).message}`);
  }
}

function isSettingKey(text: string): text is SettingKey {
  return Object.hasOwn(settings, text);
}
function isSecretFile(path: string): boolean {
  const key = path.slice(0, -5);
  return path.endsWith("_file") && isSettingKey(key) && settings[key].secret;
}

/** { a: { b: 1 } } -> ["a.b", 1] */
function* leaves(tree: unknown, path: string): Generator<[string, unknown]> {
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
    yield [path, tree];
    return;
  }
  for (const [name, value] of Object.entries(tree)) yield* leaves(value, path === "" ? name : `${path}.${name}`);
}

function unknownName(place: string, name: string, known: readonly string[]): string {
  const near = known.find((other) => distanceAtMostTwo(other.toLowerCase(), name.toLowerCase()));
  return `${place} is not a setting${near === undefined ? "; `hythe config show` lists them all" : `; did you mean '${near}'?`}`;
}

/** Whether two names differ by at most two inserted, removed or replaced characters. */
function distanceAtMostTwo(a: string, b: string): boolean {
  const walk = (i: number, j: number, left: number): boolean => {
    while (i < a.length && a[i] === b[j]) {
      i++;
      j++;
    }
    if (i === a.length && j === b.length) return true;
    if (left === 0) return false;
    return walk(i + 1, j, left - 1) || walk(i, j + 1, left - 1) || walk(i + 1, j + 1, left - 1);
  };
  return Math.abs(a.length - b.length) <= 2 && walk(0, 0, 2);
}
