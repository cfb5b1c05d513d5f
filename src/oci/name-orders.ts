// Orders of names. Each turns a name into a key so that comparing keys as texts gives the order: databases can keep it in an index, and
// 100,000 names are sorted without parsing any of them twice. Keys of tags and repository names are printable ASCII.

export interface NameOrder {
  readonly keyOf: (name: string) => string;
}

/** A run of digits as text that compares by value: how many there are, then they themselves. Leading zeros do not count. */
function numberKey(digits: string): string {
  const value = digits.replace(/^0+/, "");
  return lengthKey(value.length) + value;
}

/** One character, and from `longest` on one more for each `longest`: a name has at most 255. */
function lengthKey(length: number): string {
  return length < longest ? String.fromCharCode(0x21 + length) : `~${lengthKey(length - longest)}`;
}
const longest = 90;

/** As people read: `app-2` before `app-10`. Digits keep their place among the other characters. */
export function naturalKey(name: string): string {
  return name.replaceAll(/\d+/g, (digits) => `0${numberKey(digits)}`);
}

const versionPattern =
  /^v?(?:(\d+)\.(\d+)(?:\.(\d+))?|(\d{1,4}))(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:[+_][0-9A-Za-z._-]*)?$/;
// Fields of a prerelease: none at all is the greatest, a number is smaller than a word, and the end of the list is smaller than either.
const numericField = "!";
const wordField = "#";
const wordEnd = " ";
const release = "$";

/**
 * Precedence of semver.org (section 11). Beyond it: a `v` in front, `1` and `1.2` for 1.0.0 and 1.2.0, leading zeros (24.04), and `_`
 * for the `+` that a tag cannot have. More than four digits alone are a date or a build. What is not a version comes before all that are.
 */
export function versionKey(name: string): string {
  const found = versionPattern.exec(name);
  if (found === null) return "";
  const [, major, minor = "0", patch = "0", alone, prerelease] = found;
  const fields = prerelease
    ?.split(".")
    .map((field) => (/^(?:0|[1-9]\d*)$/.test(field) ? numericField + numberKey(field) : wordField + field + wordEnd));
  return [major ?? alone!, minor, patch].map(numberKey).join("") + (fields?.join("") ?? release);
}

export const nameOrders = {
  name: { keyOf: (name) => name },
  natural: { keyOf: naturalKey },
  version: { keyOf: versionKey },
} as const satisfies Record<string, NameOrder>;
export type NameOrderName = keyof typeof nameOrders;
