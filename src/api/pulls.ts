// /api/v1/pulls: pulls over time, in buckets that are all there, the empty ones too

import { parseDigest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseTag } from "../oci/reference.ts";
import { startOf } from "../pulls/housekeeping.ts";
import { findCounted } from "../store/list-counted.ts";
import { maxBuckets, pullsAnswer, pullsQuery, type Interval } from "../wire/pulls.ts";
import { defineRoute } from "./route.ts";
import { toMoment, toPullCounts, toTime, toTimeOrNull } from "./show.ts";

export const pullsOverTime = defineRoute({
  path: "/api/v1/pulls",
  access: "read",
  summary: "Pulls over time of a repository, a tag or a manifest",
  query: pullsQuery,
  answer: pullsAnswer,
  async handle({ db, pulls, now }, { query, visible, repository }) {
    const { interval, tag, digest } = query;
    const [fromMs, toMs] = parseRange(query, now());
    const name = repository(query.repository);
    const about = { repository: name, tag: tag && parseTag(tag), digest: digest && parseDigest(digest), visible };
    const counted = await findCounted(db, about);
    const asked = {
      repository: name,
      tag: tag ?? null,
      digest: digest ?? null,
      interval,
      from: toTime(fromMs),
      to: toTime(toMs),
    };
    if (pulls === undefined) {
      const nothing = { buckets: [], total: toPullCounts(undefined), trackedSince: null, gaps: [] };
      return { ...asked, ...nothing, ...toMoment({ asOfMs: undefined, replaying: false }) };
    }
    const read = await pulls.openUnfolded();
    const moment = toMoment(await db.snapshot(read));
    const history = await pulls.history({ ...counted, fromMs, toMs, interval });
    const found = new Map(history.buckets.map((bucket) => [bucket.startMs, bucket]));
    return {
      ...asked,
      buckets: startsBetween(interval, fromMs, toMs).map((startMs) => {
        const { pulls: count = 0, checks = 0 } = found.get(startMs) ?? {};
        return { start: toTime(startMs), pulls: count, checks };
      }),
      total: toPullCounts(history.total),
      trackedSince: toTime(pulls.trackedSinceMs),
      gaps: history.gaps.map((gap) => ({
        kind: gap.kind,
        from: toTime(gap.start_ms),
        to: toTimeOrNull(gap.end_ms),
        reason: gap.reason,
      })),
      ...moment,
    };
  },
});

const dayMs = 86_400_000;
/** How far back an answer goes when nobody says. */
const spans: Record<Interval, number> = { hour: 2 * dayMs, day: 30 * dayMs, month: 365 * dayMs };
const shortest: Record<Interval, number> = { hour: dayMs / 24, day: dayMs, month: 28 * dayMs };

/** From the start of an interval, exclusive `to`. @throws REQUEST_INVALID */
function parseRange(
  query: { from?: string | undefined; to?: string | undefined; interval: Interval },
  now: number,
): [number, number] {
  const { from, to, interval } = query;
  const toMs = to === undefined ? now : Date.parse(to);
  const fromMs = from === undefined ? toMs - spans[interval] : Date.parse(from);
  if (fromMs >= toMs) throw new RegistryError("REQUEST_INVALID", { message: "`from` must lie before `to`" });
  const buckets = Math.ceil((toMs - fromMs) / shortest[interval]);
  if (buckets >= maxBuckets) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `that would be about ${buckets} buckets, and an answer has at most ${maxBuckets}: ask for a shorter time or a longer interval`,
    });
  }
  return [Math.max(0, startOf(interval, Math.max(0, fromMs))), toMs];
}

function startsBetween(interval: Interval, fromMs: number, toMs: number): number[] {
  const starts: number[] = [];
  for (let at = fromMs; at < toMs; at = nextStart(interval, at)) starts.push(at);
  return starts;
}

function nextStart(interval: Interval, startMs: number): number {
  if (interval !== "month") return startMs + shortest[interval];
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
