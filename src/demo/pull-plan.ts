// The pulls of two years. As fine as statistics keep them: by the hour for the last two weeks, by the day for thirteen months, by four
// weeks before that; an image for several platforms is followed by the one that fits.

import type { Digest } from "../oci/digest.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { RepositoryDemand } from "./demand.ts";
import type { DemoManifest } from "./manifests.ts";
import { createRandom, sampleCount, type Random } from "./random.ts";
import { dayMs, hourMs } from "./rhythm.ts";

export interface PlannedPulls {
  readonly way: "by tag" | "direct" | "as child" | "check";
  readonly repository: RepositoryName;
  /** Undefined: by digest. */
  readonly tag: Tag | undefined;
  readonly digest: Digest;
  readonly timeMs: number;
  readonly count: number;
}

/** A time in which pulls were counted. */
export interface CountedTime {
  readonly fromMs: number;
  readonly untilMs: number;
  /** The time before it in which nothing was counted; absent: there was none. */
  readonly gap?: { readonly fromMs: number; readonly reason: string };
}

/** Days ago, hours of that day, and hours that it lasted. The last one is so old that what is newer can be known to be never pulled. */
const gaps: readonly (readonly [daysAgo: number, atHour: number, hours: number, reason: string])[] = [
  [215, 0, 120, "counting was switched off"],
  [96, 2, 3.2, "the process ended while its journal could not be written"],
  [12, 9, 5, "counting was switched off"],
];

/** Two years, without the gaps. */
export function countedTimes(untilMs: number): CountedTime[] {
  const today = untilMs - (untilMs % dayMs);
  const times: CountedTime[] = [];
  let begin: Omit<CountedTime, "untilMs"> = { fromMs: today - 730 * dayMs };
  for (const [daysAgo, atHour, hours, reason] of gaps) {
    const fromMs = today - daysAgo * dayMs + atHour * hourMs;
    times.push({ ...begin, untilMs: fromMs });
    begin = { fromMs: fromMs + hours * hourMs, gap: { fromMs, reason } };
  }
  return [...times, { ...begin, untilMs }];
}

interface Bin extends Omit<CountedTime, "gap"> {
  readonly days: readonly number[];
}

export interface PlanOptions {
  readonly seed: string;
  /** The present. */
  readonly untilMs: number;
  readonly time: CountedTime;
}

export function* planPulls(
  demands: readonly RepositoryDemand[],
  { seed, time, untilMs }: PlanOptions,
): Generator<PlannedPulls, void> {
  const bins = binsOf(time, untilMs);
  for (const demand of demands) {
    for (const bin of bins) yield* planBin(demand, bin, createRandom(`${seed} ${demand.repository} ${bin.fromMs} pulls`));
  }
}

function binsOf(time: CountedTime, untilMs: number): Bin[] {
  const today = untilMs - (untilMs % dayMs);
  const bins: Bin[] = [];
  for (let fromMs = time.fromMs; fromMs < time.untilMs;) {
    // As housekeeping does (pulls/housekeeping.ts): a day whose numbers it leaves by the hour is planned by the hour.
    const age = today - fromMs;
    const width = age <= 14 * dayMs ? hourMs : age <= 395 * dayMs ? dayMs : 28 * dayMs;
    // Bins begin with a day or an hour, also the one behind a gap.
    const end = Math.min(fromMs - (fromMs % Math.min(width, dayMs)) + width, time.untilMs);
    const firstDay = fromMs - (fromMs % dayMs);
    const days = Array.from({ length: Math.ceil((end - firstDay) / dayMs) }, (_, i) => firstDay + i * dayMs);
    bins.push({ fromMs, untilMs: end, days });
    fromMs = end;
  }
  return bins;
}

function* planBin(demand: RepositoryDemand, bin: Bin, random: Random): Generator<PlannedPulls, void> {
  const expected = expectedIn(demand, bin);
  if (expected === 0) return;
  const { byDigest, checks, repository } = demand;
  const weights = demand.tags.map((tag) => tag.weightAt(bin.untilMs));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  for (const [i, { manifestAt, tag }] of demand.tags.entries()) {
    const mean = sum === 0 ? 0 : (expected * weights[i]!) / sum;
    const timeMs = timeIn(bin, random);
    const manifest = mean < 1e-4 ? undefined : manifestAt(timeMs);
    if (manifest === undefined) continue;
    const { digest } = manifest;
    const byTag = sampleCount(random, mean * (1 - byDigest));
    const direct = sampleCount(random, mean * byDigest);
    const asked = sampleCount(random, mean * checks);
    if (byTag > 0) yield { way: "by tag", repository, tag, digest, timeMs, count: byTag };
    if (direct > 0) yield { way: "direct", repository, tag: undefined, digest, timeMs, count: direct };
    if (asked > 0) yield { way: "check", repository, tag, digest, timeMs, count: asked };
    for (const [child, share] of childShares(manifest)) {
      const count = sampleCount(random, (byTag + direct) * share);
      if (count > 0) yield { way: "as child", repository, tag: undefined, digest: child.digest, timeMs, count };
    }
  }
}

function expectedIn({ rhythm }: RepositoryDemand, { days, fromMs, untilMs }: Bin): number {
  if (untilMs - fromMs > hourMs) {
    const share = (day: number): number => (Math.min(untilMs, day + dayMs) - Math.max(fromMs, day)) / dayMs;
    return days.reduce((sum, day) => sum + rhythm.onDay(day) * share(day), 0);
  }
  const day = days[0]!;
  const hour = Math.floor((fromMs - day) / hourMs);
  return ((rhythm.onDay(day) / 24) * rhythm.inHour(hour) * (untilMs - fromMs)) / hourMs;
}

/** In the afternoon of one of its days, or any time of an hour and of a day without an afternoon. */
function timeIn({ days, fromMs, untilMs }: Bin, random: Random): number {
  const afternoon = days[Math.floor(random() * days.length)]! + 13 * hourMs + Math.floor(random() * hourMs);
  const isDay = untilMs - fromMs > hourMs && afternoon >= fromMs && afternoon < untilMs;
  return isDay ? afternoon : fromMs + Math.floor(random() * (untilMs - fromMs));
}

/** Most machines are of one kind, and some have the image already. */
function childShares({ children }: DemoManifest): [child: DemoManifest, share: number][] {
  return children
    .filter(({ platform }) => platform !== undefined)
    .map((child) => [child, child.platform!.endsWith("/amd64") ? 0.7 : child.platform!.endsWith("/arm64") ? 0.2 : 0.03]);
}
