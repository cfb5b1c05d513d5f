// What somebody pastes or types to get to something: a name, a reference with its host or without, a pull command around it, an address of
// the UI or of the distribution API. Everything in it that may be meant, the likeliest first; what exists is for others to say.

import { isHostPart } from "./image-reference.ts";
import { isRemoteName, isTag } from "./reference.ts";

export interface PastedReference {
  /** host[:port] as it stands there; undefined: it names none. */
  readonly host: string | undefined;
  readonly repository: string;
  readonly tag: string | undefined;
  /** Perhaps only the beginning of one. */
  readonly digest: string | undefined;
}

const quotes = /^["'`(]+|["'`),;\\]+$/g;
/** Helm says the tag of a chart apart from its name. */
const versionFlag = "--version";

export function parsePasted(text: string): PastedReference[] {
  const words = text
    .split(/\s+/)
    .map((word) => word.replaceAll(quotes, ""))
    .filter((word) => word !== "");
  const version = words.includes(versionFlag) ? words[words.indexOf(versionFlag) + 1] : undefined;
  return words
    .filter((word, at) => !word.startsWith("-") && words[at - 1] !== versionFlag)
    .flatMap((word) => parseWord(word) ?? [])
    .map((found) => withVersion(found, version))
    .map((found, at) => ({ found, likely: [found.digest, found.tag, found.host, found.repository.includes("/")], at }))
    .sort((a, b) => weight(b.likely) - weight(a.likely) || b.at - a.at)
    .map(({ found }) => found);
}

const weight = (signs: readonly unknown[]): number => signs.filter(Boolean).length;

function withVersion(found: PastedReference, version: string | undefined): PastedReference {
  if (version === undefined || found.tag !== undefined || found.digest !== undefined) return found;
  // Tags know no +, so Helm writes _ instead.
  const tag = version.replaceAll("+", "_");
  return isTag(tag) ? { ...found, tag } : found;
}

function parseWord(word: string): PastedReference | undefined {
  const [, scheme = "", rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/i.exec(word)!;
  const slash = rest.indexOf("/");
  const first = slash === -1 ? "" : rest.slice(0, slash);
  if (!isHostPart(first)) return scheme === "" ? parseReference(rest) : undefined;
  const path = rest.slice(slash + 1);
  const found = parseReference(scheme.startsWith("http") ? referenceOfPath(path) : path);
  return found && { ...found, host: first.toLowerCase() };
}

/** The reference in the path of an address: /ui/r/NAME:TAG, /v2/NAME/manifests/REFERENCE, or the reference itself. */
function referenceOfPath(path: string): string {
  const clean = path.split(/[?#]/, 1)[0]!;
  const [, named, reference] = /^v2\/(.+)\/manifests\/([^/]+)$/.exec(clean) ?? [];
  if (named !== undefined) return `${named}${reference!.includes(":") ? "@" : ":"}${reference!}`;
  return clean.replace(/^ui\/r\//, "");
}

function parseReference(text: string): PastedReference | undefined {
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.indexOf(":");
  const repository = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  if (!isRemoteName(repository) || (tag !== undefined && !isTag(tag))) return undefined;
  if (digest !== undefined && !isDigestStart(digest)) return undefined;
  // A digest by itself: its algorithm is no repository.
  if (digest === undefined && isDigestStart(text)) return undefined;
  return { host: undefined, repository, tag, digest };
}

/** sha256: and any number of hexadecimal digits */
export function isDigestStart(text: string): boolean {
  return /^sha(?:256:[0-9a-f]{0,64}|512:[0-9a-f]{0,128})$/.test(text);
}
