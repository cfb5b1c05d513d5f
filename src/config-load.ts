// Reads settings from everywhere: default < hythe.yaml < environment < flags. Reports all mistakes at once, each with its place.

import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import type { Setting } from "./config-kinds.ts";
import { conflicts, environmentName, findSetting, flagName, settingKeys, type Config } from "./config.ts";
import {
  fieldPathOfEnvironment,
  fieldSetting,
  parseFieldPath,
  sectionNames,
  sections,
  thingName,
  type SectionName,
} from "./config-sections.ts";

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
  /** By path: every setting, and the fields of named things that were given. */
  readonly origins: Readonly<Record<string, string>>;
  /** By path, as given, for people; absent: not set. Secrets included. */
  readonly texts: Readonly<Record<string, string>>;
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

/** What was given so far, by path: later places overwrite earlier ones. */
class Gathered {
  readonly given = new Map<string, Given>();
  /** `registries.hub`, with or without any field. */
  readonly things = new Set<string>();
  readonly mistakes: string[] = [];

  constructor() {
    for (const key of settingKeys) {
      const text = findSetting(key)?.default;
      if (text !== undefined) this.given.set(key, { text, origin: "default" });
    }
  }

  /** False: there is no such setting. `path` may end with _file when the setting is a secret. */
  give(path: string, text: string, origin: string): boolean {
    const secretPath = path.endsWith("_file") ? path.slice(0, -5) : undefined;
    const isFile = secretPath !== undefined && findSetting(secretPath)?.secret === true;
    if (!isFile && findSetting(path) === undefined) return false;
    this.noteThing(path);
    if (isFile) this.#giveFromFile(secretPath, text, origin);
    else this.given.set(path, { text, origin });
    return true;
  }

  noteThing(path: string): void {
    const below = parseFieldPath(path);
    if (below !== undefined) this.things.add(`${below.section}.${below.name}`);
  }

  #giveFromFile(path: string, file: string, origin: string): void {
    try {
      this.given.set(path, { text: readFileSync(file, "utf8").trimEnd(), origin: `${origin} -> ${file}` });
    } catch (error) {
      this.mistakes.push(`${path} (${origin}): the file cannot be read: ${(error as Error).message}`);
    }
  }
}

export function loadConfig(sources: ConfigSources): LoadedConfig {
  const gathered = new Gathered();
  readFromFile(sources.file, gathered);
  readFromEnvironment(sources.env, gathered);
  readFromFlags(sources.flags, gathered);

  const { given, mistakes } = gathered;
  const config: Record<string, unknown> = {};
  for (const key of settingKeys) if (given.has(key)) config[key] = parseGiven(key, gathered);
  for (const section of sectionNames) config[section] = readThings(section, gathered);
  if (mistakes.length === 0) mistakes.push(...conflicts(config as Config));
  const unset = settingKeys.map((key) => [key, "not set"] as const);
  return {
    config: mistakes.length === 0 ? (config as Config) : undefined,
    origins: { ...Object.fromEntries(unset), ...Object.fromEntries([...given].map(([path, { origin }]) => [path, origin])) },
    texts: Object.fromEntries([...given].map(([path, { text }]) => [path, text])),
    mistakes,
  };
}

/** Undefined: it does not fit, which is noted. */
function parseGiven(path: string, { given, mistakes }: Gathered): unknown {
  const setting = findSetting(path)!;
  const { text, origin } = given.get(path)!;
  try {
    return setting.parse(text);
  } catch (error) {
    // A URL may hold a password, which is one of the mistakes that it can have.
    const shown = setting.secret ? "the value" : `'${text.replace(/\/\/[^/]*@/, "//…@")}'`;
    mistakes.push(`${path} (${origin}): ${shown} does not fit: ${(error as Error).message}`);
    return undefined;
  }
}

