// The tags of one repository. Ordered by name, only the rows of the page are read; any other order or filter has to read them all.

import { RegistryError } from "../oci/errors.ts";
import { isTag, type RepositoryName, type Tag } from "../oci/reference.ts";
import type { ImageFacts } from "./images.ts";
import type { NameList } from "./name-lists.ts";
import { nameOrders, type NameOrderName } from "../oci/name-orders.ts";
import type { List, ListRequest } from "../store/list-page.ts";
import { cutPage } from "./page.ts";
import { matcher, refuseTooMany, type Reading } from "./reading.ts";
import { compareRows } from "./sorted-rows.ts";

export type TagSort = NameOrderName | "digest" | "bytes" | "builtAt";

export interface TagListRequest extends ListRequest<TagSort> {
  readonly repository: RepositoryName;
  /** Only images for this platform, os/architecture[/variant]; without a variant for any. */
  readonly platform?: string | undefined;
  /** Nothing of a row but its name, where no order or filter needs more: no row costs a request then. */
  readonly namesOnly?: boolean | undefined;
}

/** Undefined fields: not known, `problem` says why. */
export type TagRow = { readonly name: string } & {
  readonly [Field in keyof Omit<ImageFacts, "parts">]: ImageFacts[Field] | undefined;
};

const values: Record<Exclude<TagSort, NameOrderName>, (row: TagRow) => string | number | undefined> = {
  digest: ({ digest }) => digest,
  bytes: ({ bytes }) => bytes,
  builtAt: ({ builtMs }) => builtMs,
};

/** @throws NAME_UNKNOWN, PAGE_INVALID, REQUEST_INVALID (too many to read), TIMEOUT, and whatever makes the list itself unreadable */
export function listTags(reading: Reading, request: TagListRequest, maxRead: number): Promise<List<TagRow>> {
  const { repository, sort, descending, platform } = request;
  return reading.inTime(async (signal) => {
    const list = await readTagNames(reading, repository, signal);
    const isFound = matcher(request.search);
    const order = isNameOrder(sort) ? nameOrders[sort] : undefined;
    if (order !== undefined && platform === undefined) {
      const page = cutPage(list.rows(sort as NameOrderName, descending), request, isFound, order.keyOf);
      const names = page.items.map(({ name }) => name);
      const unread = request.namesOnly === true ? names.map((name) => unreadRow(name, undefined)) : undefined;
      return { ...page, items: unread ?? (await readRows(reading, repository, names, signal)) };
    }
    const names = list.names.filter((name) => isFound({ name }));
    refuseTooMany(names.length, maxRead, "tags", platform === undefined ? `sorting by ${sort}` : "a filter by platform");
    const read = await readRows(reading, repository, names, signal, sort === "digest" && platform === undefined);
    signal.throwIfAborted();
    const valueOf = isNameOrder(sort) ? ({ name }: TagRow) => nameOrders[sort].keyOf(name) : values[sort];
    const rows = read
      .filter(
        ({ platforms }) => platform === undefined || platforms?.some((one) => one === platform || one.startsWith(`${platform}/`)),
      )
      .map((row) => ({ name: row.name, value: valueOf(row), row }))
      .sort((a, b) => compareRows(a, b, descending));
    const page = cutPage(rows, request, () => true, order?.keyOf);
    const items = page.items.map(({ row }) => row);
    // The order by digest has read no more than that.
    const unread = items
      .filter(({ digest, mediaType }) => digest !== undefined && mediaType === undefined)
      .map(({ name }) => name);
    const more = new Map((await readRows(reading, repository, unread, signal)).map((row) => [row.name, row]));
    return { ...page, items: items.map((row) => more.get(row.name) ?? row) };
  });
}

/** @throws NAME_UNKNOWN */
export function readTagNames({ lists, registry }: Reading, repository: RepositoryName, signal: AbortSignal): Promise<NameList> {
  return lists.read(`tags ${repository}`, isTag, (shared) => registry.walkTags(repository, { signal: shared }), signal);
}

export function readRows(
  reading: Reading,
  repository: RepositoryName,
  names: readonly string[],
  signal: AbortSignal,
  digestOnly = false,
): Promise<TagRow[]> {
  const read = (name: string): Promise<TagRow> =>
    reading.join(`${digestOnly} ${repository}:${name}`, signal, async (shared) => {
      const { digest } = await reading.registry.manifests.head({ repository, tag: name as Tag }, { signal: shared });
      if (digestOnly) return { ...unreadRow(name, undefined), digest };
      try {
        const { parts: _, ...facts } = await reading.image({ repository, digest }, shared);
        return { name, ...facts };
      } catch (error) {
        if (!(error instanceof RegistryError) || error.kind === "rate limited") throw error;
        return { ...unreadRow(name, error.message), digest };
      }
    });
  return reading.rows(names, signal, read, unreadRow);
}

function unreadRow(name: string, problem: string | undefined): TagRow {
  const unknown = undefined;
  return {
    name,
    digest: unknown,
    mediaType: unknown,
    artifactType: unknown,
    subject: unknown,
    platforms: unknown,
    bytes: unknown,
    builtMs: unknown,
    problem,
  };
}

function isNameOrder(sort: string): sort is NameOrderName {
  return Object.hasOwn(nameOrders, sort);
}
