// The names of a list (repositories of a registry, tags of a repository), read whole and kept sorted for a minute, each order made when
// it is first asked for. The registry's cache (client/cached-registry.ts) keeps them longer; this saves parsing and sorting.

import { createRegistryError } from "../oci/errors.ts";
import { createFlights } from "../client/flights.ts";
import { nameOrders, type NameOrderName } from "../oci/name-orders.ts";
import { compareRows, turnRows, type RowKey } from "./sorted-rows.ts";

/** For this long a list is not even looked up in the cache. */
const keptMs = 60_000;
/** A longer list is refused: its names and orders would fill the memory. */
const maxNames = 250_000;
/** Of all lists that are kept. */
const maxKeptNames = 500_000;

export class NameList {
  readonly names: readonly string[];
  readonly #orders = new Map<NameOrderName, readonly RowKey[]>();
  readonly #turned = new Map<NameOrderName, readonly RowKey[]>();

  constructor(names: readonly string[]) {
    this.names = names;
  }

  rows(order: NameOrderName, descending: boolean): readonly RowKey[] {
    let rows = this.#orders.get(order);
    if (rows === undefined) {
      const { keyOf } = nameOrders[order];
      rows = this.names.map((name) => ({ name, value: keyOf(name) })).sort((a, b) => compareRows(a, b, false));
      this.#orders.set(order, rows);
    }
    if (!descending) return rows;
    let turned = this.#turned.get(order);
    if (turned === undefined) {
      turned = turnRows(rows);
      this.#turned.set(order, turned);
    }
    return turned;
  }
}

export type ReadPages = (signal: AbortSignal) => AsyncIterable<readonly string[]>;

export interface NameLists {
  /** `isName`: what is kept of what the registry says; the rest is noise or hostile. @throws what reading throws */
  read(id: string, isName: (text: string) => boolean, pages: ReadPages, signal: AbortSignal): Promise<NameList>;
}

export function createNameLists(now: () => number): NameLists {
  const kept = new Map<string, { readonly list: NameList; readonly readMs: number }>();
  const flights = createFlights();
  let count = 0;
  const drop = (id: string): void => {
    count -= kept.get(id)?.list.names.length ?? 0;
    kept.delete(id);
  };
  const keep = (id: string, list: NameList): void => {
    drop(id);
    kept.set(id, { list, readMs: now() });
    count += list.names.length;
    for (const oldest of kept.keys()) {
      if (count <= maxKeptNames || kept.size === 1) break;
      drop(oldest);
    }
  };
  return {
    async read(id, isName, pages, signal) {
      const found = kept.get(id);
      if (found !== undefined && now() - found.readMs < keptMs) return found.list;
      return flights.join(id, signal, async (shared) => {
        const names = new Set<string>();
        for await (const page of pages(shared)) {
          for (const name of page) if (isName(name)) names.add(name);
          if (names.size > maxNames) throw tooLong();
        }
        // Most lists are the same a minute later, and then need not be sorted again.
        const before = kept.get(id)?.list;
        const list = before !== undefined && isSame(before.names, names) ? before : new NameList([...names]);
        keep(id, list);
        return list;
      });
    },
  };
}

function isSame(names: readonly string[], others: ReadonlySet<string>): boolean {
  let at = 0;
  for (const name of others) if (names[at++] !== name) return false;
  return at === names.length;
}

function tooLong(): Error {
  return createRegistryError("UNSUPPORTED", { message: `the list has more than ${maxNames} names, which is more than is read` });
}
