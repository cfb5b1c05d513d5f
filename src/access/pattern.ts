// Patterns of repository and tag names: `*` stands for any characters, also none, also slashes. The same pattern means the same in SQL
// (store/list-search.ts), which is why there is nothing more to it.

import { RegistryError } from "../oci/errors.ts";

const maxLength = 255;
const maxStars = 8;

/** @throws REQUEST_INVALID with what is wrong */
export function parseRepositoryPattern(text: string): string {
  const pattern = parsePattern(text, /^[a-z0-9._/*-]+$/, "lower-case letters, digits and . _ - / *, such as team/*");
  if (!/^\/|\/\/|\/$/.test(pattern)) return pattern;
  throw new RegistryError("REQUEST_INVALID", {
    message: `the pattern '${text}' fits no repository: no name begins or ends with / or has two; all below team are team/*`,
  });
}

/** @throws REQUEST_INVALID with what is wrong */
export function parseTagPattern(text: string): string {
  return parsePattern(text, /^[A-Za-z0-9._*-]+$/, "letters, digits and . _ - *, such as v*");
}

function parsePattern(text: string, form: RegExp, wanted: string): string {
  const pattern = text.replaceAll(/\*+/g, "*");
  const stars = pattern.split("*").length - 1;
  if (pattern.length <= maxLength && stars <= maxStars && form.test(pattern)) return pattern;
  const problem =
    stars > maxStars
      ? `has more than ${maxStars} stars`
      : pattern.length > maxLength
        ? `is longer than ${maxLength} characters`
        : `may hold ${wanted}`;
  throw new RegistryError("REQUEST_INVALID", { message: `the pattern '${text.slice(0, maxLength)}' ${problem}` });
}

/** In time proportional to the length of the name, times that of the pattern at worst. */
export function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return pattern === name;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  // The leftmost place of each part leaves the most room for the next.
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
