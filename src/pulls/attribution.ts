// Which requests of one client belong together: a HEAD by tag and the GET after it, an index and the child pulled right after.
// Remembered for a minute by a monotonic clock, and bounded: what is pushed out early is reported, so that it becomes a gap.

import { unattributed, type Attributed } from "./classify.ts";
import { IndexChildren, type ChildrenOf } from "./index-children.ts";
import { Entry, SightingLine, SightingLines } from "./sighting-line.ts";

/** A HEAD by tag, or the GET of an index. */
export interface Sighting {
  readonly kind: "head" | "index";
  readonly client: number;
  readonly address: string;
  readonly manifestId: number;
  /** Of a HEAD. */
  readonly tagEpoch: number;
  /** When it was counted. */
  readonly timeMs: number;
  /** How long ago that was, for what is remembered late (after a start, or given back). */
  readonly ageMs: number;
}

/** A GET answered 200. */
export interface Taking {
  readonly client: number;
  readonly manifestId: number;
  readonly digest: string;
  /** 0: by digest, which completes a HEAD of any tag. */
  readonly tagEpoch: number;
}

/** Memory, later Redis. */
export interface Attribution {
  remember(seen: Sighting): void;
  /** What this GET completes: a HEAD is handed out once, newest first. A promise only where an answer takes a moment. */
  take(get: Taking): Attributed | Promise<Attributed>;
}

export interface AttributionOptions {
  readonly childrenOf: ChildrenOf;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Sightings remembered altogether, and from one address. */
  readonly limit: number;
  readonly limitPerAddress: number;
  /** A sighting was forgotten before its time. */
  readonly onEvicted: () => void;
}

export const rememberedMs = 60_000;
/**
 * How long the first child of an index that nobody has looked up yet may wait for the catalogue. It has just asked the same database
 * for its own bytes; one that takes longer than this for a key has other troubles than a child counted as pulled directly.
 */
const learnMs = 500;

export class MemoryAttribution implements Attribution {
  readonly #options: AttributionOptions;
  readonly #children: IndexChildren;
  readonly #all = new SightingLine("all");
  readonly #byAddress = new SightingLines<string>("address");
  /** By a number mixed from client and manifest; two pairs may share one, so entries are compared in full. */
  readonly #heads = new SightingLines<number>("key");
  /** By client, then by index: only the newest pull of an index matters. */
  readonly #indexes = new Map<number, Map<number, Entry>>();

  constructor(options: AttributionOptions) {
    this.#options = options;
    this.#children = new IndexChildren(options.childrenOf);
  }

  /** Sightings that are remembered. */
  get size(): number {
    return this.#all.size;
  }

  remember(seen: Sighting): void {
    const now = this.#options.monotonic();
    while (this.#all.oldest !== undefined && now - this.#all.oldest.atMs > rememberedMs) this.#remove(this.#all.oldest);
    const entry = new Entry(seen, now - seen.ageMs);
    if (seen.kind === "head") this.#heads.push(headKey(seen.client, seen.manifestId), entry);
    else this.#rememberIndex(seen, entry);
    this.#all.push(entry);
    const ofAddress = this.#byAddress.push(seen.address, entry);
    if (ofAddress.size > this.#options.limitPerAddress) this.#evict(ofAddress.oldest!);
    if (this.#all.size > this.#options.limit) this.#evict(this.#all.oldest!);
  }

  #rememberIndex({ client, manifestId }: Sighting, entry: Entry): void {
    const before = this.#indexes.get(client)?.get(manifestId);
    if (before !== undefined) this.#remove(before);
    const indexes = this.#indexes.get(client) ?? new Map<number, Entry>();
    this.#indexes.set(client, indexes.set(manifestId, entry));
    void this.#children.learn(manifestId);
  }

  take(get: Taking): Attributed | Promise<Attributed> {
    const now = this.#options.monotonic();
    const head = this.#takeHead(get, now);
    if (head !== undefined) return { head };
    const indexes = get.tagEpoch === 0 ? this.#indexes.get(get.client) : undefined;
    if (indexes === undefined) return unattributed;
    const learning = this.#children.learningAny(indexes.keys());
    if (learning.length === 0) return this.#findParent(get, now);
    return within(learnMs, learning).then(() => this.#findParent(get, now));
  }

  #takeHead({ client, manifestId, tagEpoch }: Taking, now: number): Attributed["head"] {
    if (this.#all.size === 0) return undefined;
    for (let entry = this.#heads.get(headKey(client, manifestId))?.newest; entry !== undefined; entry = entry.keyOlder) {
      const { seen } = entry;
      if (seen.client !== client || seen.manifestId !== manifestId || now - entry.atMs > rememberedMs) continue;
      if (tagEpoch !== 0 && tagEpoch !== seen.tagEpoch) continue;
      this.#remove(entry);
      return { tagEpoch: seen.tagEpoch, timeMs: seen.timeMs };
    }
    return undefined;
  }

  #findParent({ client, digest }: Taking, now: number): Attributed {
    const parents = this.#children.parents(digest);
    const indexes = this.#indexes.get(client);
    if (parents === undefined || indexes === undefined) return unattributed;
    const [few, many] = parents.size < indexes.size ? [parents, indexes] : [indexes, parents];
    let newest: Entry | undefined;
    for (const id of few.keys()) {
      const entry = many.has(id) ? indexes.get(id) : undefined;
      if (entry === undefined || now - entry.atMs > rememberedMs) continue;
      if (newest === undefined || entry.atMs >= newest.atMs) newest = entry;
    }
    return newest === undefined ? unattributed : { parentId: newest.seen.manifestId };
  }

  #evict(entry: Entry): void {
    this.#remove(entry);
    this.#options.onEvicted();
  }

  #remove(entry: Entry): void {
    const { seen } = entry;
    this.#all.remove(entry);
    this.#byAddress.remove(seen.address, entry);
    if (seen.kind === "head") {
      this.#heads.remove(headKey(seen.client, seen.manifestId), entry);
      return;
    }
    const indexes = this.#indexes.get(seen.client)!;
    indexes.delete(seen.manifestId);
    if (indexes.size === 0) this.#indexes.delete(seen.client);
  }
}

function headKey(client: number, manifestId: number): number {
  return (client + manifestId * 0x9e3779b1) % Number.MAX_SAFE_INTEGER;
}

function within(ms: number, promises: readonly Promise<void>[]): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return Promise.race([promise, Promise.all(promises)]).finally(() => clearTimeout(timer));
}
