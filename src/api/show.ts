// From rows to the wire: times become ISO 8601 or null, counts become null when nobody counts.

import type { Descriptor } from "../oci/manifest.ts";
import type { Tally } from "../store/list-live.ts";
import type { CountedList } from "../store/list-sort.ts";
import type { PullCounts } from "../wire/counts.ts";
import type { WireDescriptor } from "../wire/manifests.ts";

export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** 0 is never. */
export function toTimeOrNull(ms: number): string | null {
  return ms === 0 ? null : toTime(ms);
}

export function toTextOrNull(text: string): string | null {
  return text === "" ? null : text;
}

/** Undefined: not counted. */
export function toPullCounts(tally: Tally | undefined): PullCounts {
  if (tally === undefined) return { count: null, lastPulledAt: null, checks: null, lastCheckedAt: null };
  return {
    count: tally.pulls,
    lastPulledAt: toTimeOrNull(tally.lastPulledMs),
    checks: tally.checks,
    lastCheckedAt: toTimeOrNull(tally.lastCheckedMs),
  };
}

interface Moment {
  asOf: string | null;
  replaying: boolean;
}

export function toMoment(at: { readonly asOfMs: number | undefined; readonly replaying: boolean }): Moment {
  return { asOf: at.asOfMs === undefined ? null : toTime(at.asOfMs), replaying: at.replaying };
}

interface PageEnd {
  nextCursor?: string;
  prevCursor?: string;
  total?: number;
}
interface CountedPage<Item> extends PageEnd, Moment {
  items: Item[];
  orderedAsOf?: string;
}

/** The envelope of a list with counts. */
export function toCountedPage<Row, Item>(list: CountedList<Row>, toItem: (row: Row) => Item): CountedPage<Item> {
  return {
    items: list.items.map(toItem),
    ...toPageEnd(list),
    ...toMoment(list),
    ...(list.orderedAsOfMs !== undefined && { orderedAsOf: toTime(list.orderedAsOfMs) }),
  };
}

/** What follows the items of a page; absent where there is no such page or total. */
export function toPageEnd(list: Pick<CountedList<never>, "nextCursor" | "prevCursor" | "total">): PageEnd {
  return {
    ...(list.nextCursor !== undefined && { nextCursor: list.nextCursor }),
    ...(list.prevCursor !== undefined && { prevCursor: list.prevCursor }),
    ...(list.total !== undefined && { total: list.total }),
  };
}

export function toDescriptor({ mediaType, digest, size, artifactType, annotations }: Descriptor): WireDescriptor {
  return { mediaType, digest, size, artifactType: artifactType ?? null, annotations: { ...annotations } };
}
