// Pulls over time of a place in a range, with those of the time before, as a chart needs them.

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { PullsAnswer } from "../../wire/pulls.ts";
import { liveMs, pulls } from "../ask/queries.ts";
import { intervalToAsk, spanBefore, type ChosenRange } from "../chart/range.ts";
import { toSeries, type Series } from "../chart/series.ts";
import type { Place } from "../show/place.ts";

export interface AskedPulls {
  readonly query: {
    readonly data: PullsAnswer | undefined;
    readonly error: Error | null;
    readonly isFetching: boolean;
    readonly refetch: () => unknown;
  };
  readonly series: Series | undefined;
  /** Of `series`: another than was asked for as long as that one is on its way. */
  readonly range: ChosenRange | undefined;
  readonly isUpdating: boolean;
}

/** `place` undefined: the whole registry. `range` undefined: not yet, nothing is asked. */
export function usePulls(
  place: Place | undefined,
  range: ChosenRange | undefined,
  trackedSinceMs: number | undefined,
  comparing = true,
): AskedPulls {
  const before = range === undefined || !comparing ? undefined : spanBefore(range, trackedSinceMs);
  const query = useQuery({
    ...pulls(askOf(place, range)),
    enabled: range !== undefined,
    refetchInterval: liveMs,
  });
  // What is over does not change any more.
  const earlier = useQuery({
    ...pulls(askOf(place, range === undefined || before === undefined ? undefined : { ...range, ...before, preset: undefined })),
    enabled: before !== undefined,
    staleTime: Infinity,
  });
  // Only numbers of one question are told together: those of two times side by side would compare what nobody asked.
  const isUpdating = query.isPlaceholderData;
  const now = isUpdating ? undefined : query.data;
  const then = before === undefined || earlier.isPlaceholderData ? undefined : earlier.data;
  const series = useMemo(() => (now === undefined ? undefined : toSeries(now, then)), [now, then]);
  const [kept, keep] = useState({ series, range });
  if (series !== undefined && series !== kept.series) keep({ series, range });
  return { query, isUpdating, ...(isUpdating ? kept : { series, range }) };
}

/** As long as it ends now there is no `to`, so that the question stays the same while time goes on. */
function askOf(place: Place | undefined, range: ChosenRange | undefined): Record<string, string | boolean | undefined> {
  if (range === undefined) return {};
  const { preset, fromMs, toMs } = range;
  const about = { repository: place?.repository, tag: place?.tag, digest: place?.digest, interval: intervalToAsk(range) };
  if (preset === "all") return { ...about, all: true };
  const from = new Date(fromMs).toISOString();
  return preset === undefined ? { ...about, from, to: new Date(toMs).toISOString() } : { ...about, from };
}
