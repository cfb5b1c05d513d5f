// What has to be said beside numbers, on stderr, so that a table on stdout stays a table.

import type { Output } from "./environment.ts";

interface Moment {
  /** null: pulls are not counted; absent: there are no counts. */
  readonly asOf?: string | null | undefined;
  readonly replaying?: boolean | undefined;
  readonly orderedAsOf?: string | undefined;
}

export async function noteMoment(stderr: Output, { asOf, replaying, orderedAsOf }: Moment): Promise<void> {
  if (asOf === null) await stderr.write("pulls are not counted on this server (pulls.enabled is false)\n");
  if (replaying === true)
    await stderr.write("the server is still reading the journal of its last run: counts may grow for a moment\n");
  if (orderedAsOf !== undefined)
    await stderr.write(`so much is new that the order is that of ${orderedAsOf}; the numbers are exact\n`);
}
