// Pulls over time in all their states: counting is off, on its way, could not be had, old while new ones are fetched. The chart itself
// comes as a chunk of its own; its place is there before it.

import { lazy, Suspense, type ReactNode } from "react";
import { ProblemPanel } from "./problem.tsx";
import styles from "./pulls-panel.module.css";
import type { AskedPulls } from "./use-pulls.ts";

const PullsChart = lazy(async () => ({ default: (await import("../chart/pulls-chart.tsx")).PullsChart }));

interface PullsPanelProps extends Pick<AskedPulls, "query" | "series"> {
  /** In pixels; undefined: not measured yet. */
  readonly width: number | undefined;
  /** Completes "Pulls …". */
  readonly of: string;
  readonly onChoose?: (span: { fromMs: number; toMs: number }) => void;
}

export function PullsPanel({ query, series, width, of, onChoose }: PullsPanelProps): ReactNode {
  if (query.data?.trackedSince === null) return <CountingOff />;
  return (
    <div className={styles.panel} aria-busy={query.isFetching}>
      {query.error !== null && <ProblemPanel error={query.error} what="load the pulls" retry={() => void query.refetch()} />}
      {series === undefined || width === undefined ? (
        query.error === null && <div className={styles.place} />
      ) : (
        <Suspense fallback={<div className={styles.place} />}>
          <PullsChart series={series} width={width} of={of} {...(onChoose !== undefined && { onChoose })} />
        </Suspense>
      )}
    </div>
  );
}

export function CountingOff(): ReactNode {
  return (
    <p>
      Pulls are not counted here: <code>pulls.enabled</code> is false. Start the server with <code>HYTHE_PULLS_ENABLED=true</code>{" "}
      (or take the setting out of its configuration), and from then on every pull is counted. The time until then stays not known.
    </p>
  );
}
