// Whole lists, page by page: as a client gives them, or made of the pages of any registry.

import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { CallOptions, ListPage, Page, Registry } from "../oci/registry.ts";

export interface Walks {
  /** Pages of tags in the registry's own order, as they come. @throws NAME_UNKNOWN */
  walkTags(repository: RepositoryName, options?: CallOptions): AsyncIterable<readonly Tag[]>;
  /** Pages of repository names, as they come. @throws UNSUPPORTED (detail: why) where the registry does not tell */
  walkRepositories(options?: CallOptions): AsyncIterable<readonly RepositoryName[]>;
}

const pageItems = 1000;

/** The client's own walks, which know every manner of paging; else pages of the interface, which are in byte order. */
export function walksOf(registry: Registry & Partial<Walks>): Walks {
  const { walkTags, walkRepositories } = registry;
  return {
    walkTags: (repository, options = {}) =>
      walkTags?.call(registry, repository, options) ?? walkPages<Tag>((page) => registry.tags(repository, page), options),
    walkRepositories: (options = {}) =>
      walkRepositories?.call(registry, options) ?? walkPages<RepositoryName>((page) => registry.repositories(page), options),
  };
}

async function* walkPages<Item extends string>(
  read: (page: Page) => Promise<ListPage<Item>>,
  { signal }: CallOptions,
): AsyncGenerator<readonly Item[]> {
  for (let last: string | undefined; ;) {
    const { items, more } = await read({ limit: pageItems, signal, ...(last !== undefined && { last }) });
    if (items.length > 0) yield items;
    last = items.at(-1);
    if (!more || last === undefined) return;
  }
}
