// What stands in a card of Home before the overview has come, or in its place.

import type { ReactNode } from "react";
import type { Overview } from "../../wire/overview.ts";
import { Unknown, Waiting } from "../parts/cards.tsx";

export interface PartProps {
  readonly overview: Overview | undefined;
  readonly error: Error | null;
}

/** On its way, or not to be had: the error itself is said once, above. */
export function Missing({ lines, error }: { lines: number; error: Error | null }): ReactNode {
  return error === null ? <Waiting lines={lines} /> : <Unknown>Not known.</Unknown>;
}
