// Reading what a list shows of each row: several rows at a time, until a deadline. One row's trouble is told in that row alone; what
// will fail for every row (no connection, a limit reached) is asked once.

import { createFlights } from "../client/flights.ts";
import { createRegistryError, RegistryError, type ErrorKind } from "../oci/errors.ts";
import type { DigestReference } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { createImageMemory, type ImageFacts } from "./images.ts";
import { mapBounded } from "../client/map-bounded.ts";
import { createNameLists, type NameLists } from "./name-lists.ts";
import type { Walks } from "../client/walks.ts";

export interface ReadingOptions {
  readonly registry: Registry & Walks;
  readonly now: () => number;
  /** Rows that are read at once. The client has limits of its own for each host. */
  readonly concurrency: number;
  /** Milliseconds for one answer. */
  readonly deadlineMs: number;
}

export interface Reading {
  readonly registry: Registry & Walks;
  readonly lists: NameLists;
  readonly image: (reference: DigestReference, signal: AbortSignal) => Promise<ImageFacts>;
  /** Equal work under way is done once. */
  readonly join: ReturnType<typeof createFlights>["join"];
  /** Calls `work` with a signal that ends it at the deadline. @throws TIMEOUT (status 504), and what `work` throws */
  inTime<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
  /** Every row in order; `failed` makes the row of a name that could not be read. */
  rows<Row>(
    names: readonly string[],
    signal: AbortSignal,
    read: (name: string, signal: AbortSignal) => Promise<Row>,
    failed: (name: string, problem: string) => Row,
  ): Promise<Row[]>;
}

/** What the next row would meet, too. */
const general: readonly ErrorKind[] = ["rate limited", "connection", "timeout", "auth"];
const lateSentence = "this was not read in time; ask again, what was read by now is remembered";

export function createReading({ registry, now, concurrency, deadlineMs }: ReadingOptions): Reading {
  const { join } = createFlights();
  return {
    registry,
    lists: createNameLists(now),
    image: createImageMemory(registry),
    join,
    async inTime(work) {
      const signal = AbortSignal.timeout(deadlineMs);
      try {
        return await work(signal);
      } catch (error) {
        if (!signal.aborted || error instanceof RegistryError) throw error;
        const message = `the registry did not answer everything within ${deadlineMs / 1000} s; ask again, what was read by now is remembered`;
        throw createRegistryError("TIMEOUT", { message, status: 504, cause: error });
      }
    },
    rows(names, signal, read, failed) {
      let stopped: string | undefined;
      return mapBounded(names, concurrency, async (name) => {
        if (signal.aborted) return failed(name, lateSentence);
        if (stopped !== undefined) return failed(name, stopped);
        try {
          return await read(name, signal);
        } catch (error) {
          if (signal.aborted) return failed(name, lateSentence);
          if (!(error instanceof RegistryError)) throw error;
          if (general.includes(error.kind)) stopped = error.message;
          return failed(name, error.message);
        }
      });
    },
  };
}

/** @throws REQUEST_INVALID when an order or a filter would need more reading than is done for one answer */
export function refuseTooMany(count: number, most: number, what: string, need: string): void {
  if (count <= most) return;
  throw new RegistryError("REQUEST_INVALID", {
    message: `${need} needs to read all ${count} ${what}, and at most ${most} are read for one answer: narrow it down with search, or sort by name, natural or version`,
  });
}

/** Whether a name contains the text, whatever the case. */
export function matcher(search: string | undefined): (row: { readonly name: string }) => boolean {
  if (search === undefined || search === "") return () => true;
  const wanted = search.toLowerCase();
  return ({ name }) => name.toLowerCase().includes(wanted);
}
