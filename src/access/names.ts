// Names of users, robots and groups. Lower case only, so that no two look alike by their case; what an address has, for those who come
// from an OpenID provider.

import { RegistryError } from "../oci/errors.ts";

const memberName = /^[a-z0-9](?:[a-z0-9._@+-]{0,126}[a-z0-9])?$/;
/** Printable, without the comma that separates them in a list. */
const groupName = /^[^\p{C}\p{Z},][^\p{C}\p{Zl}\p{Zp},]{0,127}$/u;
/** Said of nobody in particular. */
const reserved = new Set(["anonymous", "everyone", "system", "console", "me"]);
const maxGroups = 200;

/** @throws REQUEST_INVALID */
export function parseMemberName(text: string): string {
  if (!memberName.test(text)) {
    throw new RegistryError("REQUEST_INVALID", {
      message: "a name has 1 to 128 lower-case letters, digits and . _ @ + -, and begins and ends with a letter or digit",
    });
  }
  if (reserved.has(text)) throw new RegistryError("REQUEST_INVALID", { message: `'${text}' is reserved: choose another name` });
  return text;
}

/** @throws REQUEST_INVALID */
export function parseGroupName(text: string): string {
  if (groupName.test(text)) return text;
  throw new RegistryError("REQUEST_INVALID", { message: "a group name has 1 to 128 printable characters and no comma" });
}

/** Each once. @throws REQUEST_INVALID */
export function parseGroupNames(names: readonly string[]): string[] {
  if (names.length > maxGroups) throw new RegistryError("REQUEST_INVALID", { message: `at most ${maxGroups} groups` });
  return [...new Set(names.map(parseGroupName))].toSorted();
}
