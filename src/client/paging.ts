// Walking the pages of a list of another registry (distribution-spec "Listing Tags"; RFC 8288). What would surprise: a list that runs
// in circles ends with a warning, but one that is too long is an error: what is cut off must never pass for the whole.

import { createRegistryError } from "../oci/errors.ts";
import type { Json } from "../oci/json.ts";
import { nextPage } from "./link.ts";
import { requestOf, type Operations } from "./operation.ts";
import type { ClientResponse } from "./request.ts";
import type { Scope } from "./scope.ts";

/** Bytes of one page. */
export const maxPageBytes = 8 * 1024 * 1024;
const maxPages = 10_000;

export interface RemoteList<Item> {
  /** Without a query. */
  readonly path: string;
  readonly scopes: readonly Scope[];
  /** Of manifests never: some registries then refuse the list. */
  readonly accept: string;
  /** The entries of a page as they came, and those that are usable. Undefined: this is not such a page. */
  read(body: Json): { readonly raw: readonly unknown[]; readonly items: readonly Item[] } | undefined;
  keyOf(item: Item): string;
}

export interface WalkOptions {
  /** Items of a page. Only sent when given: some registries refuse numbers that others welcome. */
  readonly n?: number | undefined;
  readonly last?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The answer that holds the first page, where it was asked for already. */
  readonly first?: ClientResponse;
  readonly maxPages?: number;
}

/**
 * The pages in the registry's own order. Ends where there is no link to a next page, also when pages begin to repeat (warns).
 * A page of exactly `n` items without a link is not taken for the last one.
 * @throws PROTOCOL_VIOLATED when a page is no list, is larger than 8 MiB or when there are more than `maxPages` (10,000)
 */
export async function* walkPages<Item>(
  operations: Operations,
  list: RemoteList<Item>,
  options: WalkOptions = {},
): AsyncGenerator<readonly Item[]> {
  const { n, signal, maxPages: most = maxPages } = options;
  const asked = new Set<string>();
  const begun = new Set<string>();
  let url = pageUrl(list.path, n, options.last);
  let response = options.first;
  let linked = false;
  for (let page = 0; page < most; page++) {
    asked.add(url);
    response ??= await operations.send({ method: "GET", url, scopes: list.scopes, headers: { accept: list.accept }, signal });
    const { items, raw } = await readPage(list, response);
    const link = nextPage(response.header("link"), list.path);
    response = undefined;
    const begin = items[0] === undefined ? undefined : list.keyOf(items[0]);
    // The same page again. Without a link that only means that the registry ignores `last`, and that all was told.
    if (begin !== undefined && begun.has(begin)) return linked ? warnOfCircle(operations, list) : undefined;
    if (begin !== undefined) begun.add(begin);
    if (items.length > 0) yield items;
    const end = raw.at(-1);
    const next =
      link ?? (n !== undefined && raw.length === n && typeof end === "string" ? pageUrl(list.path, n, end) : undefined);
    if (next === undefined) return;
    if (asked.has(next)) return warnOfCircle(operations, list);
    linked = link !== undefined;
    url = next;
  }
  throw createRegistryError("PROTOCOL_VIOLATED", { message: `${list.path} has more than ${most} pages: the list is incomplete` });
}

function warnOfCircle({ warn }: Operations, { path }: RemoteList<unknown>): void {
  warn(`${path}: the link to the next page leads to one that was already read; the list ends there`);
}

function pageUrl(path: string, n: number | undefined, last: string | undefined): string {
  const query = [];
  if (n !== undefined) query.push(`n=${n}`);
  if (last !== undefined) query.push(`last=${encodeURIComponent(last)}`);
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}

async function readPage<Item>(
  list: RemoteList<Item>,
  response: ClientResponse,
): Promise<{ raw: readonly unknown[]; items: readonly Item[] }> {
  const body = readBody(await response.bytes(maxPageBytes));
  const page = body === undefined ? undefined : list.read(body);
  if (page !== undefined) return page;
  throw createRegistryError("PROTOCOL_VIOLATED", {
    message: `${response.url.host} answered ${list.path} with something that is not such a list`,
    request: requestOf("GET", response),
  });
}

function readBody(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch {
    return undefined; // said by the caller, who knows what was asked
  }
}

/** The strings of a list that may be missing or null, for what has no entries. Undefined: something else is there. */
export function stringsOf(body: Json, key: string): readonly unknown[] | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  const list = (body as Readonly<Record<string, Json>>)[key];
  if (list == null) return key in body ? [] : undefined;
  return Array.isArray(list) ? list : undefined;
}
