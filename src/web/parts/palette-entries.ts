// What the palette offers for a text: the place that it names first, then pages, places of before, and what the server finds. The server
// is asked when the typing pauses; an answer that nobody waits for any more is aborted.

import { useQuery } from "@tanstack/react-query";
import { useStatus } from "../ask/live.ts";
import { registries, search } from "../ask/queries.ts";
import type { SearchAnswer } from "../../wire/search.ts";
import { parsePasted, type Pasted } from "../show/pasted.ts";
import { formatPlace, hostOf, placePath, shortDigest, type Place } from "../show/place.ts";
import { usePages } from "./nav.tsx";
import { useRecentPlaces } from "./recent-places.ts";

export interface PaletteEntry {
  readonly group: string;
  readonly text: string;
  readonly to: string;
  readonly note?: string | undefined;
}
interface Found {
  readonly entries: readonly PaletteEntry[];
  /** What cannot be shown as an entry. */
  readonly sentence?: string | undefined;
}

const maxQuery = 400;

/** `settled`: the text as it was when the typing paused. */
export function usePaletteEntries(text: string, settled: string): Found {
  const status = useStatus();
  const others = useQuery(registries()).data?.items ?? [];
  const pages = usePages();
  const recent = useRecentPlaces();
  const own = [location.host, ...(status?.externalUrl == null ? [] : [hostOf(status.externalUrl)])];
  const pasted = parsePasted(text, { own, registries: others });
  const question = questionOf(settled, parsePasted(settled, { own, registries: others }));
  const asked = useQuery({ ...search(question), enabled: question !== "", retry: false });
  const answer = question === "" ? undefined : asked.data;
  const isAnswered = text === settled && asked.isSuccess && !asked.isPlaceholderData;

  const entries: PaletteEntry[] = [
    ...named(pasted, answer, isAnswered),
    ...(text === "" ? recentEntries(recent) : []),
    ...pages
      .filter(({ name, words }) => fits(text, `${name} ${words}`))
      .map(({ name, to }) => ({ group: "Pages", text: name, to })),
    ...(text === "" ? [] : recentEntries(recent.filter((place) => fits(text, formatPlace(place))))),
    // What an answer to older letters has found is offered only where it is found by these, too.
    ...(text === "" || answer === undefined ? [] : hits(answer).filter((hit) => isAnswered || fits(text, hit.text))),
  ];
  return {
    entries: unique(entries),
    sentence: sentenceOf(pasted, { isAnswered, isEmpty: entries.length === 0, error: asked.error }),
  };
}

/** A command is asked as the reference in it: of hosts the server knows its own only. */
function questionOf(text: string, pasted: Pasted | undefined): string {
  if (pasted?.unknownHost !== undefined) return "";
  const { place } = pasted ?? {};
  if (place?.registry !== undefined) return "";
  return (place === undefined ? text : formatPlace(place)).slice(0, maxQuery);
}

/** What the text names. Of other registries nobody is asked before it is opened; here the server has the last word. */
function named(pasted: Pasted | undefined, answer: SearchAnswer | undefined, isAnswered: boolean): PaletteEntry[] {
  const exact = isAnswered ? answer?.place : undefined;
  if (exact != null) return [placeEntry("Open", toPlace(exact))];
  const { place } = pasted ?? {};
  if (place === undefined) return [];
  if (place.registry !== undefined) return [placeEntry("Open", place, `in ${place.registry}`)];
  return pasted!.isSure && !isAnswered ? [placeEntry("Open", place)] : [];
}

function toPlace({ repository, tag, digest }: NonNullable<SearchAnswer["place"]>): Place {
  return { repository, ...(digest === null ? { tag: tag ?? undefined } : { digest }) };
}

function hits({ repositories, tags, digests }: SearchAnswer): PaletteEntry[] {
  return [
    ...repositories.map(({ name }) => placeEntry("Repositories", { repository: name })),
    ...tags.map((place) => placeEntry("Tags", place)),
    ...digests.map((place) => placeEntry("Digests", place, shortDigest(place.digest))),
  ];
}

function recentEntries(places: readonly Place[]): PaletteEntry[] {
  return places.map((place) => placeEntry("You were here", place, place.registry && `in ${place.registry}`));
}

function placeEntry(group: string, place: Place, note?: string): PaletteEntry {
  const text = place.digest === undefined ? formatPlace(place) : `${place.repository}@${shortDigest(place.digest)}`;
  return { group, text, to: placePath(place), note };
}

/** The first of those that lead to the same place. */
function unique(entries: readonly PaletteEntry[]): PaletteEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ to }) => !seen.has(to) && seen.add(to));
}

function fits(text: string, words: string): boolean {
  const all = words.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

interface Outcome {
  readonly isAnswered: boolean;
  readonly isEmpty: boolean;
  readonly error: Error | null;
}

function sentenceOf(pasted: Pasted | undefined, { isAnswered, isEmpty, error }: Outcome): string | undefined {
  if (pasted?.unknownHost !== undefined) return `${pasted.unknownHost} is neither this registry nor one that it shows.`;
  if (error !== null) return `The registry could not be searched: ${error.message}.`;
  return isEmpty && isAnswered ? "Nothing here is called so, and no digest begins so." : undefined;
}
