// /api/v1/pulls: pulls over time, in buckets that are all there, the empty ones too

import { parseDigest } from "../oci/digest.ts";
import { parseTag } from "../oci/reference.ts";
import { findCounted, findVisible, type Counted } from "../store/list-counted.ts";
import type { PullGap } from "../store/pull-gaps.ts";
import { pullsAnswer, pullsQuery, type PullsAnswer } from "../wire/pulls.ts";
import { nextStart, startsBetween, toRange } from "./pulls-range.ts";
import { defineRoute, type ApiHouse, type Ask } from "./route.ts";
import { toMoment, toPullCounts, toTime, toTimeOrNull } from "./show.ts";

type Query = Ask<ReturnType<(typeof pullsQuery)["parse"]>>;
type BucketState = PullsAnswer["buckets"][number]["state"];

export const pullsOverTime = defineRoute({
  path: "/api/v1/pulls",
  access: "read",
  summary: "Pulls over time of all that you may see, a repository, a tag or a manifest",
  query: pullsQuery,
  answer: pullsAnswer,
  async handle(house, ask) {
    const { db, pulls, now } = house;
    const { repository = null, tag = null, digest = null } = ask.query;
    const nowMs = now();
    const range = toRange(ask.query, { nowMs, counted: pulls });
    const { interval, fromMs, toMs } = range;
    const asked = { repository, tag, digest, interval, from: toTime(fromMs), to: toTime(toMs) };
    const counted = await findAsked(house, ask);
    if (pulls === undefined) {
      const nothing = { buckets: [], total: toPullCounts(undefined), trackedSince: null, gaps: [] };
      return { ...asked, ...nothing, ...toMoment({ asOfMs: undefined, replaying: false }) };
    }
    const read = await pulls.openUnfolded();
    const moment = toMoment(await db.snapshot(read));
    const history = await pulls.history({ ...counted, ...range });
    const found = new Map(history.buckets.map((bucket) => [bucket.startMs, bucket]));
    const { trackedSinceMs } = pulls;
    // Behind a gap of attribution the numbers of images are right, those of tags are not.
    const gaps = history.gaps.filter(({ kind }) => kind === "pulls" || tag !== null);
    return {
      ...asked,
      buckets: startsBetween(range).map((startMs) => {
        const { pulls: count = 0, checks = 0 } = found.get(startMs) ?? {};
        const window = { startMs, endMs: nextStart(interval, startMs) };
        return { start: toTime(startMs), pulls: count, checks, state: stateOf(window, { nowMs, trackedSinceMs, gaps }) };
      }),
      total: toPullCounts(history.total),
      trackedSince: toTime(trackedSinceMs),
      gaps: history.gaps.map(toGap),
      ...moment,
    };
  },
});

/** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN, UNAUTHORIZED */
async function findAsked({ db }: ApiHouse, { query, visible, repository }: Query): Promise<Counted> {
  const { tag, digest } = query;
  if (query.repository === undefined) return findVisible(db, visible);
  const name = repository(query.repository);
  return findCounted(db, { repository: name, tag: tag && parseTag(tag), digest: digest && parseDigest(digest), visible });
}

interface Doubts {
  readonly nowMs: number;
  readonly trackedSinceMs: number;
  readonly gaps: readonly PullGap[];
}

function stateOf({ startMs, endMs }: { startMs: number; endMs: number }, { nowMs, trackedSinceMs, gaps }: Doubts): BucketState {
  if (endMs <= trackedSinceMs) return "untracked";
  if (gaps.some(({ start_ms, end_ms }) => start_ms < endMs && (end_ms === 0 || end_ms > startMs))) return "gap";
  return endMs > nowMs ? "open" : "complete";
}

function toGap(gap: PullGap): PullsAnswer["gaps"][number] {
  return { kind: gap.kind, from: toTime(gap.start_ms), to: toTimeOrNull(gap.end_ms), reason: gap.reason };
}
