// Sums that the database does not have yet, per slice; a slice is what one journal segment holds. What would surprise: a view
// keeps the slices it was opened with, dropped or not, so a read never loses a slice that its snapshot of the database lacks.

import type { ContentKind, CountedKind } from "../store/schema.ts";
import { countedKinds, talliesOf, tallyFields as f, type Sums, type Tallies } from "./sums.ts";

/** Signed: a HEAD that was taken back counts -1. */
export interface Tally {
  readonly id: number;
  readonly repositoryId: number;
  readonly pulls: number;
  readonly checks: number;
  readonly lastPulledMs: number;
  readonly lastCheckedMs: number;
  readonly tagPulls: number;
  readonly childPulls: number;
  readonly lastDirectMs: number;
  readonly lastChildMs: number;
  readonly lastTagMs: number;
  readonly lastTag: number;
}

export interface HourTally {
  readonly startMs: number;
  readonly pulls: number;
  readonly checks: number;
}

/** What was unfolded when the view was opened: open it before the snapshot of the database, ask it afterwards. */
export interface LiveView {
  /** Ask the snapshot which of these its totals contain already (`selectAppliedSegments`). */
  readonly slices: readonly string[];
  /** Ids with sums, a birth or a death; of every repository when `repositoryId` is undefined. */
  dirty(kind: ContentKind, repositoryId?: number): Promise<number[]>;
  /** Ids with a birth: they may have no row in the database. */
  born(kind: ContentKind, repositoryId?: number): Promise<number[]>;
  /** Sums of those `ids` that have any, without the slices in `applied`. */
  deltas(kind: CountedKind, ids: Iterable<number>, applied: ReadonlySet<string>): Promise<ReadonlyMap<number, Tally>>;
  /** The same per hour, of these ids together; hours may repeat. */
  hours(kind: CountedKind, ids: readonly number[], applied: ReadonlySet<string>): Promise<HourTally[]>;
}

/** Memory, later Redis. */
export interface LiveCounters {
  /** The absolute sums of a slice: putting twice is harmless. May keep the reference, so put again after a change. */
  put(slice: string, sums: Sums): void;
  view(): Promise<LiveView>;
  /** The slice is folded: later views lack it, earlier ones keep it. */
  drop(slice: string): void;
}

export function createMemoryCounters(): LiveCounters {
  const slices = new Map<string, Sums>();
  return {
    put: (slice, sums) => void slices.set(slice, sums),
    drop: (slice) => void slices.delete(slice),
    view: async () => openView(new Map(slices)),
  };
}

const none: ReadonlySet<string> = new Set();

/** A row of `Tallies`; what a kind does not have is 0. */
function toTally(data: Float64Array, at: number, width: number): Tally {
  const field = (offset: number): number => (offset < width ? data[at + offset]! : 0);
  return {
    id: field(f.id),
    repositoryId: field(f.repositoryId),
    pulls: field(f.pulls),
    checks: field(f.checks),
    lastPulledMs: field(f.lastPulledMs),
    lastCheckedMs: field(f.lastCheckedMs),
    tagPulls: field(f.tagPulls),
    childPulls: field(f.childPulls),
    lastDirectMs: field(f.lastDirectMs),
    lastChildMs: field(f.lastChildMs),
    lastTagMs: field(f.lastTagMs),
    lastTag: field(f.lastTag),
  };
}

/** Sums add up, times only move forward, and the tag goes with the latest of its times. */
export function addTally(to: Tally | undefined, from: Tally): Tally {
  if (to === undefined) return from;
  const newer = from.lastTagMs >= to.lastTagMs && from.lastTag !== 0;
  return {
    ...to,
    pulls: to.pulls + from.pulls,
    checks: to.checks + from.checks,
    lastPulledMs: Math.max(to.lastPulledMs, from.lastPulledMs),
    lastCheckedMs: Math.max(to.lastCheckedMs, from.lastCheckedMs),
    tagPulls: to.tagPulls + from.tagPulls,
    childPulls: to.childPulls + from.childPulls,
    lastDirectMs: Math.max(to.lastDirectMs, from.lastDirectMs),
    lastChildMs: Math.max(to.lastChildMs, from.lastChildMs),
    lastTagMs: Math.max(to.lastTagMs, from.lastTagMs),
    lastTag: newer ? from.lastTag : to.lastTag,
  };
}

function openView(slices: ReadonlyMap<string, Sums>): LiveView {
  /** The rows of a kind, hour by hour. */
  function* tallies(kind: CountedKind, applied: ReadonlySet<string>): Generator<[startMs: number, rows: Tallies]> {
    for (const [slice, sums] of slices) {
      if (applied.has(slice)) continue;
      for (const [startMs, hour] of sums.hours) yield [startMs, talliesOf(hour, kind)];
    }
  }
  return {
    slices: [...slices.keys()],
    async dirty(kind, repositoryId) {
      const ids = new Set<number>();
      const add = (id: number, of: number): void => {
        if (repositoryId === undefined || of === repositoryId) ids.add(id);
      };
      for (const [, { data, width, size }] of tallies(kind, none)) {
        for (let at = 0; at < size * width; at += width) add(data[at]!, data[at + f.repositoryId]!);
      }
      for (const sums of slices.values()) {
        for (const [id, life] of sums.lives[countedKinds.indexOf(kind)]!) add(id, life.repositoryId);
      }
      return [...ids];
    },
    async born(kind, repositoryId) {
      const ids = new Set<number>();
      for (const sums of slices.values()) {
        for (const [id, life] of sums.lives[countedKinds.indexOf(kind)]!) {
          if (life.live && (repositoryId === undefined || life.repositoryId === repositoryId)) ids.add(id);
        }
      }
      return [...ids];
    },
    async deltas(kind, ids, applied) {
      const found = new Map<number, Tally>();
      const wanted = [...ids];
      for (const [, rows] of tallies(kind, applied)) {
        for (const id of wanted) {
          const at = rows.find(id);
          if (at >= 0) found.set(id, addTally(found.get(id), toTally(rows.data, at, rows.width)));
        }
      }
      return found;
    },
    async hours(kind, ids, applied) {
      const found: HourTally[] = [];
      for (const [startMs, rows] of tallies(kind, applied)) {
        for (const id of ids) {
          const at = rows.find(id);
          if (at >= 0) found.push({ startMs, pulls: rows.data[at + f.pulls]!, checks: rows.data[at + f.checks]! });
        }
      }
      return found;
    },
  };
}
