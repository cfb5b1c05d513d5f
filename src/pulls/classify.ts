// What counts: the table of design.md section 7 as one pure function. Whoever attributes, journals or sums follows its answer.

import type { PullEvent } from "./event.ts";

/** What attribution knows about a GET by the same client within the last minute. */
export interface Attributed {
  /** The HEAD by tag that this GET completes: its check is taken back. */
  readonly head?: { readonly tagEpoch: number; readonly timeMs: number };
  /** The index that the client has just pulled and that names this manifest. */
  readonly parentId?: number;
}
export const unattributed: Attributed = {};

export type Effect =
  /** Only asked whether it has changed: check +1. */
  | "check"
  /** Pull +1 of the tag and, via tag, of the manifest. */
  | "by-tag"
  /** The same, and the check of the HEAD before it is taken back. */
  | "by-tag-after-head"
  /** Pull +1 of the manifest. */
  | "direct"
  /** Pull +1 of the manifest, via its index: the image is still one pull of the repository. */
  | "as-child";

/** Whether the answered request counts at all; our own scanner, replication and proxy fill do not. */
export function isCounted(event: PullEvent, principalsNotCounted: ReadonlySet<number>): boolean {
  return (event.status === 200 || event.status === 304) && !principalsNotCounted.has(event.principal);
}

/** The effect of a counted request; `attributed` is `unattributed` for a HEAD, a 304, and with `pulls.attribution: false`. */
export function classify(event: Pick<PullEvent, "method" | "status" | "byTag">, attributed: Attributed): Effect {
  if (event.method === "HEAD" || event.status === 304) return "check";
  if (attributed.head !== undefined) return "by-tag-after-head";
  if (event.byTag) return "by-tag";
  return attributed.parentId === undefined ? "direct" : "as-child";
}
