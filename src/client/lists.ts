// Tags and repositories of another registry. What would surprise: some hosts list in an order of their own or ignore where a page
// should begin. The interface promises byte order, so once that is seen the whole list is read and sorted for every page; whoever
// wants everything walks.

import { createRegistryError, RegistryError } from "../oci/errors.ts";
import { isRemoteName, isTag, type RepositoryName, type Tag } from "../oci/reference.ts";
import type { ListPage, Page, Registry } from "../oci/registry.ts";
import { notFoundAs, renamed, scope, statusOf, type Operations } from "./operation.ts";
import { stringsOf, walkPages, type RemoteList } from "./paging.ts";
import type { Walks } from "./walks.ts";

/** What every registry takes: Amazon refuses more, with 405. */
const largestPage = 1000;
/** Items that are read and sorted where the registry has an order of its own. */
const maxSorted = 1_000_000;

export function createLists(operations: Operations): Pick<Registry, "tags" | "repositories"> & Walks {
  const { profile } = operations;
  const tagOrder: Order = { broken: profile.ownTagOrder === true };
  const repositoryOrder: Order = { broken: false };

  return {
    async tags(repository, page) {
      return reporting(notKnown, () => readSorted(operations, tagList(repository), tagOrder, page));
    },
    async repositories({ visible, ...page }) {
      if (visible?.length === 0 || page.limit === 0) return { items: [], more: false };
      refuseCatalog(operations);
      const isVisible = visible === undefined ? undefined : (name: string) => visible.some((pattern) => matches(name, pattern));
      return reporting(noCatalog, () => readSorted(operations, catalog, repositoryOrder, page, isVisible));
    },
    async *walkTags(repository, options = {}) {
      yield* reportingWalk(notKnown, walkPages(operations, tagList(repository), options));
    },
    async *walkRepositories(options = {}) {
      refuseCatalog(operations);
      yield* reportingWalk(noCatalog, walkPages(operations, catalog, options));
    },
  };
}

/** Whether the registry was seen to have an order of its own. */
interface Order {
  broken: boolean;
}

function tagList(repository: RepositoryName): RemoteList<Tag> {
  return namesList(
    `/v2/${repository}/tags/list`,
    "tags",
    scope(repository, "pull"),
    (text): text is Tag => isTag(text) && !digestLike.test(text),
  );
}
const catalog = namesList("/v2/_catalog", "repositories", [{ catalog: true }], isRemoteName);

/** Artifactory keeps what was pushed by digest under such a name, and lists it. */
const digestLike = /^sha(?:256|512)__[0-9a-f]{64,}$/;

/** Empty strings, digests between the tags and the like are left out. */
function namesList<Name extends string>(
  path: string,
  key: string,
  scopes: RemoteList<Name>["scopes"],
  isName: (text: string) => text is Name,
): RemoteList<Name> {
  return {
    path,
    scopes,
    accept: "application/json",
    keyOf: (name) => name,
    read(body) {
      const raw = stringsOf(body, key);
      return raw && { raw, items: raw.filter((name): name is Name => typeof name === "string" && isName(name)) };
    },
  };
}

async function readSorted<Name extends string>(
  operations: Operations,
  list: RemoteList<Name>,
  order: Order,
  page: Page,
  isVisible: (name: Name) => boolean = () => true,
): Promise<ListPage<Name>> {
  if (!order.broken) {
    const found = await readInOrder(operations, list, page, isVisible);
    if (found !== undefined) return cut(found, page);
    order.broken = true;
  }
  const all = new Set<Name>();
  for await (const names of walkPages(operations, list, { signal: page.signal })) {
    for (const name of names) if (isVisible(name) && (page.last === undefined || name > page.last)) all.add(name);
    if (all.size > maxSorted) {
      throw createRegistryError("PROTOCOL_VIOLATED", {
        message: `${list.path} comes in no order and has more than ${maxSorted} entries: it can only be walked`,
      });
    }
  }
  // JavaScript compares UTF-16 units; for these names, which are ASCII, that is byte order.
  return cut(
    [...all].sort((a, b) => (a < b ? -1 : 1)),
    page,
  );
}

/** One item more than asked for, so that it is known whether more follow. Undefined: they do not come in byte order after `last`. */
async function readInOrder<Name extends string>(
  operations: Operations,
  list: RemoteList<Name>,
  { last, limit, signal }: Page,
  isVisible: (name: Name) => boolean,
): Promise<Name[] | undefined> {
  // Full pages even for a short answer: the more is seen, the sooner an order of its own shows.
  const n = Math.min(largestPage, operations.profile.maxPage ?? largestPage);
  const found: Name[] = [];
  let before = last;
  for await (const names of walkPages(operations, list, { n, last, signal })) {
    for (const name of names) {
      if (before !== undefined && name <= before) return undefined;
      before = name;
      if (isVisible(name)) found.push(name);
    }
    if (found.length > limit) break;
  }
  return found;
}

function cut<Item>(found: readonly Item[], { limit }: Page): ListPage<Item> {
  return { items: found.slice(0, limit), more: limit > 0 && found.length > limit };
}

/** `*` in a pattern stands for any characters. */
function matches(name: string, pattern: string): boolean {
  const [head = "", ...parts] = pattern.split("*");
  if (parts.length === 0) return name === pattern;
  const tail = parts.pop()!;
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

const notKnown = (error: unknown): unknown => notFoundAs(error, "NAME_UNKNOWN");

function refuseCatalog({ profile: { name, noCatalog: reason } }: Operations): void {
  if (reason === undefined) return;
  throw createRegistryError("UNSUPPORTED", { message: `${name} does not list its repositories: ${reason}`, detail: { reason } });
}

/** A login may help against 401. Every other refusal says that this list is not to be had. */
function noCatalog(error: unknown): unknown {
  const status = statusOf(error);
  if (!(error instanceof RegistryError) || status === undefined || ![400, 403, 404, 405, 501].includes(status)) return error;
  const reason =
    status === 403
      ? "this account may not see the list of all repositories"
      : "the registry does not tell which repositories it has";
  return renamed(error, "UNSUPPORTED", {
    message: `${error.request?.host} does not list its repositories: ${reason}`,
    detail: { reason },
  });
}

async function reporting<T>(translate: (error: unknown) => unknown, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(error);
  }
}

async function* reportingWalk<Item>(
  translate: (error: unknown) => unknown,
  pages: AsyncIterable<readonly Item[]>,
): AsyncGenerator<readonly Item[]> {
  try {
    yield* pages;
  } catch (error) {
    throw translate(error);
  }
}
