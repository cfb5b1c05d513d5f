// The rows of a list of any length: asked for in blocks where the reader is, old ones visible until new ones have come. Polled while
// visible; while somebody is at the rows, those stay where they are, and `isBehind` says that there is something newer.

import { useQueries, useQuery, useQueryClient, type QueryFunction, type QueryKey } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Query } from "../ask/ask.ts";
import { liveMs } from "../ask/queries.ts";
import { blockQuery, blockSize, maxRows, showBlocks, wantedBlocks, type Shown } from "./blocks.ts";

interface ListAnswer<Row> {
  readonly items: readonly Row[];
  readonly total?: number | undefined;
}

/** Of ask/queries.ts; it takes offset, limit and total. */
export type Question<Answer> = (query: Query) => { queryKey: QueryKey; queryFn?: QueryFunction<Answer, never> | symbol };

export interface Blocks<Row, Answer = unknown> {
  /** Undefined: nothing has come yet. */
  readonly total: number | undefined;
  /** Undefined: not loaded. */
  readonly at: (index: number) => Row | undefined;
  readonly indexOf: (name: string) => number | undefined;
  readonly nameOf: (row: Row) => string;
  /** Another key is another list: filter or sort have changed. */
  readonly key: string;
  /** What the rows that stand there answer: not yet what was asked for last, as long as `isUpdating`. */
  readonly query: Query;
  /** Rows of the question before stand there while those of this one are asked for. */
  readonly isUpdating: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
  /** When the rows that stand there came, by the browser's clock. */
  readonly updatedAt: number;
  readonly isBehind: boolean;
  /** Shows what is newer, after a change of one's own as well, wherever somebody is: all that is on the page is asked again. */
  readonly refresh: () => void;
  /** The first answer: what else it says. */
  readonly first: Answer | undefined;
  /** For the grid: which rows are visible, and whether somebody is at them. */
  readonly show: (start: number, end: number) => void;
  readonly hold: (isHeld: boolean) => void;
  /** Rows from `start` to `end`, one block after the other where they are not loaded. @throws AskError, and the reason of `signal` */
  readonly load: (start: number, end: number, signal: AbortSignal) => Promise<Row[]>;
}

interface Asked {
  readonly query: Query;
  readonly key: string;
}

/** All three must be stable. */
export function useBlocks<Row, Answer extends ListAnswer<Row>>(
  question: Question<Answer>,
  query: Query,
  nameOf: (row: Row) => string,
): Blocks<Row, Answer> {
  const client = useQueryClient();
  const wanted = useMemo<Asked>(() => ({ query, key: JSON.stringify(question(query).queryKey) }), [question, query]);
  const [range, setRange] = useState({ start: 0, end: 0 });
  const [isHeld, hold] = useState(false);
  const [isAccepting, setIsAccepting] = useState(false);
  const [shown, setShown] = useState<Shown<Row>>({ key: wanted.key, total: 0, blocks: new Map() });
  const [asked, setAsked] = useState(wanted);

  const optionsOf = useCallback(
    (of: Query, block: number, isPolled: boolean) => {
      const { queryKey, queryFn } = question(blockQuery(of, block));
      return {
        queryKey,
        queryFn: queryFn as QueryFunction<Answer>,
        refetchInterval: isPolled ? liveMs : (false as const),
        refetchIntervalInBackground: false,
      };
    },
    [question],
  );
  const first = useQuery(optionsOf(wanted.query, 0, true));
  // The list changes as a whole, when the first rows of the new one are here. When they cannot be had, the old ones go: they answer
  // another question.
  const isNew = asked.key !== wanted.key && (!first.isPending || shown.blocks.size === 0);
  const current = isNew ? wanted : asked;
  const base = shown.key === current.key ? shown : { key: current.key, total: 0, blocks: new Map<number, readonly Row[]>() };
  const total = Math.min((current === wanted ? first.data?.total : undefined) ?? base.total, maxRows);
  const numbers = isNew ? [0] : wantedBlocks(range.start, range.end, total);
  const results = useQueries({ queries: numbers.map((block) => optionsOf(current.query, block, block !== 0)) });

  const fresh = numbers.map((block, i) => ({ block, rows: results[i]!.data?.items }));
  const isFirst = base.blocks.size === 0;
  const next = showBlocks(base, { fresh, total, isHeld: isHeld && !isAccepting && !isFirst }, nameOf);
  if (next.shown !== shown) setShown(next.shown);
  // Nobody is at rows that are not there, and who was will not be seen leaving.
  if (isHeld && !isFirst && next.shown.total === 0) hold(false);
  if (isNew) {
    setAsked(wanted);
    setRange({ start: 0, end: 0 });
  }
  if (isAccepting && !first.isFetching && results.every((result) => !result.isFetching)) setIsAccepting(false);

  const { blocks } = next.shown;
  const cameAt = results.flatMap(({ data, dataUpdatedAt }) => (data === undefined ? [] : [dataUpdatedAt]));
  const noun = optionsOf(query, 0, false).queryKey[0];
  return {
    total: first.data === undefined && isFirst ? undefined : next.shown.total,
    at: (index) => blocks.get(Math.floor(index / blockSize))?.[index % blockSize],
    indexOf: (name) => findName(blocks, name, nameOf),
    nameOf,
    key: current.key,
    query: current.query,
    isUpdating: first.isPending && !isFirst,
    error: first.error ?? (current === wanted ? results.find((result) => result.error !== null)?.error : null) ?? null,
    retry: () => void client.refetchQueries({ queryKey: [noun], type: "active" }),
    updatedAt: cameAt.length === 0 ? first.dataUpdatedAt : Math.min(...cameAt),
    isBehind: next.isBehind,
    refresh: () => {
      setIsAccepting(true);
      void client.invalidateQueries();
    },
    first: first.data,
    show: useCallback((start, end) => setRange((old) => (old.start === start && old.end === end ? old : { start, end })), []),
    hold,
    load: async (start, end, signal) => {
      const rows: Row[] = [];
      for (let block = Math.floor(start / blockSize); block <= Math.floor(end / blockSize); block++) {
        const options = { ...optionsOf(current.query, block, false), staleTime: Infinity };
        const items = blocks.get(block) ?? (await client.fetchQuery(options)).items;
        signal.throwIfAborted();
        rows.push(...items.slice(Math.max(0, start - block * blockSize), end - block * blockSize + 1));
      }
      return rows;
    },
  };
}

function findName<Row>(
  blocks: ReadonlyMap<number, readonly Row[]>,
  name: string,
  nameOf: (row: Row) => string,
): number | undefined {
  for (const [block, rows] of blocks) {
    const i = rows.findIndex((row) => nameOf(row) === name);
    if (i !== -1) return block * blockSize + i;
  }
  return undefined;
}
