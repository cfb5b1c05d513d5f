// The places that their reader opened last in this browser, for the palette. They are nobody else's: who leaves takes them along, and what
// somebody left whose session ended while nobody looked is not read.

import { useQueryClient, type Query } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import type { SessionAnswer } from "../../wire/session.ts";
import { useSession } from "../ask/live.ts";
import { whenReaderLeaves } from "../ask/session.ts";
import { placePath, type Place } from "../show/place.ts";
import { placeOfPath } from "../show/place-path.ts";
import { recall, remember, useRemembered } from "./remembered.ts";

const key = "recent";
const most = 20;

interface Recent {
  /** The name of whose they are; "" of who has not signed in. */
  readonly of: string;
  readonly paths: readonly string[];
}

/** The latest first. */
export function useRecentPlaces(): Place[] {
  const session = useSession();
  const text = useRemembered(key);
  return session === undefined ? [] : read(text, nameOf(session));
}

/** Notes the place that is open as soon as something of it has come: what is missing, or hidden, is no place. */
export function useRecentWatch(): void {
  const data = useQueryClient();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const session = useSession();
  const of = session && nameOf(session);
  useEffect(() => {
    const place = placeOfPath(path);
    if (place === undefined || of === undefined) return undefined;
    const cache = data.getQueryCache();
    const isThere = ({ queryKey, state }: Query): boolean => state.data !== undefined && isAbout(place, queryKey);
    if (cache.getAll().some(isThere)) return note(place, of);
    const stop = cache.subscribe(({ type, query }) => {
      if (type !== "updated" || !isThere(query)) return;
      stop();
      note(place, of);
    });
    return stop;
  }, [data, path, of]);
}

/** Whether an answer to this question tells of `place`; see ask/queries.ts for the parts of keys. */
function isAbout({ registry, repository, tag, digest }: Place, [noun, path, query]: readonly unknown[]): boolean {
  const asked = query as Partial<Place> | undefined;
  if (asked?.repository !== repository || asked.registry !== registry) return false;
  const reference = digest ?? tag;
  return reference === undefined || (noun === "manifest" && path === `/manifests/${encodeURIComponent(reference)}`);
}

function note(place: Place, of: string): void {
  const path = placePath(place);
  const others = read(recall(key), of)
    .map(placePath)
    .filter((other) => other !== path);
  const recent: Recent = { of, paths: [path, ...others].slice(0, most) };
  remember(key, JSON.stringify(recent));
}

whenReaderLeaves(() => remember(key, null));

function nameOf({ kind, name }: SessionAnswer): string {
  return kind === "anonymous" ? "" : name;
}

function read(text: string | null, name: string): Place[] {
  try {
    const { of, paths } = JSON.parse(text ?? "{}") as { [Key in keyof Recent]?: unknown };
    if (of !== name || !Array.isArray(paths)) return [];
    return paths.flatMap((path) => (typeof path === "string" ? (placeOfPath(path) ?? []) : [])).slice(0, most);
  } catch {
    // Somebody else wrote there.
    return [];
  }
}
