// /api/v1/overview: the whole registry at a glance. What would surprise: each part is asked for by itself, within a deadline, so that one
// that cannot be had leaves the rest; and an answer serves for some seconds, because every open page asks for it again and again.

import type { IncomingMessage } from "node:http";
import { requestId } from "../http/error-edge.ts";
import { RegistryError } from "../oci/errors.ts";
import { addCounts, type CensusCount, type RepositoryCensus } from "../pulls/census.ts";
import { startOf } from "../pulls/housekeeping.ts";
import { ofRepositories, selectPlaces, selectVisibleIds } from "../store/list-counted.ts";
import { selectDeadJobs, selectIncomplete, selectLatestPushes, sumContent } from "../store/overview.ts";
import { overviewAnswer, overviewQuery, type Overview } from "../wire/overview.ts";
import { tellDisk, tellGaps, tellIncomplete, tellJobs, tellUpstreams, type Attention, type DiskSpace } from "./attention.ts";
import { recentTop } from "./pulls-top.ts";
import { defineRoute, type ApiHouse } from "./route.ts";
import { toMoment, toTextOrNull, toTime, toTimeOrNull } from "./show.ts";

const keepMs = 10_000;
const deadlineMs = 5_000;
/** What is waited for a new count, where one can be had so soon. */
const censusMs = 1_000;
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
const attentionDays = 30;
/** Rows of a card. */
const few = 5;

export const overview = defineRoute({
  path: "/api/v1/overview",
  access: "read",
  summary: "The registry at a glance, as far as you may see it: usage, pulls, storage, what needs attention",
  query: overviewQuery,
  answer: overviewAnswer,
  async handle(house, { visible, request, knowsPeople }) {
    return house.recent.get(["overview", visible, house.remotes !== undefined, knowsPeople], keepMs, () =>
      readOverview({ house, visible, request, knowsPeople, nowMs: house.now() }),
    );
  },
});

interface Look {
  readonly house: ApiHouse;
  readonly visible: readonly string[] | undefined;
  readonly knowsPeople: boolean;
  /** Of whoever asked first. */
  readonly request: IncomingMessage;
  readonly nowMs: number;
}

async function readOverview(look: Look): Promise<Overview> {
  const { house, visible } = look;
  const { db, pulls } = house;
  const { repositories, tags, bytes } = await sumContent(db, visible);
  const ids = await selectVisibleIds(db, visible);
  const seen = seenCensus(await house.census?.soon(censusMs), ids);
  // The machine is the business of those who may see everything on it: what is hidden fills the disk, too.
  const disk =
    visible === undefined ? await part(look, "free space on the disk", undefined, async () => house.disk?.()) : undefined;
  const top = part(look, "the most pulled tags", [], async () => {
    const { items } = await recentTop(house, { kind: "tag", limit: few }, visible, ids);
    return items.map(({ repository, tag, pulls: count }) => ({ repository, tag: tag!, pulls: count }));
  });
  const recent = part(look, "the latest pushes", [], async () =>
    (await selectLatestPushes(db, visible, few)).map(({ pushedMs, by, ...place }) => ({
      ...place,
      pushedAt: toTime(pushedMs),
      by: look.knowsPeople ? toTextOrNull(by) : null,
    })),
  );
  const moment = await part(
    look,
    "the state of counting",
    undefined,
    async () => pulls && db.snapshot(await pulls.openUnfolded()),
  );
  return {
    repositories,
    tags,
    usage: seen && {
      tags: addCounts(seen.all.map((one) => one.tags)),
      bytes: addCounts(seen.all.map((one) => one.bytes)),
      asOf: toTime(seen.asOfMs),
    },
    pulls: await part(look, "pulls of two weeks", null, () => readWeeks(look, ids)),
    storage: { bytes, diskFree: disk?.freeBytes ?? null, diskTotal: disk?.totalBytes ?? null },
    attention: (await readAttention(look, disk)).slice(0, 20),
    topPulled: await top,
    recent: await recent,
    idleLargest: await part(look, "the largest idle images", [], () => readIdleLargest(house, seen?.all ?? [])),
    ...toMoment({ asOfMs: moment?.asOfMs, replaying: pulls?.replaying ?? false }),
  };
}

