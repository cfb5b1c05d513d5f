// When in the week, of the last two weeks: so long the hours are kept.

import { lazy, Suspense, useMemo, type ReactNode } from "react";
import { startOf, type ChosenRange } from "../chart/range.ts";
import { sayWeek, toWeek } from "../chart/week.ts";
import { Card, Unknown, Waiting } from "../parts/cards.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { usePulls } from "../parts/use-pulls.ts";
import type { Place } from "../show/place.ts";

const WeekGrid = lazy(async () => ({ default: (await import("../chart/pulls-chart.tsx")).WeekGrid }));
const hourMs = 3_600_000;
const weeksMs = 14 * 24 * hourMs;

export function WeekCard({ place, nowMs }: { place: Place | undefined; nowMs: number }): ReactNode {
  const range: ChosenRange = {
    preset: "7d",
    fromMs: startOf("hour", nowMs - weeksMs) + hourMs,
    toMs: nowMs,
    interval: "hour",
    intervals: [],
  };
  const { query } = usePulls(place, range, undefined, false);
  const { data, error } = query;
  const isByHour = data?.interval === "hour";
  const week = useMemo(() => (isByHour ? toWeek(data.buckets) : undefined), [data, isByHour]);
  if (data?.trackedSince === null) return null;
  return (
    <Card title="When in the week" action={<span>UTC, the last 2 weeks</span>}>
      {error !== null && <ProblemPanel error={error} what="load the hours" retry={() => void query.refetch()} />}
      {data === undefined && error === null && <Waiting lines={7} />}
      {data !== undefined && !isByHour && <Unknown>Hours are not kept so long here (pulls.hoursKeep).</Unknown>}
      {week !== undefined && (
        <Suspense fallback={<Waiting lines={7} />}>
          <WeekGrid week={week} />
          <p>{sayWeek(week) ?? "Nothing was pulled in an hour that was counted whole."}</p>
        </Suspense>
      )}
    </Card>
  );
}
