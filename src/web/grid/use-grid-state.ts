// What of a grid is visible, expanded and focused, and what its keys and clicks do.

import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from "react";
import { firstRow, followFocus, moveFocus, type Focus } from "./focus.ts";
import type { GridProps } from "./grid.tsx";
import {
  expandNamed,
  followExpansions,
  lineCount,
  lineOf,
  positionOf,
  type Expansion,
  type Loaded,
  type Position,
} from "./layout.ts";
import { recall, remember } from "./grid-memory.ts";
import { useGridInput, type GridInput } from "./use-grid-input.ts";

/** Lines drawn above and below what is visible. */
const overscan = 4;
const settleMs = 80;
/** Places that are held until it is known how many rows there are. */
const unknownRows = 12;

type Given = "blocks" | "childrenOf" | "selection" | "onAction" | "withLetters" | "open" | "onOpen";
interface StateOptions<Row> extends Pick<GridProps<Row>, Given> {
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly rowHeight: number;
  readonly isNarrow: boolean;
}

export interface GridLine extends Position {
  readonly line: number;
  readonly top: number;
}

export interface GridState extends GridInput {
  readonly focusLine: number;
  readonly lineCount: number;
  /** Of all lines, in px. */
  readonly height: number;
  /** Those that are drawn. */
  readonly lines: readonly GridLine[];
  readonly isExpanded: (index: number) => boolean;
}

export function useGridState<Row>(options: StateOptions<Row>): GridState {
  const { scroll, blocks, childrenOf, rowHeight, isNarrow } = options;
  const memory = useMemo(() => recall(blocks.key), [blocks.key]);
  const [key, setKey] = useState(blocks.key);
  const [expansions, setExpansions] = useState<readonly Expansion[]>(memory?.expansions ?? []);
  /** What is to be expanded as soon as it is loaded. */
  const [awaited, setAwaited] = useState<readonly string[]>(
    (options.open ?? []).filter((name) => !expansions.some((expansion) => expansion.name === name)),
  );
  const [focus, setFocus] = useState<Focus>(memory?.focus ?? firstRow);
  const total = blocks.total ?? unknownRows;

  const loaded: Loaded = {
    nameAt: (index) => nameOrNothing(blocks, index),
    indexOf: blocks.indexOf,
    childrenAt: (index) => {
      const row = blocks.at(index);
      return row === undefined ? 0 : (childrenOf?.(row).length ?? 0);
    },
  };
  const isNew = key !== blocks.key;
  const named = expandNamed(isNew ? (options.open ?? []) : awaited, loaded);
  const followed = isNew ? [] : followExpansions(expansions, loaded);
  const nowExpanded =
    named.expansions.length === 0 ? followed : [...followed, ...named.expansions].toSorted((a, b) => a.index - b.index);
  const nowFocused = isNew ? firstRow : followFocus(focus, total, loaded);
  if (isNew) setKey(blocks.key);
  if (nowExpanded !== expansions && (nowExpanded.length > 0 || expansions.length > 0)) setExpansions(nowExpanded);
  if (isNew || named.rest.length < awaited.length) setAwaited(named.rest);
  if (nowFocused !== focus) setFocus(nowFocused);

  const count = lineCount(total, nowExpanded);
  const focusLine = lineOf(nowFocused, nowExpanded);
  const headHeight = isNarrow ? 48 : 34;
  // eslint-disable-next-line react/incompatible-library -- nothing of it is memoized here
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    isScrollingResetDelay: settleMs,
    initialOffset: memory?.offset ?? 0,
    rangeExtractor: useCallback(
      ({ startIndex, endIndex, count: all }: { startIndex: number; endIndex: number; count: number }) =>
        drawnLines(startIndex, endIndex, all, focusLine),
      [focusLine],
    ),
  });
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight, headHeight]);

  // Another list begins at its top; one that was left is where it was.
  const begun = useRef(blocks.key);
  useLayoutEffect(() => {
    if (begun.current === blocks.key) return;
    begun.current = blocks.key;
    virtual.scrollToOffset(0);
  }, [blocks.key, virtual]);

  const { startIndex = 0, endIndex = 0 } = virtual.range ?? {};
  const { show } = blocks;
  const from = positionOf(startIndex, nowExpanded).index;
  const to = positionOf(endIndex, nowExpanded).index;
  const isResting = !virtual.isScrolling;
  useEffect(() => {
    // Not what only flies past.
    if (isResting) show(from, to);
  }, [show, from, to, isResting, blocks.key]);

  const latest = useRef({ key: blocks.key, focus: nowFocused, expansions: nowExpanded });
  useEffect(() => {
    latest.current = { key: blocks.key, focus: nowFocused, expansions: nowExpanded };
  });
  useEffect(() => () => remember({ ...latest.current, offset: virtual.scrollOffset ?? 0 }), [virtual]);

  const input = useGridInput({
    ...options,
    focus: nowFocused,
    focusLine,
    expansions: nowExpanded,
    pageLines: Math.max(1, endIndex - startIndex - 1),
    setExpansions: (next) => {
      setExpansions(next);
      options.onOpen?.([...named.rest, ...next.map(({ name }) => name)]);
    },
    moveTo: (position) => {
      setFocus({ ...position, name: loaded.nameAt(position.index) });
      virtual.scrollToIndex(lineOf(position, nowExpanded), { align: "auto" });
    },
    step: (lines) => moveFocus(nowFocused, lines, total, nowExpanded),
    noteFocus: (line) => {
      const position = positionOf(line, nowExpanded);
      setFocus({ ...position, name: loaded.nameAt(position.index) });
    },
  });

  return {
    focusLine,
    lineCount: count,
    height: count * rowHeight,
    lines: virtual
      .getVirtualItems()
      .map(({ index: line }): GridLine => ({ line, top: line * rowHeight, ...positionOf(line, nowExpanded) })),
    isExpanded: (index: number) => nowExpanded.some((expansion) => expansion.index === index),
    ...input,
  };
}

function nameOrNothing<Row>(blocks: GridProps<Row>["blocks"], index: number): string | undefined {
  const row = blocks.at(index);
  return row === undefined ? undefined : blocks.nameOf(row);
}

/** What is visible with a few more, and the line that has the focus wherever it is: it must not lose it. */
function drawnLines(start: number, end: number, count: number, focusLine: number): number[] {
  const from = Math.max(0, start - overscan);
  const to = Math.min(count - 1, end + overscan);
  const lines = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  if (focusLine >= count) return lines;
  if (focusLine < from) return [focusLine, ...lines];
  return focusLine > to ? [...lines, focusLine] : lines;
}
