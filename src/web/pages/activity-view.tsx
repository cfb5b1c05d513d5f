// Pulls over time, of the registry, a repository or an image: what the page "Activity" shows, and a tab of others. All of its state is in
// the URL (range, from, to, interval), whoever shows it.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { AskError } from "../ask/ask-error.ts";
import { useNow } from "../ask/clock.ts";
import { useStatus } from "../ask/live.ts";
import { manifest } from "../ask/queries.ts";
import { chooseRange, type ChosenRange } from "../chart/range.ts";
import { axisWidth, useWidth } from "../chart/width.ts";
import { Cards } from "../parts/cards.tsx";
import { Empty } from "../parts/empty.tsx";
import { CountingOff } from "../parts/pulls-panel.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { usePulls } from "../parts/use-pulls.ts";
import { formatExact } from "../show/count.ts";
import { formatPlace, type Place } from "../show/place.ts";
import { ActivityChart } from "./activity-chart.tsx";
import { RangeControls } from "./activity-range.tsx";
import { TopTable } from "./activity-top.tsx";
import { WeekCard } from "./activity-week.tsx";
import styles from "./activity.module.css";

/** `place` without tag and digest. */
export function RepositoryActivity({ place }: { place: Place }): ReactNode {
  return <ActivityView place={place} />;
}

export function ImageActivity({ place }: { place: Place }): ReactNode {
  return <ActivityView place={place} />;
}

/** `place` undefined: the whole registry, as far as the reader sees it. */
export function ActivityView({ place }: { place: Place | undefined }): ReactNode {
  const status = useStatus();
  const nowMs = useNow();
  const [search, change] = useSearchState();
  const [ref, width] = useWidth();
  const trackedSinceMs = status?.trackedSince == null ? undefined : Date.parse(status.trackedSince);
  // Before the width and the server's clock are known, every question would be a wrong one.
  const range =
    status === undefined || width === undefined
      ? undefined
      : chooseRange(search, { nowMs, trackedSinceMs, width: width - axisWidth });
  const asked = usePulls(place, range, trackedSinceMs);
  if (status?.features.pulls === false) return <CountingOff />;
  const { error } = asked.query;
  if (error instanceof AskError && error.isMissing) {
    return (
      <Empty kind="no match" title="There is nothing by this name">
        {error.message}: or you may not see it.
      </Empty>
    );
  }
  const isImage = place?.tag !== undefined || place?.digest !== undefined;
  const span =
    range === undefined ? undefined : { fromMs: range.fromMs, toMs: range.preset === undefined ? range.toMs : undefined };
  return (
    <div className={styles.view} ref={ref}>
      {range !== undefined && width !== undefined && (
        <>
          <RangeControls range={range} nowMs={nowMs} change={change} />
          <ActivityChart
            asked={asked}
            width={width}
            of={place === undefined ? "of the registry" : `of ${formatPlace(place)}`}
            figures={isImage && <ImageFigures place={place} range={range} />}
            onChoose={({ fromMs, toMs }) =>
              change({ range: undefined, from: shortest(fromMs), to: shortest(Math.min(toMs, nowMs)), interval: undefined })
            }
          />
        </>
      )}
      {span !== undefined && (
        <Cards roomy>
          {!isImage && <TopTable kind="tag" repository={place?.repository} span={span} />}
          {!isImage && (
            <TopTable kind={place === undefined ? "repository" : "digest"} repository={place?.repository} span={span} />
          )}
          <WeekCard place={place} nowMs={nowMs} />
        </Cards>
      )}
    </div>
  );
}

/** A tag keeps its numbers when it moves, so the tag and its image are two figures, never one sum. */
function ImageFigures({ place, range }: { place: Place; range: ChosenRange }): ReactNode {
  const { data } = useQuery(manifest(place.repository, place.tag ?? place.digest!));
  const image = data === undefined || place.tag === undefined ? undefined : { repository: place.repository, digest: data.digest };
  const { series } = usePulls(image, image === undefined ? undefined : range, undefined, false);
  const { byTag, direct, asChild } = data?.pulls ?? {};
  return (
    <>
      {place.tag !== undefined && (
        <span>
          the image that it is on now <b className="num">{series === undefined ? "not known" : formatExact(series.pulls)}</b>
        </span>
      )}
      {byTag != null && direct != null && asChild != null && (
        <span>
          that image since counting began: by tag <b className="num">{formatExact(byTag)}</b>, by digest{" "}
          <b className="num">{formatExact(direct)}</b>, through an index <b className="num">{formatExact(asChild)}</b>
        </span>
      )}
    </>
  );
}

/** `2026-11-17` for a midnight, else the time. */
function shortest(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("T00:00:00.000Z", "").replace(":00.000Z", "Z");
}
