// Where the reader was in a list, for coming back to it: as long as the page is loaded, for the lists visited last.

import type { Focus } from "./focus.ts";
import type { Expansion } from "./layout.ts";

interface Place {
  readonly key: string;
  readonly offset: number;
  readonly focus: Focus;
  readonly expansions: readonly Expansion[];
}

const kept = 20;
const places = new Map<string, Place>();

export function remember(place: Place): void {
  places.delete(place.key);
  places.set(place.key, place);
  for (const key of [...places.keys()].slice(0, -kept)) places.delete(key);
}

export function recall(key: string): Place | undefined {
  return places.get(key);
}
