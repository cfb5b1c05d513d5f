// The last 30 days of a row, today at the right.

import type { ReactNode } from "react";
import { drawTrend, sayTrend, trendHeight, trendWidth } from "./trend-path.ts";
import styles from "./trend.module.css";

/** null or undefined: not known. */
export function Trend({ days }: { days: readonly number[] | null | undefined }): ReactNode {
  if (days == null) return <span title="Not known">–</span>;
  const words = sayTrend(days);
  return (
    <svg className={styles.trend} viewBox={`0 0 ${trendWidth} ${trendHeight}`} role="img" aria-label={words}>
      <title>{words}</title>
      <path d={drawTrend(days)} fill="currentColor" />
    </svg>
  );
}
