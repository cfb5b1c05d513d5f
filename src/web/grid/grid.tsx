// A list of up to 100,000 rows of any kind, as a treegrid. What is drawn is what is visible, at most a few dozen rows.
//
//   const list = useBlocks<TagItem, TagsAnswer>(tags, query, nameOf);             // rows in blocks of 100, see use-blocks.ts
//   const selection = useSelection(list.key, list.total ?? 0, nameOf);            // only where rows can be chosen, see selection.ts
//   <Grid label="Tags" blocks={list} columns={columns} sort={sort} onSort={…} narrow={…} onAction={…} empty={<Empty …/>} />
//
// Columns are values (columns.ts); their cells get `now` and `tabIndex`, and show tips by `data-tip` (tip.tsx). All keys of lists are in
// grid-keys.ts. The focus stays with the name of a row, whatever moves (focus.ts).

import { useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type ReactNode, type Ref } from "react";
import { useNow } from "../ask/clock.ts";
import {
  isShown,
  narrowBelow,
  toTracks,
  type CellContext,
  type ColumnChoice,
  type GridChild,
  type GridColumn,
} from "./columns.ts";
import { GridHeader } from "./grid-header.tsx";
import type { RowAction } from "./grid-keys.ts";
import { GridChildRow, GridRow, GridWaiting } from "./grid-row.tsx";
import styles from "./grid.module.css";
import type { Selection } from "./selection.ts";
import { GridTip } from "./tip.tsx";
import type { Blocks } from "./use-blocks.ts";
import { useGridState } from "./use-grid-state.ts";
import { useRowHeight, useWindowWidth } from "./row-height.ts";

export interface GridProps<Row> {
  /** Its accessible name. */
  readonly label: string;
  readonly blocks: Blocks<Row>;
  /** The first is what rows are known by. Stable. */
  readonly columns: readonly GridColumn<Row>[];
  /** What the reader wants, of useColumnChoice(). */
  readonly choice?: ColumnChoice;
  /** As in the API: a field, with - in front for the greatest first. */
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  /** A row of two lines under 768 px. */
  readonly narrow: (row: Row, context: CellContext) => ReactNode;
  /** Rows of the second level. Stable; none or undefined: there is nothing to expand. */
  readonly childrenOf?: (row: Row) => readonly GridChild[];
  /** The names of rows that are expanded as soon as they are loaded; read when the list comes, and when it is another one. */
  readonly open?: readonly string[];
  /** After the reader has expanded or folded something: the names of all rows that are open. */
  readonly onOpen?: (names: readonly string[]) => void;
  readonly selection?: Selection<Row>;
  /** What keys ask for: Enter, c, C, d, Delete. `child` counts among its children. False: it means nothing here, the page may have it. */
  readonly onAction: (action: RowAction, row: Row, child: number | undefined) => boolean;
  /** In place of rows when there are none. */
  readonly empty: ReactNode;
  /** While the pointer is at something with `data-group`, the rows of that group are marked. */
  readonly groupOf?: (row: Row) => string | null;
  /** Below the rows, such as what can be done with the chosen ones. */
  readonly footer?: ReactNode;
  /** Letters as keys; by default on. */
  readonly withLetters?: boolean;
  readonly ref?: Ref<GridHandle>;
}

export interface GridHandle {
  /** Puts the focus on the row that has it when Tab comes in. */
  focus(): void;
}

