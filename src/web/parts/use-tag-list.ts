// The state of a table of tags: what the address asks for, its rows, what is chosen, and what would be deleted.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { TagItem, TagsAnswer } from "../../wire/tags.ts";
import { useSession } from "../ask/live.ts";
import { tags } from "../ask/queries.ts";
import type { Deletion } from "../ask/tag-changes.ts";
import { useSelection, type Selection } from "../grid/selection.ts";
import { useBlocks, type Blocks } from "../grid/use-blocks.ts";
import { formatCount } from "../show/count.ts";
import type { Search } from "../show/search-params.ts";
import { groupTags, mostAtOnce, mostCopied } from "../show/tag-groups.ts";
import { filtersOf, toTagQuery, type TagScope } from "../show/tag-query.ts";
import { useTagDetails } from "./tag-details.ts";
import { whyNotDelete } from "./tag-rights.ts";

export interface TagList {
  readonly blocks: Blocks<TagItem, TagsAnswer>;
  readonly selection: Selection<TagItem>;
  readonly sort: string;
  /** Reads those that are not loaded. @throws AskError, and Error when they are too many */
  readonly readChosen: () => Promise<readonly TagItem[]>;
  /** @throws Error for another registry: deletions name tags of our own */
  readonly readDeletions: () => Promise<readonly Deletion[]>;
  readonly whyNotDelete: (rows?: readonly TagItem[]) => string | null | undefined;
}

const nameHere = ({ name }: TagItem): string => name;
const nameAnywhere = ({ repository, name }: TagItem): string => `${repository}:${name}`;

export function useTagList(scope: TagScope, search: Search): TagList {
  const client = useQueryClient();
  const session = useSession();
  // By its text: another object with the same parameters is the same question.
  const text = JSON.stringify(toTagQuery(scope, search));
  const query = useMemo(() => JSON.parse(text) as ReturnType<typeof toTagQuery>, [text]);
  const nameOf = scope.repository === undefined ? nameAnywhere : nameHere;
  const blocks = useTagDetails(useBlocks<TagItem, TagsAnswer>(tags, query, nameOf), scope);
  const selection = useSelection(blocks.key, blocks.total ?? 0, nameOf);
  const { chosen, count } = selection;

  const readChosen = useCallback(async (): Promise<readonly TagItem[]> => {
    if (chosen.kind === "some") return [...chosen.rows.values()];
    if (count > mostCopied) throw new Error(`at most ${formatCount(mostCopied)} tags at once: narrow the filter`);
    const rows: TagItem[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.fetchQuery(tags({ ...blocks.query, detail: undefined, limit: mostAtOnce, cursor }));
      rows.push(...page.items.filter((row) => !chosen.except.has(nameOf(row))));
      cursor = page.nextCursor;
    } while (cursor !== undefined && rows.length < mostCopied);
    return rows;
  }, [chosen, count, client, blocks.query, nameOf]);

  const { repository, registry } = scope;
  return {
    blocks,
    selection,
    sort: query.sort,
    readChosen,
    readDeletions: async () => {
      if (registry !== undefined) throw new Error("tags of another registry are not deleted here");
      const isFilter = chosen.kind === "all" && chosen.except.size === 0 && repository !== undefined;
      return isFilter ? [{ repository, filter: filtersOf(blocks.query) }] : groupTags(await readChosen());
    },
    whyNotDelete: (rows) => {
      const facts = { scope: { repository, registry }, session };
      if (rows !== undefined) return whyNotDelete({ ...facts, rows });
      if (chosen.kind === "some") return whyNotDelete({ ...facts, rows: [...chosen.rows.values()] });
      const known = (blocks.first?.items ?? []).filter((row) => !chosen.except.has(nameOf(row)));
      const whyNot = whyNotDelete({ ...facts, rows: known, hasMore: known.length < count });
      return whyNot === undefined && blocks.isUpdating ? "The tags that match now are not here yet." : whyNot;
    },
  };
}
