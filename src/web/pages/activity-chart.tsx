// The answer in words, the bars, what else was counted, and the same as a table or a file.

import { Button, Group } from "@mantine/core";
import { IconDownload, IconTable } from "@tabler/icons-react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { csvName, toCsv } from "../chart/table.ts";
import { sayPulls } from "../chart/words.ts";
import { PullsPanel } from "../parts/pulls-panel.tsx";
import type { AskedPulls } from "../parts/use-pulls.ts";
import { formatExact } from "../show/count.ts";
import styles from "./activity.module.css";

const SeriesTable = lazy(async () => ({ default: (await import("../chart/pulls-chart.tsx")).SeriesTable }));

interface ActivityChartProps {
  readonly asked: AskedPulls;
  readonly width: number;
  /** Completes "Pulls …". */
  readonly of: string;
  /** More figures, beside the checks. */
  readonly figures?: ReactNode;
  readonly onChoose: (span: { fromMs: number; toMs: number }) => void;
}

export function ActivityChart({ asked, width, of, figures, onChoose }: ActivityChartProps): ReactNode {
  const { query, series, range, isUpdating } = asked;
  const [isTable, setIsTable] = useState(false);
  const isCounted = query.data !== undefined && query.data.trackedSince !== null;
  return (
    <section className={styles.chart} aria-label={`Pulls ${of}`} aria-busy={isUpdating}>
      <div className={styles.line}>
        <h2 className={styles.headline} aria-live="polite">
          {series !== undefined && range !== undefined && isCounted && sayPulls(series, range)}
        </h2>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            disabled={!isCounted}
            leftSection={<IconDownload size={14} aria-hidden />}
            onClick={() => query.data !== undefined && download(csvName(query.data), toCsv(query.data))}
          >
            CSV
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!isCounted}
            aria-pressed={isTable}
            leftSection={<IconTable size={14} aria-hidden />}
            onClick={() => setIsTable(!isTable)}
          >
            As table
          </Button>
        </Group>
      </div>
      {isTable && series !== undefined ? (
        <Suspense>
          <SeriesTable series={series} caption={`Pulls ${of}, by ${series.interval}`} />
        </Suspense>
      ) : (
        <PullsPanel query={query} series={series} width={width} of={of} onChoose={onChoose} />
      )}
      {series !== undefined && isCounted && (
        <p className={styles.figures}>
          {figures}
          <span>
            checks <b className="num">{formatExact(series.checks)}</b> (asked whether it has changed, and did not pull)
          </span>
        </p>
      )}
    </section>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
