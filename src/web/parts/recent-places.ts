// The places that were opened last in this browser, for the palette. Who signs out takes them along.

import { placePath, type Place } from "../show/place.ts";
import { placeOfPath } from "../show/place-path.ts";
import { recall, remember, useRemembered } from "./remembered.ts";

const key = "recent";
const most = 20;

/** The latest first. */
export function useRecentPlaces(): Place[] {
  return read(useRemembered(key));
}

export function noteRecentPlace(place: Place): void {
  const path = placePath(place);
  const others = read(recall(key))
    .map(placePath)
    .filter((other) => other !== path);
  remember(key, JSON.stringify([path, ...others].slice(0, most)));
}

export function forgetRecentPlaces(): void {
  remember(key, null);
}

function read(text: string | null): Place[] {
  try {
    const paths: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(paths)) return [];
    return paths.flatMap((path) => (typeof path === "string" ? (placeOfPath(path) ?? []) : [])).slice(0, most);
  } catch {
    // Somebody else wrote there.
    return [];
  }
}
