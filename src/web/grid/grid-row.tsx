// One line of a grid: a row, or one of the second level below it. Plain elements, drawn again only when what it shows is another.

import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { memo, type ReactNode } from "react";
import type { CellContext, GridChild, GridColumn } from "./columns.ts";
import styles from "./grid.module.css";

export interface LineProps {
  readonly line: number;
  /** In px, from the first line. */
  readonly top: number;
  readonly tracks: string;
  readonly isFocused: boolean;
}

interface RowProps<Row> extends LineProps {
  readonly row: Row;
  readonly name: string;
  readonly columns: readonly GridColumn<Row>[];
  readonly now: number;
  /** Undefined: rows cannot be chosen. */
  readonly isChosen: boolean | undefined;
  /** Undefined: there is nothing to expand. */
  readonly isExpanded: boolean | undefined;
  /** Some rows of the list can be expanded: all leave room for the arrow. */
  readonly hasExpanders: boolean;
  readonly isMarked: boolean;
  readonly narrow: ((row: Row, context: CellContext) => ReactNode) | undefined;
}

function Row<Row>(props: RowProps<Row>): ReactNode {
  const { line, top, tracks, isFocused, row, name, columns, now, isChosen, isExpanded, narrow } = props;
  const context: CellContext = { now, tabIndex: isFocused ? 0 : -1 };
  return (
    <div
      role="row"
      className={styles.row}
      data-line={line}
      data-marked={props.isMarked || undefined}
      aria-rowindex={line + 2}
      aria-level={1}
      aria-expanded={isExpanded}
      aria-selected={isChosen}
      tabIndex={context.tabIndex}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: tracks }}
    >
      {isChosen !== undefined && (
        <div role="gridcell" className={styles.box}>
          <input type="checkbox" checked={isChosen} readOnly tabIndex={-1} data-choose aria-label={`Choose ${name}`} />
        </div>
      )}
      {narrow === undefined ? (
        columns.map((column, i) => (
          <div key={column.id} role="gridcell" className={styles.cell} data-right={column.right}>
            {i === 0 && props.hasExpanders && <Expander name={name} isExpanded={isExpanded} />}
            {column.cell(row, context)}
          </div>
        ))
      ) : (
        <div role="gridcell" className={styles.narrow}>
          {props.hasExpanders && <Expander name={name} isExpanded={isExpanded} />}
          {narrow(row, context)}
        </div>
      )}
    </div>
  );
}
export const GridRow = memo(Row) as typeof Row;

function Expander({ name, isExpanded }: { name: string; isExpanded: boolean | undefined }): ReactNode {
  if (isExpanded === undefined) return <span className={styles.expander} />;
  const Icon = isExpanded ? IconChevronDown : IconChevronRight;
  return (
    <button
      type="button"
      className={styles.expander}
      tabIndex={-1}
      data-expand
      aria-label={`${isExpanded ? "Fold" : "Expand"} ${name}`}
    >
      <Icon size={14} aria-hidden />
    </button>
  );
}

interface ChildProps extends LineProps {
  readonly child: GridChild;
  readonly columns: readonly GridColumn<never>[];
  readonly now: number;
  readonly hasBox: boolean;
  readonly isNarrow: boolean;
}

export const GridChildRow = memo(function ChildRow(props: ChildProps): ReactNode {
  const { line, top, tracks, isFocused, child, columns, now, hasBox, isNarrow } = props;
  const context: CellContext = { now, tabIndex: isFocused ? 0 : -1 };
  return (
    <div
      role="row"
      className={styles.row}
      data-line={line}
      data-child
      aria-rowindex={line + 2}
      aria-level={2}
      tabIndex={context.tabIndex}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: tracks }}
    >
      {isNarrow ? (
        <div role="gridcell" className={styles.narrow} data-under-box={hasBox || undefined}>
          {child.narrow(context)}
        </div>
      ) : (
        columns.map(({ id, right }, i) => (
          <div
            key={id}
            role="gridcell"
            className={styles.cell}
            data-right={right}
            data-indent={i === 0 || undefined}
            data-under-box={(i === 0 && hasBox) || undefined}
          >
            {child.cell(id, context)}
          </div>
        ))
      )}
    </div>
  );
});

const narrowBars = [{ id: "name" }, { id: "number", right: true }, { id: "times" }, { id: "size", right: true }];

/** Where a row will be. */
export const GridWaiting = memo(function Waiting(
  props: LineProps & Pick<ChildProps, "columns" | "isNarrow" | "hasBox">,
): ReactNode {
  const { line, top, tracks, isFocused, columns, isNarrow, hasBox } = props;
  return (
    <div
      role="row"
      className={styles.row}
      data-line={line}
      data-waiting
      aria-rowindex={line + 2}
      aria-level={1}
      tabIndex={isFocused ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="gridcell"
        className={styles.waiting}
        aria-label="Loading"
        data-narrow={isNarrow || undefined}
        {...(!isNarrow && { style: { gridTemplateColumns: tracks } })}
      >
        {hasBox && <span data-box />}
        {(isNarrow ? narrowBars : columns).map(({ id, right }) => (
          <span key={id} data-right={right} />
        ))}
      </div>
    </div>
  );
});
