// Places of the UI are references: /ui/r/NAME, /ui/r/NAME:TAG, /ui/r/NAME@DIGEST; of another registry /ui/x/ID/NAME and so on. Names hold
// neither `:` nor `@`, so a place reads one way only. Pure.

/** `registry` undefined: our own. At most one of tag and digest. */
export interface Place {
  readonly registry?: string | undefined;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const form = new RegExp(
  `^(${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@([a-z0-9]+:[0-9a-fA-F]+))?$`,
);

/** `team/app:v1` → its parts; undefined for what nothing can be called. */
export function parsePlace(text: string, registry?: string): Place | undefined {
  const [, repository, tag, digest] = form.exec(text) ?? [];
  if (repository === undefined) return undefined;
  return { registry, repository, ...(digest === undefined ? { tag } : { digest }) };
}

/** `team/app:v1` */
export function formatPlace({ repository, tag, digest }: Place): string {
  if (digest !== undefined) return `${repository}@${digest}`;
  return tag === undefined ? repository : `${repository}:${tag}`;
}

/** The path of the UI, for links. */
export function placePath(place: Place): string {
  const start = place.registry === undefined ? "/r" : `/x/${encodeURIComponent(place.registry)}`;
  return `${start}/${formatPlace(place)}`;
}

/** What stands in a URL's path after `/r/`: percent signs undone, once. */
export function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `4b0e1c92a3f1` */
export function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1, digest.indexOf(":") + 13);
}

/** Where clients reach the registry, without the scheme: what stands before a name in a pull command. */
export function hostOf(externalUrl: string): string {
  return new URL(externalUrl).host;
}

/** The only links of others that are links. */
export function isWebLink(text: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text);
}