export function Grid<Row>(props: GridProps<Row>): ReactNode {
  const {
    label,
    blocks,
    columns: allColumns,
    choice = {},
    sort,
    onSort,
    narrow,
    childrenOf,
    selection,
    empty,
    groupOf,
    footer,
    ref,
  } = props;
  const frame = useRef<HTMLDivElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const now = useNow();
  const rowHeight = useRowHeight();
  const windowWidth = useWindowWidth();
  const [group, setGroup] = useState<string>();
  const isNarrow = windowWidth < narrowBelow;
  const columns = useMemo(
    () => allColumns.filter((column) => isShown(column, choice, windowWidth)),
    [allColumns, choice, windowWidth],
  );
  const hasBoxes = selection !== undefined;
  const { tracks, width } = useMemo(
    () => (isNarrow ? { tracks: `${hasBoxes ? "44px " : ""}minmax(0, 1fr)`, width: 0 } : toTracks(columns, hasBoxes)),
    [columns, hasBoxes, isNarrow],
  );
  const state = useGridState({ ...props, scroll, rowHeight, isNarrow });
  useImperativeHandle(ref, () => ({ focus: state.focus }));
  useTop(frame);

  if (blocks.total === 0 && !blocks.isUpdating) return <div ref={frame}>{empty}</div>;
  const waiting = { columns, isNarrow, hasBox: hasBoxes };
  const lines = state.lines.map(({ line, top, index, child }) => {
    const place = { line, top, tracks, isFocused: line === state.focusLine };
    const row = blocks.at(index);
    if (row === undefined) return <GridWaiting key={line} {...place} {...waiting} />;
    const children = childrenOf?.(row) ?? [];
    if (child !== undefined) {
      const shown = children[child];
      if (shown === undefined) return <GridWaiting key={line} {...place} {...waiting} />;
      return <GridChildRow key={line} {...place} {...{ child: shown, columns, now, hasBox: hasBoxes, isNarrow }} />;
    }
    const name = blocks.nameOf(row);
    return (
      <GridRow
        key={line}
        {...place}
        {...{ row, name, columns, now }}
        isChosen={selection?.has(name)}
        isExpanded={children.length === 0 ? undefined : state.isExpanded(index)}
        hasExpanders={childrenOf !== undefined}
        isMarked={group !== undefined && groupOf?.(row) === group}
        narrow={isNarrow ? narrow : undefined}
      />
    );
  });
  return (
    <div className={styles.frame} ref={frame} data-grid>
      {blocks.isUpdating && <div className={styles.progress} role="progressbar" aria-label="Loading" />}
      {blocks.isBehind && (
        <div className={styles.note} role="status">
          The list has changed since.
          <button type="button" className={styles.show} onClick={blocks.refresh}>
            Show
          </button>
        </div>
      )}
      {state.said !== "" && (
        <div className={styles.note} role="status">
          {state.said}
        </div>
      )}
      <div ref={scroll} className={styles.scroll}>
        <div
          role="treegrid"
          aria-label={label}
          aria-rowcount={blocks.total === undefined ? -1 : state.lineCount + 1}
          aria-multiselectable={hasBoxes || undefined}
          aria-busy={blocks.isUpdating || blocks.total === undefined}
          style={{ minWidth: width }}
          {...state.handlers}
          onPointerOver={({ target }) => setGroup((target as Element).closest<HTMLElement>("[data-group]")?.dataset["group"])}
        >
          <GridHeader
            {...{ columns, allColumns, tracks, sort, onSort, isNarrow }}
            hasExpanders={childrenOf !== undefined}
            box={
              selection && {
                state: selection.count === 0 ? "none" : selection.count === blocks.total ? "all" : "some",
                label: selection.count === 0 ? `Choose all ${blocks.total ?? 0} that match` : "Choose none",
                onChange: selection.count === 0 ? selection.all : selection.clear,
              }
            }
          />
          <div role="rowgroup" className={styles.body} style={{ height: state.height }}>
            {lines}
          </div>
        </div>
      </div>
      {footer}
      <GridTip within={frame} />
    </div>
  );
}

/** Tells the style sheet how far down the page the grid begins. */
function useTop(frame: React.RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const top = Math.round(element.getBoundingClientRect().top + window.scrollY);
      element.style.setProperty("--grid-top", `${top}px`);
    };
    measure();
    // What appears above it makes one of these longer.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    if (element.parentElement !== null) observer.observe(element.parentElement);
    return () => observer.disconnect();
  }, [frame]);
}
