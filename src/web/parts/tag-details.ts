// Rows of another registry come by name first; what is behind the visible ones is asked for fifty at a time, and put in its place when it
// comes. What could not be read says why in its own row, also when nothing came of the whole question.

import { useQueries, type QueryFunction } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { TagDetailsAnswer } from "../../wire/tag-details.ts";
import type { TagItem, TagsAnswer } from "../../wire/tags.ts";
import { tagDetails } from "../ask/queries.ts";
import type { Blocks } from "../grid/use-blocks.ts";
import { unreadNames } from "../show/tag-unread.ts";
import type { TagScope } from "../show/tag-query.ts";

export function useTagDetails(
  blocks: Blocks<TagItem, TagsAnswer>,
  { registry, repository }: TagScope,
): Blocks<TagItem, TagsAnswer> {
  const [range, setRange] = useState({ start: 0, end: 0 });
  const isRemote = registry !== undefined && repository !== undefined;
  const batches = isRemote ? unreadNames(blocks.at, range.start, Math.min(range.end, (blocks.total ?? 0) - 1)) : [];
  const read = useQueries({
    queries: batches.map((names) => {
      const { queryKey, queryFn } = tagDetails({ registry, repository, tags: names });
      return { queryKey, queryFn: queryFn as QueryFunction<TagDetailsAnswer>, staleTime: Infinity };
    }),
  });
  const known = useMemo(() => new Map(read.flatMap(({ data }) => (data?.items ?? []).map((item) => [item.name, item]))), [read]);
  const problems = new Map(batches.flatMap((names, at) => names.map((name) => [name, read[at]?.error?.message])));
  const { show } = blocks;
  const showBoth = useCallback(
    (start: number, end: number) => {
      show(start, end);
      setRange((old) => (old.start === start && old.end === end ? old : { start, end }));
    },
    [show],
  );
  if (!isRemote) return blocks;
  return {
    ...blocks,
    show: showBoth,
    at: (index) => {
      const row = blocks.at(index);
      if (row === undefined) return undefined;
      const problem = problems.get(row.name);
      return known.get(row.name) ?? (problem === undefined ? row : { ...row, problem });
    },
  };
}
