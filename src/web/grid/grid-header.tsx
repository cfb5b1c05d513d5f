// The head of a grid: what it is sorted by and by what it could be, as real buttons; under 768 px as one choice.

import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";
import { ariaSort, nextSort, type GridColumn } from "./columns.ts";
import styles from "./grid.module.css";

interface HeaderProps {
  readonly columns: readonly GridColumn<never>[];
  /** Those of the narrow choice too. */
  readonly allColumns: readonly GridColumn<never>[];
  readonly tracks: string;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly isNarrow: boolean;
  /** Undefined: rows cannot be chosen. */
  readonly box: { readonly state: "none" | "some" | "all"; readonly label: string; readonly onChange: () => void } | undefined;
  readonly hasExpanders: boolean;
}

export function GridHeader(props: HeaderProps): ReactNode {
  const { columns, tracks, sort, onSort, isNarrow, box, hasExpanders } = props;
  return (
    <div role="rowgroup" className={styles.head}>
      <div
        role="row"
        aria-rowindex={1}
        className={styles.headRow}
        {...(!isNarrow && { style: { gridTemplateColumns: tracks } })}
        data-narrow={isNarrow || undefined}
      >
        {box !== undefined && (
          <div role="columnheader" className={styles.box}>
            <AllBox {...box} />
          </div>
        )}
        {isNarrow ? (
          <NarrowSort columns={props.allColumns} sort={sort} onSort={onSort} />
        ) : (
          columns.map((column, i) => (
            <div
              key={column.id}
              role="columnheader"
              className={styles.headCell}
              data-right={column.right}
              data-indent={(i === 0 && hasExpanders) || undefined}
              aria-sort={ariaSort(column.sort, sort)}
            >
              {column.sort === undefined ? (
                <span data-tip={column.note}>{column.title}</span>
              ) : (
                <button
                  type="button"
                  onClick={() => onSort(nextSort(column, sort))}
                  data-tip={column.note}
                  className={styles.sort}
                >
                  {column.title}
                  {sort === column.sort && <IconArrowUp size={12} aria-hidden />}
                  {sort === `-${column.sort}` && <IconArrowDown size={12} aria-hidden />}
                </button>
              )}
            </div>
          ))
        )}
      </div>
    </div>
  );
}

function AllBox({ state, label, onChange }: NonNullable<HeaderProps["box"]>): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = state === "some";
  }, [state]);
  return <input ref={input} type="checkbox" checked={state === "all"} onChange={onChange} aria-label={label} data-tip={label} />;
}

function NarrowSort({ columns, sort, onSort }: Pick<HeaderProps, "columns" | "sort" | "onSort">): ReactNode {
  return (
    <div role="columnheader" className={styles.headCell}>
      <label>
        Sorted by{" "}
        <select value={sort} onChange={(event) => onSort(event.target.value)}>
          {columns.flatMap(({ title, sort: field }) =>
            field === undefined
              ? []
              : [field, `-${field}`].map((value, i) => (
                  <option key={value} value={value}>
                    {title}, {i === 0 ? "up" : "down"}
                  </option>
                )),
          )}
        </select>
      </label>
    </div>
  );
}
