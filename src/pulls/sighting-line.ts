// Sightings in order of time, in three lines at once (all, of one address, of one key), each a linked list through the entries
// themselves: half a million of them may wait, and any may leave from the middle.

import type { Sighting } from "./attribution.ts";

export type LineName = "all" | "address" | "key";

export class Entry {
  readonly seen: Sighting;
  /** Monotonic. */
  readonly atMs: number;
  allOlder: Entry | undefined = undefined;
  allNewer: Entry | undefined = undefined;
  addressOlder: Entry | undefined = undefined;
  addressNewer: Entry | undefined = undefined;
  keyOlder: Entry | undefined = undefined;
  keyNewer: Entry | undefined = undefined;

  constructor(seen: Sighting, atMs: number) {
    this.seen = seen;
    this.atMs = atMs;
  }
}

export class SightingLine {
  readonly #older: `${LineName}Older`;
  readonly #newer: `${LineName}Newer`;
  oldest: Entry | undefined = undefined;
  newest: Entry | undefined = undefined;
  size = 0;

  constructor(name: LineName) {
    this.#older = `${name}Older`;
    this.#newer = `${name}Newer`;
  }

  push(entry: Entry): void {
    entry[this.#older] = this.newest;
    if (this.newest === undefined) this.oldest = entry;
    else this.newest[this.#newer] = entry;
    this.newest = entry;
    this.size++;
  }

  remove(entry: Entry): void {
    const older = entry[this.#older];
    const newer = entry[this.#newer];
    if (older === undefined) this.oldest = newer;
    else older[this.#newer] = newer;
    if (newer === undefined) this.newest = older;
    else newer[this.#older] = older;
    this.size--;
  }
}

/** The lines of one name, by a key; empty ones are dropped. */
export class SightingLines<Key> {
  readonly #name: LineName;
  readonly #lines = new Map<Key, SightingLine>();

  constructor(name: LineName) {
    this.#name = name;
  }
  get(key: Key): SightingLine | undefined {
    return this.#lines.get(key);
  }
  push(key: Key, entry: Entry): SightingLine {
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = new SightingLine(this.#name)));
    line.push(entry);
    return line;
  }
  remove(key: Key, entry: Entry): void {
    const line = this.#lines.get(key)!;
    line.remove(entry);
    if (line.size === 0) this.#lines.delete(key);
  }
}
