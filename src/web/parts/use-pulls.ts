// Pulls over time of a place in a range, with those of the time before, as a chart needs them.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
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
}

/** `place` undefined: the whole registry. `range` undefined: not yet, nothing is asked. */
export function usePulls(
  place: Place | undefined,
  range: ChosenRange | undefined,
  trackedSinceMs: number | undefined,
  comparing = true,
): AskedPulls {
  const before = range === undefined || !comparing ? undefined : spanBefore(range, trackedSinceMs);
  const query = useQuery({ ...pulls(askOf(place, range)), enabled: range !== undefined, refetchInterval: liveMs });
  // What is over does not change any more.
  const earlier = useQuery({
    ...pulls(askOf(place, range === undefined || before === undefined ? undefined : { ...range, ...before, preset: undefined })),
    enabled: before !== undefined,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  const [now, then] = [query.data, before === undefined ? undefined : earlier.data];
  const series = useMemo(() => (now === undefined ? undefined : toSeries(now, then)), [now, then]);
  return { query, series };
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
