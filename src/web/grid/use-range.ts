// Ranges of rows, drawn from where one began to where the focus goes: longer and shorter again. Rows that are not loaded are read first;
// that is said, can be stopped, and ends when the list is another one.

import { useEffect, useRef, useState } from "react";
import { formatExact, formatOf } from "../show/count.ts";
import type { Focus } from "./focus.ts";
import type { GridProps } from "./grid.tsx";

/** Rows of a range: each hundred that are not loaded are a request. */
const maxRange = 5000;

/** Where a range begins, and where it ends now: by name, as rows move. */
interface Range {
  readonly key: string;
  readonly anchor: Focus;
  readonly head: Focus;
}

interface RangeDrawing {
  /** What becomes of a range that has to be read first, or is too long; "" when there is nothing to say. */
  readonly said: string;
  /** The next range begins at this row. */
  begin(index: number): void;
  /** Chooses the rows from where the range began to this one; without a beginning this one alone. */
  draw(to: number): void;
  /** Whether the range that is being drawn ends where the focus is. */
  endsAt(focus: Focus): boolean;
  /** False: nothing was being read. */
  stop(): boolean;
}

export function useRange<Row>({ blocks, selection }: Pick<GridProps<Row>, "blocks" | "selection">): RangeDrawing {
  const { key } = blocks;
  const drawn = useRef<Range>(undefined);
  const reading = useRef<AbortController>(undefined);
  const [said, setSaid] = useState({ key, text: "" });
  // What is read for one list is not chosen in another, nor after something else was chosen.
  const chosen = selection?.chosen;
  const seen = useRef({ key, chosen });
  useEffect(() => {
    if (seen.current.key !== key || seen.current.chosen !== chosen) reading.current?.abort();
    seen.current = { key, chosen };
  }, [key, chosen]);
  useEffect(() => () => reading.current?.abort(), []);

  const placeOf = (index: number): Focus => {
    const row = blocks.at(index);
    return { index, name: row === undefined ? undefined : blocks.nameOf(row) };
  };
  const say = (text: string): void => setSaid((before) => (before.text === text && before.key === key ? before : { key, text }));
  const stop = (): boolean => {
    const isReading = reading.current?.signal.aborted === false;
    reading.current?.abort();
    reading.current = undefined;
    say("");
    return isReading;
  };
  const begin = (index: number): void => {
    stop();
    drawn.current = { key, anchor: placeOf(index), head: placeOf(index) };
    selection?.settle();
  };
  const read = async (start: number, end: number): Promise<void> => {
    const controller = new AbortController();
    reading.current = controller;
    say(`Choosing ${formatOf(end - start + 1, "row")}… Esc stops.`);
    try {
      selection?.draw(await blocks.load(start, end, controller.signal));
      say("");
    } catch (error) {
      // Whatever came after it has its own to say.
      if (reading.current !== controller) return;
      const reason = error instanceof Error ? error.message : String(error);
      say(controller.signal.aborted ? "" : `Could not choose them: ${reason}`);
    }
    if (reading.current === controller) reading.current = undefined;
  };
  return {
    said: said.key === key ? said.text : "",
    begin,
    stop,
    endsAt: (focus) => {
      const { current } = drawn;
      if (current === undefined || current.key !== key || selection?.count === 0) return false;
      return current.head.index === focus.index || (current.head.name !== undefined && current.head.name === focus.name);
    },
    draw: (to) => {
      if (drawn.current?.key !== key) begin(to);
      const { anchor } = drawn.current!;
      stop();
      drawn.current = { key, anchor, head: placeOf(to) };
      const from = (anchor.name === undefined ? undefined : blocks.indexOf(anchor.name)) ?? anchor.index;
      const [start, end] = [Math.min(from, to), Math.max(from, to)];
      const count = end - start + 1;
      if (count > maxRange) return say(`A range takes at most ${formatExact(maxRange)} rows: filter, and choose all that match.`);
      const rows = Array.from({ length: count }, (_, i) => blocks.at(start + i)).filter((row) => row !== undefined);
      if (rows.length === count) selection?.draw(rows);
      else void read(start, end);
    },
  };
}
