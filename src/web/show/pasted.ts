// What somebody pastes to get to an image: a reference with its host or without, a pull command around it, an address of the UI or of
// the distribution API. Pure.

import { placeOfPath } from "./place-path.ts";
import { parsePlace, type Place } from "./place.ts";

export interface KnownHosts {
  /** host[:port] under which this registry is reached. */
  readonly own: readonly string[];
  readonly registries: readonly { readonly name: string; readonly host: string }[];
}

export interface Pasted {
  readonly place?: Place;
  /** Named, and neither this registry nor another one that is shown here. */
  readonly unknownHost?: string;
  /** It says more than a word that one would type in search of a name. */
  readonly isSure: boolean;
}

const dockerHub = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** Undefined: nothing in it reads as a reference. */
export function parsePasted(text: string, hosts: KnownHosts): Pasted | undefined {
  const words = text
    .split(/\s+/)
    .map((word) => word.replaceAll(/^["'`]+|["'`,;\\]+$/g, ""))
    .filter((word) => word !== "");
  if (words.length <= 1) return parseWord(words[0] ?? "", hosts);
  const version = words[words.indexOf("--version") + 1];
  const found = words
    .filter((word, i) => !word.startsWith("-") && words[i - 1] !== "--version")
    .flatMap((word) => withVersion(parseWord(word, hosts), word.startsWith("oci://") ? version : undefined) ?? []);
  const best = found.find(({ isSure }) => isSure);
  return best ?? (found.length === 0 ? undefined : { ...found.at(-1)!, isSure: isCommand(words) });
}

/** `helm pull oci://host/name --version 1.2` */
function withVersion(pasted: Pasted | undefined, version: string | undefined): Pasted | undefined {
  const { place } = pasted ?? {};
  if (pasted === undefined || place === undefined || version === undefined) return pasted;
  // Helm writes + as _ in tags.
  return place.tag === undefined && place.digest === undefined
    ? { ...pasted, place: { ...place, tag: version.replaceAll("+", "_") } }
    : pasted;
}

function isCommand(words: readonly string[]): boolean {
  return words.some((word) => ["pull", "run", "copy", "inspect", "tags", "FROM", "image:"].includes(word));
}

function parseWord(word: string, hosts: KnownHosts): Pasted | undefined {
  const [, scheme, rest] = /^(?:([a-z][a-z-]*):\/\/)?(.*)$/.exec(word)!;
  const [first = "", ...others] = rest!.split("/");
  const isHost = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (!isHost) return scheme === undefined ? parseBare(word) : undefined;
  const path = others.join("/");
  if (hosts.own.includes(first)) {
    const place = scheme?.startsWith("http") === true ? placeOfUrl(path) : parsePlace(path);
    return place === undefined ? undefined : { place, isSure: true };
  }
  const known = hosts.registries.find(({ host }) => host === first || (dockerHub.has(host) && dockerHub.has(first)));
  const place = parsePlace(dockerHub.has(first) && !path.includes("/") ? `library/${path}` : path, known?.name);
  if (place === undefined) return undefined;
  return known === undefined ? { unknownHost: first, isSure: true } : { place, isSure: true };
}

/** Without a host it is ours; a digest alone is for the search. */
function parseBare(word: string): Pasted | undefined {
  if (/^sha\d+:[0-9a-f]*$/i.test(word)) return undefined;
  const place = parsePlace(word);
  return place && { place, isSure: place.tag !== undefined || place.digest !== undefined };
}

function placeOfUrl(path: string): Place | undefined {
  const clean = path.split(/[?#]/, 1)[0]!;
  if (clean.startsWith("ui/")) return placeOfPath(clean.slice(2));
  const [, repository, reference] = /^v2\/(.+)\/(?:manifests\/([^/]+)|tags\/list)$/.exec(clean) ?? [];
  if (repository === undefined) return parsePlace(clean);
  return parsePlace(reference === undefined ? repository : `${repository}${reference.includes(":") ? "@" : ":"}${reference}`);
}
