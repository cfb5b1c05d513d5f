// The repositories of a registry: those of its catalog, or, where there is none, those that the configuration names.

import { RegistryError } from "../oci/errors.ts";
import { isRepositoryName, type RepositoryName } from "../oci/reference.ts";
import { sumOf, type Part } from "./images.ts";
import { mapBounded } from "../client/map-bounded.ts";
import { NameList } from "./name-lists.ts";
import { nameOrders, type NameOrderName } from "../oci/name-orders.ts";
import type { List, ListRequest } from "../store/list-page.ts";
import { cutPage } from "./page.ts";
import { matcher, refuseTooMany, type Reading } from "./reading.ts";
import { compareRows } from "./sorted-rows.ts";
import { readRows, readTagNames } from "./tags.ts";

export type RepositorySort = Exclude<NameOrderName, "version"> | "tags" | "bytes" | "builtAt";

export type RepositoryListRequest = ListRequest<RepositorySort>;

/** Undefined fields: not known, or not asked for. */
export interface RepositoryRow {
  readonly name: string;
  readonly tags: number | undefined;
  /** Blobs and manifests that its tags stand on, each once. Read only to sort by it or by `builtAt`. */
  readonly bytes: number | undefined;
  /** Of its newest image. */
  readonly builtMs: number | undefined;
  readonly problem: string | undefined;
}

export interface Catalog {
  /** Why there is none; a clause. */
  readonly unavailable: string | undefined;
  readonly list: NameList;
}

/** @throws PAGE_INVALID, REQUEST_INVALID (too many to read), TIMEOUT, and whatever makes the catalog itself unreadable */
export function listRepositories(
  reading: Reading,
  readCatalog: (signal: AbortSignal) => Promise<Catalog>,
  request: RepositoryListRequest,
  maxRead: number,
): Promise<List<RepositoryRow>> {
  const { sort, descending } = request;
  return reading.inTime(async (signal) => {
    const { list } = await readCatalog(signal);
    const isFound = matcher(request.search);
    if (isNameOrder(sort)) {
      const page = cutPage(list.rows(sort, descending), request, isFound, nameOrders[sort].keyOf);
      const names = page.items.map(({ name }) => name);
      return { ...page, items: await countTags(reading, names, signal) };
    }
    const names = list.names.filter((name) => isFound({ name }));
    refuseTooMany(names.length, maxRead, "repositories", `sorting by ${sort}`);
    const counted = await countTags(reading, names, signal);
    signal.throwIfAborted();
    const read = sort === "tags" ? counted : await sumUp(reading, counted, maxRead, signal);
    const rows = read
      .map((row) => ({ name: row.name, value: sort === "builtAt" ? row.builtMs : row[sort], row }))
      .sort((a, b) => compareRows(a, b, descending));
    const page = cutPage(rows, request, () => true);
    return { ...page, items: page.items.map(({ row }) => row) };
  });
}

function countTags(reading: Reading, names: readonly string[], signal: AbortSignal): Promise<RepositoryRow[]> {
  const unread = { tags: undefined, bytes: undefined, builtMs: undefined };
  return reading.rows<RepositoryRow>(
    names,
    signal,
    async (name) => {
      const list = await readTagNames(reading, name as RepositoryName, signal);
      return { ...unread, name, tags: list.names.length, problem: undefined };
    },
    (name, problem) => ({ ...unread, name, problem }),
  );
}

async function sumUp(
  reading: Reading,
  repositories: readonly RepositoryRow[],
  maxRead: number,
  signal: AbortSignal,
): Promise<RepositoryRow[]> {
  const images = repositories.reduce((sum, { tags = 0 }) => sum + tags, 0);
  refuseTooMany(images, maxRead, "tags of the repositories", "sorting by bytes or builtAt");
  // One repository after the other: the tags of each are read several at a time.
  const summed = await mapBounded(repositories, 1, async (row) =>
    row.problem === undefined ? sumUpOne(reading, row, signal) : row,
  );
  signal.throwIfAborted();
  return summed;
}

async function sumUpOne(reading: Reading, row: RepositoryRow, signal: AbortSignal): Promise<RepositoryRow> {
  const repository = row.name as RepositoryName;
  const { names } = await readTagNames(reading, repository, signal);
  const tags = await readRows(reading, repository, names, signal);
  const digests = new Set(tags.flatMap(({ digest, bytes }) => (digest === undefined || bytes === undefined ? [] : [digest])));
  const parts: Part[] = [];
  for (const digest of digests) parts.push(...(await reading.image({ repository, digest }, signal)).parts);
  const problem = tags.find((tag) => tag.problem !== undefined);
  const built = tags.flatMap(({ builtMs }) => builtMs ?? []);
  return {
    ...row,
    bytes: problem === undefined ? sumOf(new Map(parts)) : undefined,
    builtMs: built.length === 0 ? undefined : Math.max(...built),
    problem: problem && `${problem.name}: ${problem.problem}`,
  };
}

function isNameOrder(sort: RepositorySort): sort is Exclude<NameOrderName, "version"> {
  return Object.hasOwn(nameOrders, sort);
}

export interface CatalogOptions {
  readonly reading: Reading;
  readonly now: () => number;
  /** Why the registry is known to have none. */
  readonly noCatalog: string | undefined;
  /** Names that stand in for a catalog. */
  readonly names: readonly string[];
}

/** A registry that refuses is not asked again for so long. */
const refusalMs = 10 * 60_000;

export function createCatalog({ reading, now, noCatalog, names }: CatalogOptions): {
  read: (signal: AbortSignal) => Promise<Catalog>;
  /** As far as is known by now. */
  unavailable: () => string | undefined;
} {
  const { lists, registry } = reading;
  const configured = new NameList(names);
  let refused: { readonly why: string; readonly sinceMs: number } | undefined;
  const unavailable = (): string | undefined =>
    noCatalog ?? (refused !== undefined && now() - refused.sinceMs < refusalMs ? refused.why : undefined);
  return {
    unavailable,
    async read(signal) {
      const why = unavailable();
      if (why !== undefined) return { unavailable: why, list: configured };
      try {
        const pages = (shared: AbortSignal) => registry.walkRepositories({ signal: shared });
        return { unavailable: undefined, list: await lists.read("repositories", isRepositoryName, pages, signal) };
      } catch (error) {
        if (!(error instanceof RegistryError) || !isRefusal(error, names.length > 0)) throw error;
        refused = { why: error.message, sinceMs: now() };
        return { unavailable: error.message, list: configured };
      }
    },
  };
}

/** Many registries show their catalog to administrators only: with names to stand in, that is no failure. */
function isRefusal({ kind }: RegistryError, hasNames: boolean): boolean {
  return kind === "unsupported" || kind === "forbidden" || (hasNames && (kind === "auth" || kind === "not found"));
}
