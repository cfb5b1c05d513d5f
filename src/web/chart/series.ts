// An answer of /pulls as bars, with what is known of each, and the sums that may be told. Pure.

import type { Interval, PullsAnswer } from "../../wire/pulls.ts";
import { endOf } from "./range.ts";

export type BarState = PullsAnswer["buckets"][number]["state"];

export interface Bar {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly pulls: number;
  readonly checks: number;
  readonly state: BarState;
  /** Not over yet; it may have a gap as well. */
  readonly isOpen: boolean;
  /** Pulls of the same step of the period before; undefined: not known, or not asked. */
  readonly before: number | undefined;
}

export interface Gap {
  readonly kind: "pulls" | "attribution";
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
  /** Still so. */
  readonly isOpen: boolean;
}

export interface Series {
  readonly interval: Interval;
  readonly bars: readonly Bar[];
  readonly gaps: readonly Gap[];
  /** Milliseconds of gaps, overlaps once. */
  readonly gapMs: number;
  readonly pulls: number;
  readonly checks: number;
  /** Counting began within the time that is shown. */
  readonly trackedSinceMs: number | undefined;
  /** What is over, now and in the period before; undefined when the two cannot be compared. */
  readonly compared: { readonly now: number; readonly before: number } | undefined;
}

/** Bars next to each other that share a doubt are drawn and named as one. */
export interface Band {
  readonly state: "gap" | "untracked";
  readonly first: number;
  readonly last: number;
}

/** `before`: the answer about the time just before; of any other time or interval it is left out. */
export function toSeries(answer: PullsAnswer, before?: PullsAnswer): Series {
  const { interval } = answer;
  const asOfMs = Date.parse(answer.asOf ?? answer.to);
  const compared = before?.interval === interval && before.to === answer.from ? before : undefined;
  const bars = answer.buckets.map(({ start, pulls, checks, state }, i): Bar => {
    const [startMs, then] = [Date.parse(start), compared?.buckets[i]];
    const endMs = endOf(interval, startMs);
    const isKnown = then !== undefined && then.state === "complete";
    return {
      startMs,
      endMs,
      pulls,
      checks,
      state,
      isOpen: endMs > asOfMs && state !== "untracked",
      before: isKnown ? then.pulls : undefined,
    };
  });
  // Behind a gap of attribution only the numbers of tags are in doubt.
  const gaps = answer.gaps.filter(({ kind }) => kind === "pulls" || answer.tag !== null).map((gap) => toGap(gap, answer, asOfMs));
  const sinceMs = answer.trackedSince === null ? undefined : Date.parse(answer.trackedSince);
  return {
    interval,
    bars,
    gaps,
    gapMs: lengthOf(gaps),
    pulls: sum(bars, "pulls"),
    checks: sum(bars, "checks"),
    trackedSinceMs: sinceMs !== undefined && sinceMs > Date.parse(answer.from) ? sinceMs : undefined,
    compared: compare(bars),
  };
}

export function toBands(bars: readonly Bar[]): Band[] {
  const bands: Band[] = [];
  for (const [i, { state }] of bars.entries()) {
    if (state !== "gap" && state !== "untracked") continue;
    const last = bands.at(-1);
    if (last?.state === state && last.last === i - 1) bands[bands.length - 1] = { ...last, last: i };
    else bands.push({ state, first: i, last: i });
  }
  return bands;
}

/** Those that make the bars from `first` to `last` doubtful. */
export function gapsWithin(gaps: readonly Gap[], bars: readonly Bar[], { first, last }: { first: number; last: number }): Gap[] {
  const [fromMs, toMs] = [bars[first]?.startMs ?? 0, bars[last]?.endMs ?? 0];
  return gaps.filter((gap) => gap.fromMs < toMs && gap.toMs > fromMs);
}

/** Milliseconds, overlaps once. */
export function lengthOf(gaps: readonly Gap[]): number {
  let [total, untilMs] = [0, 0];
  for (const { fromMs, toMs } of [...gaps].sort((a, b) => a.fromMs - b.fromMs)) {
    total += Math.max(0, toMs - Math.max(fromMs, untilMs));
    untilMs = Math.max(untilMs, toMs);
  }
  return total;
}

function toGap({ kind, from, to, reason }: PullsAnswer["gaps"][number], answer: PullsAnswer, asOfMs: number): Gap {
  const endMs = to === null ? asOfMs : Date.parse(to);
  return {
    kind,
    reason,
    isOpen: to === null,
    fromMs: Math.max(Date.parse(from), Date.parse(answer.from)),
    toMs: Math.min(endMs, Math.max(Date.parse(answer.to), asOfMs)),
  };
}

function compare(bars: readonly Bar[]): Series["compared"] {
  const over = bars.filter(({ isOpen }) => !isOpen);
  if (over.length === 0 || over.some(({ state, before }) => state !== "complete" || before === undefined)) return undefined;
  return { now: sum(over, "pulls"), before: over.reduce((total, { before }) => total + before!, 0) };
}

function sum(bars: readonly Bar[], field: "pulls" | "checks"): number {
  return bars.reduce((total, bar) => total + bar[field], 0);
}
