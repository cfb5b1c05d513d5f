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

/** What comes before the image in a line for a shell, a Dockerfile or a manifest. */
const commands = new Set(["pull", "run", "create", "copy", "inspect", "tags", "FROM", "image:"]);
/** Options of Docker, Podman, skopeo, Helm and others whose value is the next word, and might read as an image. */
const takeValue = new Set(
  (
    "-e -h -l -m -o -p -u -v -w --add-host --arch --authfile --cpus --creds --dest-creds --entrypoint --env --env-file --expose " +
    "--format --gpus --hostname --label --memory --mount --name --network --os --output --override-arch --override-os --password " +
    "--platform --publish --pull --restart --src-creds --tmpfs --user --username --variant --version --volume --workdir"
  ).split(" "),
);

/** Undefined: nothing in it reads as a reference. */
export function parsePasted(text: string, hosts: KnownHosts): Pasted | undefined {
  const words = text
    .split(/\s+/)
    .map((word) => word.replaceAll(/^["'`]+|["'`,;\\]+$/g, ""))
    .filter((word) => word !== "");
  if (words.length <= 1) return parseWord(words[0] ?? "", hosts);
  const version = versionOf(words);
  const command = words.findIndex((word) => commands.has(word));
  const found = words.flatMap((word, at) => {
    if (word.startsWith("-") || takeValue.has(words[at - 1] ?? "")) return [];
    const pasted = withVersion(parseWord(word, hosts), word.startsWith("oci://") ? version : undefined);
    return pasted === undefined ? [] : [{ pasted, isNamed: isHosted(word, hosts), isAfter: at > command }];
  });
  const best = found.find(({ isNamed }) => isNamed) ?? found.find(({ pasted }) => pasted.isSure);
  if (best !== undefined) return best.pasted;
  const { pasted } = (command < 0 ? undefined : found.find(({ isAfter }) => isAfter)) ?? found.at(-1) ?? {};
  return pasted && { ...pasted, isSure: command >= 0 };
}

function versionOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^--version(?:=|$)/.test(word));
  return at < 0 ? undefined : words[at]!.includes("=") ? words[at]!.slice("--version=".length) : words[at + 1];
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

const hostForm = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

function splitWord(word: string): { scheme: string | undefined; first: string; others: string[] } {
  const [, scheme, rest] = /^(?:([a-z][a-z-]*):\/\/)?(.*)$/.exec(word)!;
  const [first = "", ...others] = rest!.split("/");
  return { scheme, first, others };
}

function knownAs(first: string, { registries }: KnownHosts): KnownHosts["registries"][number] | undefined {
  return registries.find(({ host }) => host === first || (dockerHub.has(host) && dockerHub.has(first)));
}

/** Behind a host that we know: no port, folder or platform reads so. */
function isHosted(word: string, hosts: KnownHosts): boolean {
  const { first, others } = splitWord(word);
  return others.length > 0 && (hosts.own.includes(first) || knownAs(first, hosts) !== undefined);
}

function parseWord(word: string, hosts: KnownHosts): Pasted | undefined {
  const { scheme, first, others } = splitWord(word);
  const isHost = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (isHost && !hostForm.test(first)) return undefined;
  if (!isHost) return scheme === undefined ? parseBare(word) : undefined;
  const path = others.join("/");
  if (hosts.own.includes(first)) {
    const place = scheme?.startsWith("http") === true ? placeOfUrl(path) : parsePlace(path);
    return place === undefined ? undefined : { place, isSure: true };
  }
  const known = knownAs(first, hosts);
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
