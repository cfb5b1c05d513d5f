// The last seven days: the sum as the overview says it, and the bars.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Overview } from "../../wire/overview.ts";
import { useNow } from "../ask/clock.ts";
import { useStatus } from "../ask/live.ts";
import { chooseRange } from "../chart/range.ts";
import { axisWidth, useWidth } from "../chart/width.ts";
import { sayChange } from "../chart/words.ts";
import { Card } from "../parts/cards.tsx";
import { CountingOff, PullsPanel } from "../parts/pulls-panel.tsx";
import { usePulls } from "../parts/use-pulls.ts";
import { formatPulls } from "../show/count.ts";
import { upperFirst } from "../show/sentence.ts";

export function PullsCard({ overview }: { overview: Overview | undefined }): ReactNode {
  const status = useStatus();
  const nowMs = useNow();
  const [ref, width] = useWidth();
  const trackedSinceMs = status?.trackedSince == null ? undefined : Date.parse(status.trackedSince);
  const range =
    status === undefined || width === undefined
      ? undefined
      : chooseRange({}, { nowMs, trackedSinceMs, width: width - axisWidth });
  const { query, series } = usePulls(undefined, status?.features.pulls === false ? undefined : range, trackedSinceMs);
  const pulls = overview?.pulls;
  return (
    <Card
      title={pulls == null ? "Pulls in 7 days" : sayWeek(pulls, series?.compared !== undefined)}
      action={<Link to="/activity">Activity</Link>}
    >
      <div ref={ref}>
        {status?.features.pulls === false ? (
          <CountingOff />
        ) : (
          <PullsPanel query={query} series={series} width={width} of="of the registry in 7 days" />
        )}
      </div>
    </Card>
  );
}

/** `48,210 pulls in 7 days, 6 % more than before`: compared only where every hour of both weeks was counted whole. */
function sayWeek({ last7Days, before, atLeast }: NonNullable<Overview["pulls"]>, isComparable: boolean): string {
  const words = `${upperFirst(formatPulls(last7Days, atLeast))} in 7 days`;
  return isComparable && !atLeast ? `${words}, ${sayChange({ now: last7Days, before })}` : words;
}
