// Keys, clicks and focus of a grid. One listener for all of its rows; what stands in a row says what it is for by data attributes.

import { useLayoutEffect, useRef, type DOMAttributes, type RefObject } from "react";
import { wasCovered } from "./covered.ts";
import type { Focus } from "./focus.ts";
import { toCommand, type GridCommand } from "./grid-keys.ts";
import type { GridProps } from "./grid.tsx";
import { positionOf, toggleExpansion, type Expansion, type Position } from "./layout.ts";
import { useRange } from "./use-range.ts";

interface InputOptions<Row> extends Pick<GridProps<Row>, "blocks" | "childrenOf" | "selection" | "onAction" | "withLetters"> {
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly focus: Focus;
  readonly focusLine: number;
  readonly expansions: readonly Expansion[];
  readonly pageLines: number;
  readonly setExpansions: (expansions: readonly Expansion[]) => void;
  readonly moveTo: (position: Position) => void;
  readonly step: (lines: number) => Position;
  readonly noteFocus: (line: number) => void;
}

export interface GridInput {
  /** Puts the focus on the row that has it when Tab comes in. */
  readonly focus: () => void;
  /** What becomes of a range that has to be read first, or is too long; "" when there is nothing to say. */
  readonly said: string;
  /** Of the treegrid. */
  readonly handlers: Pick<
    DOMAttributes<HTMLElement>,
    "onKeyDown" | "onClick" | "onFocus" | "onBlur" | "onPointerEnter" | "onPointerLeave"
  >;
}

export function useGridInput<Row>(options: InputOptions<Row>): GridInput {
  const { blocks, scroll, focusLine } = options;
  /** The focus is in a row, as far as nobody has taken it away on purpose. */
  const isInRows = useRef(false);
  const range = useRange(options);

  const focusRow = (): void =>
    scroll.current?.querySelector<HTMLElement>('[role="row"][tabindex="0"]')?.focus({ preventScroll: true });

  useLayoutEffect(() => {
    if (!isInRows.current) return;
    const active = document.activeElement;
    const line = lineOfElement(active);
    if (line === focusLine) return;
    if (line !== undefined || active === document.body || active === null) focusRow();
  });

  const choose = (index: number, isRange: boolean): void => {
    const row = blocks.at(index);
    if (row === undefined || options.selection === undefined) return;
    if (isRange) return range.draw(index);
    range.begin(index);
    options.selection.set([row], !options.selection.has(blocks.nameOf(row)));
  };
  const expand = (index: number, wanted?: boolean): void => {
    const row = blocks.at(index);
    const children = row === undefined ? 0 : (options.childrenOf?.(row).length ?? 0);
    const isExpanded = options.expansions.some((expansion) => expansion.index === index);
    if (row === undefined || children === 0 || wanted === isExpanded) return;
    options.setExpansions(toggleExpansion(options.expansions, { index, name: blocks.nameOf(row), children }));
  };
  const move = (position: Position, isRange: boolean): void => {
    if (isRange && options.selection !== undefined) {
      if (!range.endsAt(options.focus)) range.begin(options.focus.index);
      range.draw(position.index);
    } else range.begin(position.index);
    options.moveTo(position);
  };

  /** False: it means nothing here, the page may have it. */
  const run = (command: GridCommand): boolean => {
    const { index, child } = options.focus;
    const { selection } = options;
    const row = blocks.at(index);
    switch (command.do) {
      case "move":
        return (move(options.step((command.lines ?? 0) + (command.pages ?? 0) * options.pageLines), command.range), true);
      case "first":
      case "last":
        return (move(options.step(command.do === "first" ? -Infinity : Infinity), command.range), true);
      case "expand":
        return (expand(index, true), true);
      case "fold":
        if (child !== undefined) options.moveTo({ index });
        else expand(index, false);
        return true;
      case "choose":
        return (choose(index, false), selection !== undefined);
      case "all":
        range.stop();
        return (selection?.all(), selection !== undefined);
      case "clear":
        if (range.stop()) return true;
        if (selection === undefined || selection.count === 0) return false;
        return (selection.clear(), true);
      default:
        return row !== undefined && options.onAction(command.do, row, child);
    }
  };

  return {
    focus: focusRow,
    said: range.said,
    handlers: {
      onKeyDown: (event) => {
        const line = lineOfElement(event.target);
        if (line === undefined || event.defaultPrevented || wasCovered()) return;
        // A link or button in a row has these keys for itself.
        const isControl = (event.target as Element).closest("a, button, input, select") !== null;
        if (isControl && (event.key === "Enter" || event.key === " ")) return;
        const command = toCommand(event, options.withLetters ?? true);
        if (command === undefined || !run(command)) return;
        event.preventDefault();
        event.stopPropagation();
      },
      onClick: (event) => {
        const line = lineOfElement(event.target);
        if (line === undefined) return;
        const { index } = positionOf(line, options.expansions);
        const target = event.target as Element;
        if (target.closest("[data-choose]") !== null) choose(index, event.shiftKey);
        else if (target.closest("[data-expand]") !== null) expand(index);
      },
      onFocus: (event) => {
        const line = lineOfElement(event.target);
        isInRows.current = line !== undefined;
        blocks.hold(true);
        if (line !== undefined && line !== focusLine) options.noteFocus(line);
      },
      onBlur: ({ target, relatedTarget, currentTarget }) => {
        if (relatedTarget !== null && currentTarget.contains(relatedTarget)) return;
        queueMicrotask(() => {
          // What was taken away with the focus in it did not lose it on purpose.
          if (relatedTarget !== null || target.isConnected) {
            isInRows.current = false;
            blocks.hold(false);
          }
        });
      },
      onPointerEnter: () => blocks.hold(true),
      onPointerLeave: ({ currentTarget }) => blocks.hold(currentTarget.contains(document.activeElement)),
    },
  };
}

function lineOfElement(element: unknown): number | undefined {
  if (!(element instanceof Element)) return undefined;
  const line = element.closest<HTMLElement>("[data-line]")?.dataset["line"];
  return line === undefined ? undefined : Number(line);
}
