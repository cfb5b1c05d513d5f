// A strict JSON reader for manifests. JSON.parse keeps the last of two equal keys and rounds large integers: two readers of the
// same bytes could then see two different images. Here such bytes are refused (research: CVE-2021-41190 and its kin).

import { RegistryError } from "./errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** Without a prototype, so `__proto__` is a key like any other. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Containers inside of containers; deeper input is refused. */
export const maxJsonDepth = 32;
const maxEntries = 16_384;
/** Of one document: four megabytes of empty lists would hold up every other request for half a second. */
const maxValues = 100_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const blank = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex -- JSON strings may not hold control characters
const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

interface Cursor {
  readonly text: string;
  at: number;
  values: number;
}

/**
 * The value that the bytes hold.
 * @throws MANIFEST_INVALID on invalid UTF-8, a byte order mark, trailing data, equal keys, numbers that a double cannot hold
 * exactly, unpaired surrogates, more than 32 levels, 16,384 entries in one container or 100,000 values
 */
export function readJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new RegistryError("MANIFEST_INVALID", { message: "the manifest is not valid UTF-8", cause });
  }
  const cursor: Cursor = { text, at: 0, values: 0 };
  const value = readValue(cursor, 0);
  skipBlank(cursor);
  if (cursor.at !== text.length) fail(cursor, "there is data after the end of the document");
  return value;
}

function readValue(cursor: Cursor, depth: number): Json {
  skipBlank(cursor);
  if (++cursor.values > maxValues) fail(cursor, `more than ${maxValues} values`);
  switch (cursor.text[cursor.at]) {
    case "{":
      return readObject(cursor, depth + 1);
    case "[":
      return readArray(cursor, depth + 1);
    case '"':
      return readString(cursor);
    case "t":
      return readWord(cursor, "true", true);
    case "f":
      return readWord(cursor, "false", false);
    case "n":
      return readWord(cursor, "null", null);
    default:
      return readNumber(cursor);
  }
}

function readObject(cursor: Cursor, depth: number): JsonObject {
  if (depth > maxJsonDepth) fail(cursor, `deeper than ${maxJsonDepth} levels`);
  const object: Record<string, Json> = Object.create(null);
  cursor.at++;
  if (takes(cursor, "}")) return object;
  for (let count = 1; ; count++) {
    if (count > maxEntries) fail(cursor, `more than ${maxEntries} keys in one object`);
    skipBlank(cursor);
    const key = readString(cursor);
    if (key in object) fail(cursor, `the key '${key.slice(0, 80)}' appears twice`);
    if (!takes(cursor, ":")) fail(cursor, "expected ':'");
    object[key] = readValue(cursor, depth);
    if (takes(cursor, "}")) return object;
    if (!takes(cursor, ",")) fail(cursor, "expected ',' or '}'");
  }
}

function readArray(cursor: Cursor, depth: number): Json[] {
  if (depth > maxJsonDepth) fail(cursor, `deeper than ${maxJsonDepth} levels`);
  const array: Json[] = [];
  cursor.at++;
  if (takes(cursor, "]")) return array;
  for (;;) {
    if (array.length === maxEntries) fail(cursor, `more than ${maxEntries} entries in one list`);
    array.push(readValue(cursor, depth));
    if (takes(cursor, "]")) return array;
    if (!takes(cursor, ",")) fail(cursor, "expected ',' or ']'");
  }
}

function readString(cursor: Cursor): string {
  const literal = match(cursor, string) ?? fail(cursor, "expected a string");
  if (!literal.includes("\\")) return literal.slice(1, -1);
  const text: string = JSON.parse(literal);
  if (!text.isWellFormed()) fail(cursor, "a string holds an unpaired surrogate");
  return text;
}

function readNumber(cursor: Cursor): number {
  const literal = match(cursor, number) ?? fail(cursor, "expected a value");
  const value = Number(literal);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    fail(cursor, "a number is too large to be read the same way everywhere");
  }
  return value;
}

function readWord<T>(cursor: Cursor, word: string, value: T): T {
  if (!cursor.text.startsWith(word, cursor.at)) fail(cursor, "expected a value");
  cursor.at += word.length;
  return value;
}

function skipBlank(cursor: Cursor): void {
  match(cursor, blank);
}

/** Steps over `mark` if it is the next thing. */
function takes(cursor: Cursor, mark: string): boolean {
  skipBlank(cursor);
  if (cursor.text[cursor.at] !== mark) return false;
  cursor.at++;
  return true;
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function fail(cursor: Cursor, what: string): never {
  throw new RegistryError("MANIFEST_INVALID", {
    message: `the manifest is not acceptable JSON: ${what} (at character ${cursor.at})`,
  });
}
