// The census: how many tags of each repository are used, idle and so on, with their bytes. Counted over all tags off the request path, in
// slices with a turn of the event loop between them, kept in memory, and counted again when asked for after a while; repositories in which
// something was pushed or deleted, after a moment. What would surprise: what takes long to count is counted more rarely, so that counting
// never takes more than a small share of the time.

import { setImmediate, setTimeout } from "node:timers/promises";
import {
  firstPlace,
  selectChangedIds,
  selectRepositoryIds,
  selectTagUses,
  type TagPlace,
  type TagUse,
} from "../store/census-slices.ts";
import type { Database } from "../store/database.ts";
import { countUntagged } from "../store/untagged.ts";
import { usageOf, usageRules, type UsageRules } from "../store/usage.ts";
import { usageStates, type UsageCounts, type UsageState } from "../wire/usage.ts";
import type { Pulls } from "./pulls.ts";

/** A tag that nobody uses. */
export interface IdleTag {
  readonly repositoryId: number;
  readonly name: string;
  readonly bytes: number;
  readonly state: UsageState;
  /** 0: never. */
  readonly lastUsedMs: number;
}

export interface RepositoryCensus {
  readonly tags: UsageCounts;
  /** Of their images; what tags share is in each of them. */
  readonly bytes: UsageCounts;
  /** Manifests without a tag that no index lists and that belong to no other manifest. */
  readonly untagged: number;
  /** The largest images of tags that are idle or were never used, the largest first; each image once. */
  readonly idleLargest: readonly IdleTag[];
}

export interface CensusCount {
  /** When the count of all began: what was pulled until then is in it. What was pushed or deleted since may be. */
  readonly asOfMs: number;
  /** By id; a repository without anything has no entry. */
  readonly repositories: ReadonlyMap<number, RepositoryCensus>;
}

export interface Census {
  /** What was counted last; undefined: the first count is not done. What has become old is counted anew, and not waited for. */
  latest(): CensusCount | undefined;
  /** The same, waiting for a count that is under way when it can be done in so many milliseconds. */
  soon(ms: number): Promise<CensusCount | undefined>;
  /** The same, waiting for the first count. @throws what the database throws */
  read(): Promise<CensusCount>;
  /** Ends a count that is under way. */
  close(): Promise<void>;
}

export interface CensusOptions {
  readonly db: Database;
  readonly pulls: Pick<Pulls, "openUnfolded" | "gaps" | "trackedSinceMs">;
  readonly idleAfterMs: number;
  readonly now: () => number;
  readonly log: (sentence: string, error: unknown) => void;
}

export const noTags: UsageCounts = { used: 0, idle: 0, never: 0, new: 0, unknown: 0 };
/** Of a repository: more than anybody shows at a time. */
const idlePerRepository = 5;
const oldAfterMs = 60_000;
/** How often it is looked what was pushed and deleted since. */
const changesAfterMs = 2_000;
/** A change may be seen so much later than the time that it bears: it is committed after that, or by a process with another clock. */
const unseenMs = 5_000;
/** However long it takes. */
const oldestMs = 15 * 60_000;
/** Counting all takes at most one part of the time in so many, and so does counting what changed. */
const restFactor = 20;
/** Some milliseconds of SQLite each. */
const tagsPerSlice = 200;
const manifestsPerSlice = 500;

/** Nothing is counted before it is asked for. */
export function createCensus(options: CensusOptions): Census {
  const { now, log } = options;
  const ending = new AbortController();
  let last: Known | undefined;
  let running: Promise<Known> | undefined;

  function begin(isAll: boolean): Promise<Known> {
    const { signal } = ending;
    running ??= (isAll || last === undefined ? takeAll(options, last, signal) : takeChanges(options, last, signal))
      .then((known) => (last = known))
      .finally(() => (running = undefined));
    return running;
  }
  function isOld(): boolean {
    // Also when the clock was set back: nothing can have been counted later than now.
    return last === undefined || now() >= last.oldAtMs || now() < last.count.asOfMs;
  }
  /** How long what is begun may take, going by the last time; undefined: nothing is. */
  function renew(): number | undefined {
    if (ending.signal.aborted) return undefined;
    const isAll = isOld();
    if (running === undefined) {
      if (!isAll && now() < last!.changesAtMs) return undefined;
      begin(isAll).catch((error: unknown) => {
        if (!ending.signal.aborted) log("the usage of tags could not be counted; it is tried again when somebody asks", error);
      });
    }
    return (isAll ? last?.tookMs : last?.changesTookMs) ?? 0;
  }
  return {
    latest() {
      renew();
      return last?.count;
    },
    async soon(ms) {
      const tookMs = renew();
      const count = last?.count;
      if (running === undefined || tookMs === undefined || tookMs > ms) return count;
      const waited = new AbortController();
      // Why there is none is logged already.
      const next = running
        .then((known) => known.count)
        .catch(() => count)
        .finally(() => waited.abort());
      const late = setTimeout(ms, count, { signal: waited.signal }).catch(() => count);
      return Promise.race([next, late]);
    },
    async read() {
      renew();
      return (last ?? (await begin(true))).count;
    },
    async close() {
      ending.abort();
      // Whoever began it hears why.
      await running?.catch(() => undefined);
    },
  };
}

