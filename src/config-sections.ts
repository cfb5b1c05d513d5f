// Sections of hythe.yaml that hold named things: `registries.NAME.url`. Each field is a setting like any other, so it is parsed,
// documented and hidden in the same way; a thing has no flags.

import { isLoopbackHost } from "./client/address-guard.ts";
import { parseRegistryUrl } from "./client/registry-url.ts";
import { flag, optional, optionalSecret, required, setting, text, type Kind, type Setting } from "./config-kinds.ts";
import { isRepositoryName, type RepositoryName } from "./oci/reference.ts";

interface Section<Fields extends Readonly<Record<string, Setting<unknown>>>> {
  /** What the things are, for an operator. */
  readonly sentence: string;
  /** In hythe.yaml, indented. */
  readonly example: string;
  readonly fields: Fields;
  /** What is wrong with a thing whose fields are right each by itself; a clause for each mistake. */
  readonly check: (thing: Values<Fields>) => readonly string[];
}
type Values<Fields> = {
  readonly [Key in keyof Fields]: Fields[Key] extends Setting<infer Value> ? Value : never;
};

const registryUrl: Kind<URL> = {
  parse: (value) => parseRegistryUrl(value),
  form: "https://host[:port], host[:port], or http://host[:port]",
  schema: { type: "string" },
};
const repositoryNames: Kind<readonly RepositoryName[]> = {
  parse(value) {
    const names = value.split(",").flatMap((name) => name.trim() || []);
    const wrong = names.find((name) => !isRepositoryName(name));
    if (wrong !== undefined) throw new Error(`'${wrong}' is not the name of a repository, such as team/app`);
    return names as RepositoryName[];
  },
  form: "a list, or names with commas between them",
  schema: { type: "array", items: { type: "string" } },
};

const registryFields = {
  url: required(
    registryUrl,
    "Where the registry answers; a host without a scheme is asked by https, and on this machine by http.",
  ),
  username: optional(text, "Whom to log in as; without it the registry is asked anonymously."),
  password: optionalSecret(text, "Password or access token."),
  names: setting(
    repositoryNames,
    "",
    "Repositories that are shown when the registry does not list its own, as Docker Hub does not.",
  ),
  insecure: setting(flag, "false", "Take plain http beyond this machine, and certificates that nobody vouches for."),
};

export const sections = {
  registries: {
    sentence:
      "Other registries that can be browsed beside our own (`registry=NAME` in `/api/v1`). Who has signed in and may pull everything here sees what the login given here may see. `docs/registries.md` shows what can be asked.",
    example: `  hub:
    url: https://docker.io
    username: ci
    password_file: /run/secrets/hub
    names: [library/nginx, library/redis]
  next-door:
    url: http://registry.internal:5000
    insecure: true`,
    fields: registryFields,
    check({ url, username, password, insecure }) {
      const mistakes: string[] = [];
      if (url.protocol === "http:" && !isLoopbackHost(url.hostname) && !insecure)
        mistakes.push(
          "the url is plain http, so anybody on the way can read and change everything: use https, or say insecure: true",
        );
      if (username !== undefined && password === undefined) mistakes.push("there is a username but no password or password_file");
      if (username === undefined && password !== undefined) mistakes.push("there is a password but no username");
      return mistakes;
    },
  } satisfies Section<typeof registryFields>,
} as const;

export type SectionName = keyof typeof sections;
export const sectionNames = Object.keys(sections) as SectionName[];
type Thing<Name extends SectionName> = Values<(typeof sections)[Name]["fields"]>;
/** The things of every section by their names. */
export type NamedThings = { readonly [Name in SectionName]: Readonly<Record<string, Thing<Name>>> };

/** Names of things: also in URLs and, in capitals with _ for -, in the environment. */
export const thingName = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export interface FieldPath {
  readonly section: SectionName;
  readonly name: string;
  readonly field: string;
}

/** `registries.hub.url`; undefined: not below a section. The name may be wrong and the field unknown. */
export function parseFieldPath(path: string): FieldPath | undefined {
  const section = sectionNames.find((known) => path.startsWith(`${known}.`));
  if (section === undefined) return undefined;
  const rest = path.slice(section.length + 1);
  const dot = rest.lastIndexOf(".");
  return dot === -1 ? { section, name: rest, field: "" } : { section, name: rest.slice(0, dot), field: rest.slice(dot + 1) };
}

/** The setting of a field; undefined: there is no such field. */
export function fieldSetting({ section, field }: Pick<FieldPath, "section" | "field">): Setting<unknown> | undefined {
  const fields: Readonly<Record<string, Setting<unknown>>> = sections[section].fields;
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/** HYTHE_REGISTRIES_NEXT_DOOR_URL -> registries.next-door.url; undefined: not below a section. */
export function fieldPathOfEnvironment(variable: string): string | undefined {
  for (const section of sectionNames) {
    const start = `HYTHE_${section.toUpperCase()}_`;
    if (!variable.startsWith(start)) continue;
    const rest = variable.slice(start.length);
    const fields = Object.entries<Setting<unknown>>(sections[section].fields).flatMap(([field, { secret }]) =>
      secret ? [field, `${field}_file`] : [field],
    );
    const field = fields.find((known) => rest.endsWith(`_${known.toUpperCase()}`));
    if (field === undefined) return `${section}.${rest.toLowerCase()}`;
    return `${section}.${rest
      .slice(0, -field.length - 1)
      .toLowerCase()
      .replaceAll("_", "-")}.${field}`;
  }
  return undefined;
}
