// Users out of an htpasswd file, as Apache, nginx and other registries keep them. Only bcrypt is taken: MD5, SHA-1, crypt and plain text
// are no protection for a password. What would surprise: mistakes name the line and nothing that stands in it.

import { RegistryError } from "../oci/errors.ts";
import { bcryptCost, isBcrypt } from "./bcrypt.ts";

export interface HtpasswdUser {
  readonly name: string;
  /** bcrypt, of `$2a$`, `$2b$` or `$2y$`. */
  readonly hash: string;
}

const maxUsers = 10_000;
const maxMistakes = 10;

/**
 * All users of the file, in its order; whether a name is a good one is for `checkName` to say, which throws.
 * @throws REQUEST_INVALID with all mistakes (the first ten), each with its line
 */
export function parseHtpasswd(text: string, checkName: (name: string) => void): HtpasswdUser[] {
  const users = new Map<string, { readonly user: HtpasswdUser; readonly line: number }>();
  const mistakes: string[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    if (content.trim() === "" || content.startsWith("#")) continue;
    const user = splitLine(content);
    const earlier = users.get(user.name);
    const mistake = earlier === undefined ? mistakeOf(user, checkName) : `has the same name as line ${earlier.line}`;
    if (mistake === undefined) users.set(user.name, { user, line });
    else mistakes.push(`line ${line} ${mistake}`);
  }
  if (users.size > maxUsers) mistakes.push(`there are more than ${maxUsers} users`);
  if (users.size === 0 && mistakes.length === 0) mistakes.push("there is no user in it; lines are NAME:HASH");
  if (mistakes.length === 0) return [...users.values()].map(({ user }) => user);
  const more = mistakes.length > maxMistakes ? [`and ${mistakes.length - maxMistakes} more`] : [];
  throw new RegistryError("REQUEST_INVALID", {
    message: `the htpasswd file cannot be taken: ${[...mistakes.slice(0, maxMistakes), ...more].join("; ")}`,
  });
}

function splitLine(line: string): HtpasswdUser {
  const colon = line.indexOf(":");
  return colon === -1
    ? { name: "", hash: line.trim() }
    : { name: line.slice(0, colon).trim(), hash: line.slice(colon + 1).trim() };
}

/** A clause that goes on from "line 3"; undefined: the line is good. */
function mistakeOf({ name, hash }: HtpasswdUser, checkName: (name: string) => void): string | undefined {
  if (name === "") return "has no name; lines are NAME:HASH";
  if (!isBcrypt(hash)) {
    const again = "make it anew with `htpasswd -B`";
    const cost = bcryptCost(hash);
    if (cost !== undefined) return `has a bcrypt hash of cost ${cost}, and from 4 to 14 are taken; ${again}`;
    return `has ${formatOf(hash)}, and only bcrypt ($2a$, $2b$, $2y$) is taken; ${again}`;
  }
  try {
    checkName(name);
    return undefined;
  } catch (error) {
    if (error instanceof RegistryError) return `has a name that cannot be taken: ${error.message}`;
    throw error;
  }
}

const formats: readonly (readonly [RegExp, string])[] = [
  [/^\$(?:apr1|1)\$/, "an MD5 hash"],
  [/^\{SHA\}/, "a SHA-1 hash"],
  [/^\$5\$/, "a SHA-256 crypt hash"],
  [/^\$6\$/, "a SHA-512 crypt hash"],
  [/^\$2/, "a broken bcrypt hash"],
  [/^\$argon2/, "an argon2 hash"],
  [/^\{/, "an LDAP hash"],
  [/^[./A-Za-z0-9]{13}$/, "what looks like a DES crypt hash"],
];

function formatOf(hash: string): string {
  return formats.find(([form]) => form.test(hash))?.[1] ?? "no known hash, perhaps a password in plain text";
}
