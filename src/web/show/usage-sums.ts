// Usage of many tags in words and parts. Pure.

import type { UsageCounts, UsageState } from "../../wire/usage.ts";
import { formatCount } from "./count.ts";
import { usageOrder } from "./usage.ts";

export interface UsagePart {
  readonly state: UsageState;
  readonly tags: number;
  /** Undefined: not known. */
  readonly bytes: number | undefined;
  /** Of all tags, 0 to 1. */
  readonly share: number;
}

export function sumOf(counts: UsageCounts): number {
  return usageOrder.reduce((sum, state) => sum + counts[state], 0);
}

/** Always all five, in the order in which they are always shown. */
export function toParts(tags: UsageCounts, bytes?: UsageCounts): UsagePart[] {
  const all = Math.max(1, sumOf(tags));
  return usageOrder.map((state) => ({ state, tags: tags[state], bytes: bytes?.[state], share: tags[state] / all }));
}

/** The answer to "Is it used?". */
export function sayUsage(counts: UsageCounts, idleAfterDays: number | undefined): string {
  const all = sumOf(counts);
  const unused = counts.idle + counts.never;
  if (all === 0) return "There are no tags yet";
  if (counts.unknown === all) return all === 1 ? "Not known yet of its one tag" : `Not known yet of its ${formatCount(all)} tags`;
  const days = idleAfterDays === undefined ? "" : ` for ${idleAfterDays} d`;
  if (unused === 0 && counts.unknown > 0) return `No tag is known to be idle${days}`;
  if (counts.used === all)
    return all === 1 ? `Yes: its one tag is used` : `All of it: ${formatCount(all)} tags are used, none is idle${days}`;
  if (counts.new === all)
    return all === 1 ? "Its one tag is new: not pulled yet" : `All ${formatCount(all)} tags are new: not pulled yet`;
  if (unused === 0)
    return `No tag is idle${days}: ${formatCount(counts.used)} of ${formatCount(all)} are used, ${formatCount(counts.new)} new and not pulled yet`;
  const verb = unused === 1 ? "is" : "are";
  return `${formatCount(unused)} of ${formatCount(all)} ${all === 1 ? "tag" : "tags"} ${verb} idle${days} or ${unused === 1 ? "was" : "were"} never pulled`;
}
