// What somebody should look at, in words: what is the matter and since when.

import type { Health } from "../browse/health.ts";
import type { DeadJobs, IncompleteImages } from "../store/overview.ts";
import type { PullGap } from "../store/pull-gaps.ts";
import type { Overview } from "../wire/overview.ts";
import { toTime } from "./show.ts";

export type Attention = Overview["attention"][number];

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const units = [
  ["d", 24 * 60 * minuteMs],
  ["h", 60 * minuteMs],
  ["min", minuteMs],
  ["s", secondMs],
] as const;

/** The two largest units: 3 h 12 min */
export function formatDuration(ms: number): string {
  const first = units.findIndex(([, length]) => ms >= length);
  if (first === -1) return "less than a second";
  const [unit, length] = units[first]!;
  const next = units[first + 1];
  const rest = next === undefined ? 0 : Math.floor((ms % length) / next[1]);
  return `${Math.floor(ms / length)} ${unit}${rest === 0 ? "" : ` ${rest} ${next![0]}`}`;
}

/** 19 Nov 2026 14:03 UTC */
function formatMoment(ms: number): string {
  const [, day, month, year, time] = new Date(ms).toUTCString().split(" ");
  return `${Number(day)} ${month} ${year} ${time!.slice(0, 5)} UTC`;
}

/** The latest first. */
export function tellGaps(gaps: readonly PullGap[], nowMs: number, limit: number): Attention[] {
  return gaps
    .toSorted((a, b) => b.start_ms - a.start_ms)
    .slice(0, limit)
    .map(({ kind, start_ms: startMs, end_ms: endMs, reason }) => {
      const what =
        kind === "pulls" ? "pulls were perhaps not all counted" : "pulls were counted, but perhaps not all of them for their tag";
      const length = formatDuration((endMs === 0 ? nowMs : endMs) - startMs);
      const when = endMs === 0 ? `since ${formatMoment(startMs)}` : `from ${formatMoment(startMs)}`;
      return { kind: "gap", sentence: `${what}, for ${length} ${when}: ${reason}`, since: toTime(startMs) };
    });
}

export function tellJobs(dead: readonly DeadJobs[]): Attention[] {
  return dead.map(({ kind, jobs, lastMs }) => {
    const what = jobs === 1 ? "a background job was" : `${jobs} background jobs were`;
    return { kind: "jobs", sentence: `${what} given up: ${kind}, last on ${formatMoment(lastMs)}`, since: toTime(lastMs) };
  });
}

export function tellIncomplete(repositories: readonly IncompleteImages[]): Attention[] {
  return repositories.map(({ repository, images, pushedMs }) => {
    const what = images === 1 ? "an image lacks" : `${images} images lack`;
    return { kind: "incomplete", sentence: `${what} layers in ${repository}`, since: toTime(pushedMs) };
  });
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

const fullPercent = 80;

export function tellDisk({ freeBytes, totalBytes }: DiskSpace): Attention[] {
  const percent = Math.floor((100 * (totalBytes - freeBytes)) / totalBytes);
  return percent < fullPercent
    ? []
    : [{ kind: "disk", sentence: `the disk of the data folder is ${percent} % full`, since: null }];
}

export interface Upstream {
  readonly name: string;
  readonly host: string;
  readonly health: Health;
  /** What it allows, as it told last. */
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
}

export function tellUpstreams(upstreams: readonly Upstream[]): Attention[] {
  return upstreams.flatMap(({ name, host, health, limit, remaining }) => {
    if (health.state === "failing") {
      const since = health.atMs === undefined ? null : toTime(health.atMs);
      return [{ kind: "upstream" as const, sentence: `${name} (${host}): ${health.sentence}`, since }];
    }
    if (limit === undefined || remaining === undefined || remaining * 10 > limit) return [];
    return [{ kind: "upstream" as const, sentence: `${name} (${host}): ${remaining} of ${limit} pulls left`, since: null }];
  });
}
