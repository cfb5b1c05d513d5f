// Pulls over time, for the eye, the keyboard and the ear: the bars are one slider whose value is spoken. With the rest of this folder and
// its libraries a chunk of its own.

import { useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { formatExact } from "../show/count.ts";
import { Bars, chartHeight, plotOf } from "./bars.tsx";
import { barAt, chosenOf, moveCursor, nowhere } from "./cursor.ts";
import styles from "./pulls-chart.module.css";
import type { Series } from "./series.ts";
import { sayBar, sayBefore, sayBucket, sayGap } from "./words.ts";

export { SeriesTable } from "./as-table.tsx";
export { WeekGrid } from "./week-grid.tsx";

interface PullsChartProps {
  readonly series: Series;
  readonly width: number;
  /** Completes "Pulls …", such as "of team/app". */
  readonly of: string;
  /** Absent: nothing can be chosen. */
  readonly onChoose?: (span: { fromMs: number; toMs: number }) => void;
}

/** More gaps than these are in the table. */
const listedGaps = 5;

export function PullsChart({ series, width, of, onChoose }: PullsChartProps): ReactNode {
  const [cursor, setCursor] = useState(nowhere);
  const [isPressed, setIsPressed] = useState(false);
  const { bars, gaps, interval } = series;
  const count = bars.length;
  const at = cursor.at === undefined || count === 0 ? undefined : Math.min(cursor.at, count - 1);
  const chosen = onChoose === undefined ? undefined : chosenOf(cursor, count);
  const plot = plotOf(width);
  const before = sayBefore(series);

  const choose = ({ first, last }: NonNullable<typeof chosen>): void => {
    onChoose?.({ fromMs: bars[first]!.startMs, toMs: bars[last]!.endMs });
    setCursor(nowhere);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && chosen !== undefined) return choose(chosen);
    const next = moveCursor({ ...cursor, at }, event.key, event.shiftKey && onChoose !== undefined, count);
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setCursor(next);
  };
  const barUnder = ({ clientX, currentTarget }: PointerEvent<HTMLElement>): number =>
    barAt(clientX - currentTarget.getBoundingClientRect().left - plot.left, plot.width, count);
  const onPointer = (event: PointerEvent<HTMLElement>, isDown = isPressed): void => {
    const bar = barUnder(event);
    setCursor({ at: bar, anchor: isDown ? (cursor.anchor ?? bar) : undefined });
  };

  if (count === 0) return null;
  const spoken = chosen === undefined ? sayBar(series, at ?? count - 1) : sayChosen(series, chosen);
  return (
    <div>
      <div
        role="slider"
        tabIndex={0}
        aria-label={`Pulls ${of}, by ${interval}`}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={at ?? count - 1}
        aria-valuetext={spoken}
        className={styles.slider}
        onKeyDown={onKeyDown}
        onPointerMove={onPointer}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.pointerType === "touch") return onPointer(event, false);
          event.currentTarget.setPointerCapture(event.pointerId);
          setIsPressed(onChoose !== undefined);
          onPointer(event, onChoose !== undefined);
        }}
        onPointerUp={(event) => {
          // Where it is by now: of a quick hand the last move is not drawn yet.
          const drawn = isPressed ? chosenOf({ at: barUnder(event), anchor: cursor.anchor }, count) : undefined;
          if (drawn !== undefined && drawn.first !== drawn.last) choose(drawn);
          setIsPressed(false);
        }}
        onPointerLeave={() => isPressed || setCursor(nowhere)}
        onBlur={() => setCursor(nowhere)}
      >
        <Bars series={series} width={width} />
        <svg width={width} height={chartHeight} className={styles.marks} aria-hidden="true">
          {chosen !== undefined && (
            <rect
              x={plot.left + (chosen.first / count) * plot.width}
              y={20}
              width={((chosen.last - chosen.first + 1) / count) * plot.width}
              height={chartHeight - 44}
              className={styles.chosen}
            />
          )}
          {at !== undefined && (
            <line
              x1={plot.left + ((at + 0.5) / count) * plot.width}
              x2={plot.left + ((at + 0.5) / count) * plot.width}
              y1={12}
              y2={chartHeight - 24}
              className={styles.at}
            />
          )}
        </svg>
      </div>
      <div className={styles.below}>
        <p className={styles.said} data-idle={(at === undefined && chosen === undefined) || undefined}>
          {at === undefined ? hintOf(interval, onChoose !== undefined) : spoken}
        </p>
        {before !== undefined && (
          <p className={styles.legend}>
            <span className={styles.line} aria-hidden="true" />
            {before}
          </p>
        )}
      </div>
      {gaps.length > 0 && (
        <ul className={styles.gaps} aria-label="Gaps">
          {gaps.slice(0, listedGaps).map((gap) => (
            <li key={`${gap.kind} ${gap.fromMs} ${gap.reason}`}>
              <span className={styles.hatch} aria-hidden="true" />
              {sayGap(gap)}
            </li>
          ))}
          {gaps.length > listedGaps && <li>and {gaps.length - listedGaps} more, marked in the table</li>}
        </ul>
      )}
    </div>
  );
}

function hintOf(interval: string, canChoose: boolean): string {
  const end = canChoose ? "; drag, or Shift and arrow keys then Enter, to look closer" : "";
  return `Point at a bar, or move with the arrow keys, ${interval} by ${interval}${end}`;
}

function sayChosen({ bars, interval }: Series, { first, last }: { first: number; last: number }): string {
  const sum = bars.slice(first, last + 1).reduce((total, { pulls }) => total + pulls, 0);
  const begin = sayBucket(interval, bars[first]!);
  const end = sayBucket(interval, bars[last]!);
  return `${begin} – ${end}: ${formatExact(sum)} pulls; Enter shows only these, Escape leaves them`;
}
