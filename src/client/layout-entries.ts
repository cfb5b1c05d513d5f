// The entries of a layout's index.json as values: who is called what, and who needs no entry.

import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { ParsedManifest } from "../oci/manifest.ts";
import { isTag, type Reference, type Tag } from "../oci/reference.ts";
import type { DeleteManifestOptions, PutManifestOptions } from "../oci/registry.ts";
import { nameAnnotation, type Entry } from "./layout-index.ts";

export type Entries = readonly Entry[];

/** Undefined also for a name that is no tag: other tools write whole references there. */
export function tagOf({ annotations }: Entry): Tag | undefined {
  const name = annotations?.[nameAnnotation];
  return name !== undefined && isTag(name) ? name : undefined;
}

/** In byte order. */
export function tagsOf(entries: Entries): Tag[] {
  const tags = entries.map(tagOf).filter((tag) => tag !== undefined);
  return [...new Set(tags)].toSorted((a, b) => (a < b ? -1 : 1));
}

export function findEntry(entries: Entries, { digest, tag }: Reference): Entry | undefined {
  return entries.find((entry) => (tag === undefined ? entry.digest === digest : tagOf(entry) === tag));
}

/** The name moves here from whatever had it, which stays without one when nothing else names it. */
export function withTag(entries: Entries, facts: Entry, tag: Tag): Entries {
  const others = withoutTag(entries, tag).filter((entry) => entry.digest !== facts.digest || nameOf(entry) !== undefined);
  return [...others, { ...facts, annotations: { [nameAnnotation]: tag } }];
}

/** The image stays, without this name. */
export function withoutTag(entries: Entries, tag: Tag): Entries {
  const named = entries.find((entry) => tagOf(entry) === tag);
  if (named === undefined) return entries;
  const others = entries.filter((entry) => entry !== named);
  if (others.some(({ digest }) => digest === named.digest)) return others;
  const { [nameAnnotation]: _, ...annotations } = named.annotations ?? {};
  return [...others, { ...named, annotations }];
}

/** Listed without a name, unless it is listed. */
export function withEntry(entries: Entries, facts: Entry): Entries {
  return entries.some(({ digest }) => digest === facts.digest) ? entries : [...entries, facts];
}

export function withoutDigest(entries: Entries, gone: Digest): Entries {
  return entries.filter(({ digest }) => digest !== gone);
}

/** Whoever has no name is found through its index, and needs no entry. */
export function withoutChildren(entries: Entries, { children }: Pick<ParsedManifest, "children">): Entries {
  const named = new Set(children.map(({ digest }) => digest));
  return entries.filter((entry) => nameOf(entry) !== undefined || !named.has(entry.digest));
}

/** @throws PRECONDITION_FAILED */
export function checkConditions(
  entries: Entries,
  reference: Reference,
  { ifMatch, ifNoneMatch }: Pick<PutManifestOptions & DeleteManifestOptions, "ifMatch" | "ifNoneMatch">,
): void {
  const current = findEntry(entries, reference)?.digest;
  const fails =
    (ifNoneMatch === true && current !== undefined) ||
    (ifMatch !== undefined && (current === undefined || !ifMatch.includes(current)));
  if (fails)
    throw new RegistryError("PRECONDITION_FAILED", { message: `it is ${current ?? "not there"}, not what was expected` });
}

function nameOf({ annotations }: Entry): string | undefined {
  return annotations?.[nameAnnotation];
}