interface Known {
  readonly count: CensusCount;
  /** To count all. */
  readonly tookMs: number;
  readonly oldAtMs: number;
  /** Where the next look at what changed begins. */
  readonly changesFromMs: number;
  readonly changesTookMs: number;
  /** When that look may be. */
  readonly changesAtMs: number;
}

function restAfter(endMs: number, tookMs: number, leastMs: number): number {
  return endMs + Math.min(oldestMs, Math.max(leastMs, restFactor * tookMs));
}

async function takeAll(options: CensusOptions, last: Known | undefined, signal: AbortSignal): Promise<Known> {
  const { now } = options;
  const startMs = now();
  const count = { asOfMs: startMs, repositories: await countRepositories(options, startMs, signal) };
  const [endMs, changesTookMs] = [now(), last?.changesTookMs ?? 0];
  return {
    count,
    tookMs: endMs - startMs,
    oldAtMs: restAfter(endMs, endMs - startMs, oldAfterMs),
    changesFromMs: startMs,
    changesTookMs,
    changesAtMs: restAfter(endMs, changesTookMs, changesAfterMs),
  };
}

/** Only in the repositories where anything was pushed or deleted since. */
async function takeChanges(options: CensusOptions, before: Known, signal: AbortSignal): Promise<Known> {
  const { now } = options;
  const startMs = now();
  const ids = await selectChangedIds(options.db, before.changesFromMs - unseenMs);
  let { count } = before;
  if (ids.length > 0) {
    const changed = await countRepositories(options, startMs, signal, ids);
    count = { ...count, repositories: new Map([...count.repositories, ...changed]) };
  }
  const endMs = now();
  const changesTookMs = endMs - startMs;
  const changesAtMs = restAfter(endMs, changesTookMs, changesAfterMs);
  return { ...before, count, changesFromMs: startMs, changesTookMs, changesAtMs };
}

interface Counting {
  readonly tags: Record<UsageState, number>;
  readonly bytes: Record<UsageState, number>;
  untagged: number;
  idleLargest: (IdleTag & { readonly manifestId: number })[];
}

/** All repositories, or those of `only`, each of which then has an entry. */
async function countRepositories(
  { db, pulls, idleAfterMs }: CensusOptions,
  nowMs: number,
  signal: AbortSignal,
  only?: readonly number[],
): Promise<ReadonlyMap<number, RepositoryCensus>> {
  const { trackedSinceMs } = pulls;
  const rules = usageRules({ nowMs, idleAfterMs, trackedSinceMs, gaps: await pulls.gaps(trackedSinceMs, nowMs) });
  const repositories = new Map<number, Counting>();
  const of = (id: number): Counting => {
    let counting = repositories.get(id);
    if (counting === undefined)
      repositories.set(id, (counting = { tags: { ...noTags }, bytes: { ...noTags }, untagged: 0, idleLargest: [] }));
    return counting;
  };
  const turn = async (): Promise<void> => {
    await setImmediate();
    signal.throwIfAborted();
  };
  for (const within of only ?? [undefined]) {
    for (let after: TagPlace | undefined = firstPlace; after !== undefined; await turn()) {
      const slice: TagUse[] = await selectTagUses(db, pulls.openUnfolded, { after, limit: tagsPerSlice, within });
      for (const use of slice) addTag(of(use.repositoryId), use, rules);
      after = slice.length === tagsPerSlice ? slice.at(-1) : undefined;
    }
  }
  for (const id of only ?? (await selectRepositoryIds(db))) {
    for (let [afterId, isMore] = [0, true]; isMore; await turn()) {
      const slice = await countUntagged(db, id, afterId, manifestsPerSlice);
      of(id).untagged += slice.untagged;
      [afterId, isMore] = [slice.lastId, slice.more];
    }
  }
  return repositories;
}

function addTag(to: Counting, use: TagUse, rules: UsageRules): void {
  const { state } = usageOf(rules, use);
  to.tags[state] += 1;
  to.bytes[state] += use.bytes;
  if (state !== "idle" && state !== "never") return;
  const { repositoryId, name, bytes, lastUsedMs, manifestId } = use;
  const least = to.idleLargest[idlePerRepository - 1];
  if (least !== undefined && least.bytes >= bytes) return;
  if (to.idleLargest.some((other) => other.manifestId === manifestId)) return;
  to.idleLargest = [...to.idleLargest, { repositoryId, name, bytes, state, lastUsedMs, manifestId }]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, idlePerRepository);
}

/** Several counts together. */
export function addCounts(counts: Iterable<UsageCounts>): UsageCounts {
  const sum = { ...noTags };
  for (const each of counts) for (const state of usageStates) sum[state] += each[state];
  return sum;
}
