// The census: how many tags of each repository are used, idle and so on, with their bytes. Counted over all tags off the request path, in
// slices with a turn of the event loop between them, kept in memory, and counted again when asked for after a while. What would surprise:
// a registry that takes long to count is counted more rarely, so that counting never takes more than a small share of the time.

import { setImmediate, setTimeout } from "node:timers/promises";
import {
  countUntagged,
  firstPlace,
  selectRepositoryIds,
  selectTagUses,
  type TagPlace,
  type TagUse,
} from "../store/census-slices.ts";
import type { Database } from "../store/database.ts";
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
  /** When the count began: what was pulled until then is in it. */
  readonly asOfMs: number;
  /** By id; a repository without anything has no entry. */
  readonly repositories: ReadonlyMap<number, RepositoryCensus>;
}

export interface Census {
  /** What was counted last; undefined: the first count is not done. A count that has become old begins anew, and is not waited for. */
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
/** However long it takes. */
const oldestMs = 15 * 60_000;
/** A count takes at most one part of the time in so many. */
const restFactor = 20;
/** Some milliseconds of SQLite each. */
const tagsPerSlice = 200;
const manifestsPerSlice = 500;

/** Nothing is counted before it is asked for. */
export function createCensus(options: CensusOptions): Census {
  const { now, log } = options;
  const ending = new AbortController();
  let last: { readonly count: CensusCount; readonly tookMs: number; readonly oldAtMs: number } | undefined;
  let running: Promise<CensusCount> | undefined;

  async function take(): Promise<CensusCount> {
    const startMs = now();
    const count = await countAll(options, startMs, ending.signal);
    const endMs = now();
    const tookMs = endMs - startMs;
    last = { count, tookMs, oldAtMs: endMs + Math.min(oldestMs, Math.max(oldAfterMs, restFactor * tookMs)) };
    return count;
  }
  function begin(): Promise<CensusCount> {
    running ??= take().finally(() => (running = undefined));
    return running;
  }
  function isOld(): boolean {
    // Also when the clock was set back: nothing can have been counted later than now.
    return !ending.signal.aborted && (last === undefined || now() >= last.oldAtMs || now() < last.count.asOfMs);
  }
  function latest(): CensusCount | undefined {
    if (isOld() && running === undefined) {
      begin().catch((error: unknown) => {
        if (!ending.signal.aborted) log("the usage of tags could not be counted; it is tried again when somebody asks", error);
      });
    }
    return last?.count;
  }
  return {
    latest,
    async soon(ms) {
      const count = latest();
      if (running === undefined || (last?.tookMs ?? 0) > ms) return count;
      const waited = new AbortController();
      // Why there is none is logged already.
      const next = running.catch(() => count).finally(() => waited.abort());
      const late = setTimeout(ms, count, { signal: waited.signal }).catch(() => count);
      return Promise.race([next, late]);
    },
    read: async () => latest() ?? begin(),
    async close() {
      ending.abort();
      // Whoever began it hears why.
      await running?.catch(() => undefined);
    },
  };
}

interface Counting {
  readonly tags: Record<UsageState, number>;
  readonly bytes: Record<UsageState, number>;
  untagged: number;
  idleLargest: (IdleTag & { readonly manifestId: number })[];
}

async function countAll({ db, pulls, idleAfterMs }: CensusOptions, nowMs: number, signal: AbortSignal): Promise<CensusCount> {
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
  for (let place: TagPlace | undefined = firstPlace; place !== undefined; await turn()) {
    const slice = await selectTagUses(db, pulls.openUnfolded, place, tagsPerSlice);
    for (const use of slice) addTag(of(use.repositoryId), use, rules);
    place = slice.length === tagsPerSlice ? slice.at(-1) : undefined;
  }
  for (const id of await selectRepositoryIds(db)) {
    for (let [afterId, isMore] = [0, true]; isMore; await turn()) {
      const slice = await countUntagged(db, id, afterId, manifestsPerSlice);
      of(id).untagged += slice.untagged;
      [afterId, isMore] = [slice.lastId, slice.more];
    }
  }
  return { asOfMs: nowMs, repositories };
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
