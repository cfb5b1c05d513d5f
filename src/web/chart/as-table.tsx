// The bars as a table: every number of the chart, and what is known of it.

import type { ReactNode } from "react";
import { formatExact } from "../show/count.ts";
import styles from "./as-table.module.css";
import type { Series } from "./series.ts";
import { stateWords } from "./table.ts";
import { sayBucket } from "./words.ts";

export function SeriesTable({ series, caption }: { series: Series; caption: string }): ReactNode {
  const { bars, interval } = series;
  const hasBefore = bars.some(({ before }) => before !== undefined);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keys
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={caption}>
      <table className={styles.table}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">Pulls</th>
            <th scope="col">Checks</th>
            {hasBefore && <th scope="col">Pulls before</th>}
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {bars.toReversed().map(({ startMs, endMs, pulls, checks, before, state }) => (
            <tr key={startMs}>
              <th scope="row">
                <time dateTime={new Date(startMs).toISOString()}>
                  {sayBucket(interval, { startMs, endMs }).replace(" UTC", "")}
                </time>
              </th>
              <td>{state === "untracked" ? "–" : formatExact(pulls)}</td>
              <td>{state === "untracked" ? "–" : formatExact(checks)}</td>
              {hasBefore && <td>{before === undefined ? "–" : formatExact(before)}</td>}
              <td>{stateWords[state]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
