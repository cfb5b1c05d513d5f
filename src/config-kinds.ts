// Kinds of values that settings have, and how a setting is written down (config.ts, config-sections.ts).

import {
  parseAddress,
  parseBytes,
  parseCount,
  parseDuration,
  parseFlag,
  parseIssuer,
  parseOrigin,
  type Address,
} from "./config-values.ts";
import { parseNetwork } from "./http/client-address.ts";

export interface Kind<Value> {
  /** Text of a flag, an environment variable or a YAML scalar to the value. @throws Error: what was expected, one clause */
  readonly parse: (text: string) => Value;
  /** What a value looks like, for people. */
  readonly form: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface Setting<Value> extends Kind<Value> {
  /** As text, parsed like any other; undefined: the setting may be absent. */
  readonly default: string | undefined;
  /** What it is for, one sentence for an operator. */
  readonly sentence: string;
  /** Of a named thing: it is nothing without. */
  readonly required?: true;
  /** Never shown; can be read from a file (`key_file`). */
  readonly secret: boolean;
}

export const text: Kind<string> = { parse: (value) => value, form: "text", schema: { type: "string" } };
export const address: Kind<Address> = {
  parse: parseAddress,
  form: "host:port",
  schema: { type: "string", pattern: "^.*:[0-9]+$" },
};
/** Scheme, host and port. */
export const origin: Kind<URL> = {
  parse: parseOrigin,
  form: "https://host[:port] or http://host[:port]",
  schema: { type: "string", format: "uri" },
};
export const issuer: Kind<URL> = {
  parse: parseIssuer,
  form: "https://host[:port][/path]",
  schema: { type: "string", format: "uri" },
};
export const networks: Kind<readonly string[]> = {
  parse(value) {
    const list = value.split(",").flatMap((network) => network.trim() || []);
    for (const network of list) parseNetwork(network);
    return list;
  },
  form: "a list of addresses and networks such as 10.0.0.0/8, or them with commas between",
  schema: { type: "array", items: { type: "string" } },
};
export const flag: Kind<boolean> = { parse: parseFlag, form: "true or false", schema: { type: "boolean" } };
export const count: Kind<number> = { parse: parseCount, form: "a whole number", schema: { type: "integer", minimum: 0 } };
export const duration: Kind<number> = {
  parse: parseDuration,
  form: "a time such as 500ms, 10s, 5m, 12h, 14d",
  schema: { type: "string", pattern: "^[0-9]+(ms|s|m|h|d)$" },
};
export const bytes: Kind<number> = {
  parse: parseBytes,
  form: "a size such as 512KiB, 64MiB, 2GiB",
  schema: { type: "string", pattern: "^[0-9]+(B|KiB|MiB|GiB|TiB)$" },
};
export function choice<const Names extends readonly string[]>(...names: Names): Kind<Names[number]> {
  return {
    parse(value) {
      if (names.includes(value)) return value;
      throw new Error(`expected ${names.join(" or ")}`);
    },
    form: names.join(" or "),
    schema: { enum: names },
  };
}

export function setting<Value>(kind: Kind<Value>, defaultText: string, sentence: string): Setting<Value> {
  return { ...kind, default: defaultText, sentence, secret: false };
}
export function optionalSecret<Value>(kind: Kind<Value>, sentence: string): Setting<Value | undefined> {
  return { ...kind, default: undefined, sentence, secret: true };
}
export function required<Value>(kind: Kind<Value>, sentence: string): Setting<Value> {
  return { ...kind, default: undefined, sentence, required: true, secret: false };
}
export function optional<Value>(kind: Kind<Value>, sentence: string): Setting<Value | undefined> {
  return { ...kind, default: undefined, sentence, secret: false };
}