function readThings(section: SectionName, gathered: Gathered): Record<string, unknown> {
  const { fields, check } = sections[section];
  const { given, mistakes, things } = gathered;
  const found: Record<string, unknown> = {};
  for (const path of things) {
    if (!path.startsWith(`${section}.`)) continue;
    const name = path.slice(section.length + 1);
    const before = mistakes.length;
    if (!thingName.test(name))
      mistakes.push(`${path}: '${name}' cannot be a name: lower-case letters, digits and - between them, at most 40`);
    for (const [field, setting] of Object.entries<Setting<unknown>>(fields)) {
      if (setting.required === true && !given.has(`${path}.${field}`)) mistakes.push(`${path}: '${field}' is missing`);
    }
    const values = Object.keys(fields).map((field) => {
      const at = `${path}.${field}`;
      return [field, given.has(at) ? parseGiven(at, gathered) : parseDefault(section, field)];
    });
    const thing = Object.fromEntries(values) as never;
    if (mistakes.length === before) mistakes.push(...check(thing).map((mistake) => `${path}: ${mistake}`));
    found[name] = thing;
  }
  return found;
}

function parseDefault(section: SectionName, field: string): unknown {
  const setting = fieldSetting({ section, field });
  return setting?.default === undefined ? undefined : setting.parse(setting.default);
}

function readFromFile(file: string | undefined, gathered: Gathered): void {
  const name = file ?? defaultFile;
  let tree: unknown;
  try {
    tree = parseYaml(readFileSync(name, "utf8")) ?? {};
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && file === undefined) return;
    gathered.mistakes.push(`${name} cannot be read: ${message.split("\n", 1)[0]}`);
    return;
  }
  for (const [path, value] of leaves(tree, "")) {
    const isNothing = value === null || (typeof value === "object" && Object.keys(value).length === 0);
    const below = parseFieldPath(path);
    if (isNothing && sectionNames.includes(path as SectionName)) continue;
    // A thing of which nothing is said: what it lacks is said later.
    if (isNothing && below?.field === "" && below.name !== "") gathered.noteThing(path);
    else if (!isText(path, value) || !gathered.give(path, String(value), `file ${name}`)) {
      gathered.mistakes.push(unknownName(`${name}: '${path}'`, path, settingKeys));
    }
  }
}

/** A list only where the setting is one. */
function isText(path: string, value: unknown): boolean {
  if (!Array.isArray(value)) return typeof value !== "object";
  return findSetting(path)?.schema["type"] === "array" && value.every((item) => typeof item !== "object");
}

function readFromEnvironment(env: ConfigSources["env"], gathered: Gathered): void {
  const paths = new Map<string, string>(settingKeys.map((key) => [environmentName(key), key]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("HYTHE_") || value === undefined || otherNames.has(name) || kubernetesNames.test(name)) continue;
    const secret = name.endsWith("_FILE") ? paths.get(name.slice(0, -5)) : undefined;
    const path = paths.get(name) ?? (secret === undefined ? fieldPathOfEnvironment(name) : `${secret}_file`);
    if (path === undefined || !gathered.give(path, value, `environment ${name}`)) {
      gathered.mistakes.push(unknownName(`environment: '${name}'`, name, [...paths.keys()]));
    }
  }
}

function readFromFlags(flags: ConfigSources["flags"], gathered: Gathered): void {
  const paths = new Map<string, string>(settingKeys.map((key) => [flagName(key), key]));
  for (const [name, value] of Object.entries(flags)) {
    const secret = name.endsWith("-file") ? paths.get(name.slice(0, -5)) : undefined;
    const path = paths.get(name) ?? (secret === undefined ? undefined : `${secret}_file`);
    if (path === undefined || !gathered.give(path, value, `flag --${name}`)) {
      gathered.mistakes.push(unknownName(`flag: '--${name}'`, name, [...paths.keys()]));
    }
  }
}

/** { a: { b: 1 } } -> ["a.b", 1] */
function* leaves(tree: unknown, path: string): Generator<[string, unknown]> {
  const isLeaf =
    typeof tree !== "object" || tree === null || Array.isArray(tree) || (path !== "" && Object.keys(tree).length === 0);
  if (isLeaf) {
    yield [path, tree];
    return;
  }
  for (const [name, value] of Object.entries(tree)) yield* leaves(value, path === "" ? name : `${path}.${name}`);
}

function unknownName(place: string, name: string, known: readonly string[]): string {
  const section = sectionNames.find((word) => name.startsWith(`${word}.`) || name.startsWith(`HYTHE_${word.toUpperCase()}_`));
  if (section !== undefined)
    return `${place} is not a setting; those of ${section}.NAME are ${Object.keys(sections[section].fields).join(", ")}`;
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
