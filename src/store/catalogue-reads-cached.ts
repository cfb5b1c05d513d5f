// Manifest look-ups remembered for as long as nothing in the database changed, so that many pulls between two pushes cost one
// question ("has anyone committed?") instead of four index walks and a copy of the body. Never stale: the question is asked each time.

import { formatReference } from "../oci/reference.ts";
import type { FoundBody, Reads } from "./catalogue-reads.ts";

const defaultBytes = 32 * 1024 * 1024;
/** What an entry costs beside its body. */
const entryBytes = 512;

/** `version` changes with every commit of anyone. At most `maxBytes` are kept, the oldest go first. */
export function cacheReads(reads: Reads, version: () => number, maxBytes: number = defaultBytes): Reads {
  const found = new Map<string, FoundBody>();
  let bytes = 0;
  let foundAt = -1;

  const remember = (key: string, row: FoundBody): void => {
    const cost = entryBytes + row.body.length;
    if (cost > maxBytes / 8) return;
    found.set(key, row);
    bytes += cost;
    for (const [oldest, { body }] of found) {
      if (bytes <= maxBytes) return;
      found.delete(oldest);
      bytes -= entryBytes + body.length;
    }
  };

  return {
    ...reads,
    async manifestWithBody(reference) {
      // Asked before the look-up: a commit between the two makes the next question clear what was found.
      const current = version();
      if (current !== foundAt) {
        found.clear();
        bytes = 0;
        foundAt = current;
      }
      const key = formatReference(reference);
      const known = found.get(key);
      if (known !== undefined) return known;
      const row = await reads.manifestWithBody(reference);
      if (row !== undefined && foundAt === current && !found.has(key)) remember(key, row);
      return row;
    },
  };
}