/** What cannot be had, or not soon enough, is `otherwise`, and is logged. */
async function part<Value>({ house, request }: Look, name: string, otherwise: Value, work: () => Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    const missing = new RegistryError("UNAVAILABLE", { message: `the overview lacks ${name}`, cause: error });
    house.report(missing, { id: requestId(request), method: "GET", url: "/api/v1/overview" });
    return otherwise;
  } finally {
    clearTimeout(timer);
  }
}

interface SeenCensus {
  readonly asOfMs: number;
  readonly all: readonly RepositoryCensus[];
}

function seenCensus(count: CensusCount | undefined, ids: ReadonlySet<number> | undefined): SeenCensus | null {
  if (count === undefined) return null;
  const all = [...count.repositories].filter(([id]) => ids?.has(id) !== false).map(([, one]) => one);
  return { asOfMs: count.asOfMs, all };
}

async function readWeeks({ house: { pulls }, nowMs }: Look, ids: ReadonlySet<number> | undefined): Promise<Overview["pulls"]> {
  if (pulls === undefined) return null;
  const weekAgoMs = startOf("hour", nowMs - weekMs);
  const { buckets, gaps } = await pulls.history({
    ...ofRepositories(ids),
    fromMs: weekAgoMs - weekMs,
    toMs: nowMs + 1,
    interval: "hour",
  });
  const sum = (isLater: boolean): number =>
    buckets.reduce((total, bucket) => total + (bucket.startMs >= weekAgoMs === isLater ? bucket.pulls : 0), 0);
  const isOfWeek = (endMs: number): boolean => endMs === 0 || endMs > weekAgoMs;
  const atLeast = gaps.some(({ kind, end_ms: endMs }) => kind === "pulls" && isOfWeek(endMs));
  return { last7Days: sum(true), before: sum(false), atLeast };
}

async function readIdleLargest({ db }: ApiHouse, all: readonly RepositoryCensus[]): Promise<Overview["idleLargest"]> {
  const largest = all
    .flatMap((one) => one.idleLargest)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, few);
  const places = await selectPlaces(db, "repository", [...new Set(largest.map(({ repositoryId }) => repositoryId))]);
  return largest.flatMap(({ repositoryId, name, bytes, state, lastUsedMs }) => {
    const place = places.get(repositoryId);
    return place === undefined
      ? []
      : [{ repository: place.repository, tag: name, bytes, state, lastUsedAt: toTimeOrNull(lastUsedMs) }];
  });
}

async function readAttention(look: Look, disk: DiskSpace | undefined): Promise<Attention[]> {
  const { house, visible, nowMs } = look;
  const { db, pulls, remotes } = house;
  const sinceMs = nowMs - attentionDays * dayMs;
  const parts: Promise<Attention[]>[] = [
    part(look, "gaps", [], async () => tellGaps((await pulls?.gaps(sinceMs, nowMs)) ?? [], nowMs, few)),
    part(look, "incomplete images", [], async () => tellIncomplete(await selectIncomplete(db, visible, few))),
  ];
  if (pulls?.replaying === true) {
    const sentence = "the journal of an earlier run is still being read: counts may still grow";
    parts.push(Promise.resolve([{ kind: "replaying", sentence, since: null }]));
  }
  // So are jobs and other registries.
  if (visible === undefined) {
    parts.push(part(look, "jobs that were given up", [], async () => tellJobs(await selectDeadJobs(db, sinceMs))));
    if (disk !== undefined) parts.push(Promise.resolve(tellDisk(disk)));
    parts.push(
      part(look, "other registries", [], async () => {
        const all = await Promise.all((remotes?.names ?? []).map((name) => remotes!.open(name)));
        return tellUpstreams(
          all.map(({ name, host, health, rateLimit }) => ({ name, host, health: health(), ...limitOf(rateLimit()) })),
        );
      }),
    );
  }
  return (await Promise.all(parts)).flat();
}

function limitOf(told: { limit?: number; remaining?: number } | undefined): {
  limit: number | undefined;
  remaining: number | undefined;
} {
  return { limit: told?.limit, remaining: told?.remaining };
}
