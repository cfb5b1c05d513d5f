// Counting as the doors and app.ts see it: what was answered goes in, exact numbers come out at once, and everything in between
// (journal, fold, replay) is arranged here. A failure in here never fails a pull: `record` never rejects.

import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Transaction } from "kysely";
import type { Database, DatabaseOptions } from "../store/database.ts";
import type { OpenUnfolded, Unfolded } from "../store/list-live.ts";
import { selectGaps, type PullGap } from "../store/pull-gaps.ts";
import { selectAppliedSegments, selectOthersFoldedUntil, selectTrackedSince } from "../store/pull-segments.ts";
import type { ContentKind, CountedKind, Schema } from "../store/schema.ts";
import { recallSightings } from "./adopt.ts";
import { MemoryAttribution } from "./attribution.ts";
import { readSum, readTotals, type PullCounts } from "./counts.ts";
import { noFailpoint, realDisk, type Disk, type Failpoint } from "./disk.ts";
import type { PullEvent } from "./event.ts";
import { createFoldThread } from "./fold-thread.ts";
import { openFold, type FoldOptions } from "./fold.ts";
import { Folding, type FoldingMetrics } from "./folding.ts";
import { readHistory, type HistoryBucket, type HistoryRequest, type Interval } from "./history.ts";
import { keptBy } from "./housekeeping.ts";
import type { ChildrenOf } from "./index-children.ts";
import { openInstance, readBootId } from "./instance.ts";
import { Journal } from "./journal.ts";
import { createMemoryCounters } from "./live.ts";
import { Recorder, type RecorderMetrics } from "./recorder.ts";
import type { PullSettings } from "./settings.ts";
import { readTop, type TopItem, type TopRequest } from "./top.ts";
import { readTrends } from "./trend.ts";

export interface PullsOptions {
  /** The data folder; the journal is in `journal` below it. Several processes may share it. */
  readonly folder: string;
  /** For the fold's own connection. */
  readonly database: DatabaseOptions;
  /** The connection that reads. Not closed here. */
  readonly db: Database;
  readonly settings: PullSettings;
  /** Our own scanner, replication and proxy fill. */
  readonly principalsNotCounted?: ReadonlySet<number>;
  readonly childrenOf: ChildrenOf;
  readonly now: () => number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  readonly log: (sentence: string, error?: unknown) => void;
  /** For tests of failure. With a failpoint the fold runs on this thread, so that it can be met at every step. */
  readonly failpoint?: Failpoint | undefined;
  readonly disk?: Disk;
  readonly bootId?: string;
}

export interface ContentId {
  readonly id: number;
  readonly repositoryId: number;
}

export interface PullHistory {
  readonly buckets: readonly HistoryBucket[];
  readonly total: PullCounts;
  readonly gaps: readonly PullGap[];
}

export interface PullMetrics extends RecorderMetrics, FoldingMetrics {
  /** 0: no; else since when counts exist in memory only. */
  readonly riskSinceMs: number;
}

export interface Pulls {
  /** Resolves when the event is durable, or as safe as can be; the answer leaves after that. Never rejects. */
  record(event: PullEvent): Promise<void>;
  /** Content came to be, or came back: after its transaction, before the answer. Never rejects. */
  born(kind: ContentKind, ids: readonly ContentId[]): Promise<void>;
  /** Content went. Never rejects. */
  died(kind: ContentKind, ids: readonly ContentId[]): Promise<void>;

  /** Since when there is counting; before that, "never pulled" is "unknown". */
  readonly trackedSinceMs: number;
  /** True until the journals of dead processes are in the totals. */
  readonly replaying: boolean;
  /** For lists: open it, take the snapshot, ask within it. */
  readonly openUnfolded: OpenUnfolded;
  /** Exact numbers of those `ids` that were ever counted. */
  totals(kind: CountedKind, ids: readonly number[]): Promise<ReadonlyMap<number, PullCounts>>;
  history(request: HistoryRequest): Promise<PullHistory>;
  /** Pulls of each of the last `trendDays`, today last; ids without any are not in the answer. */
  trends(kind: CountedKind, ids: readonly number[]): Promise<ReadonlyMap<number, readonly number[]>>;
  /** Exact; sums of all that could be among them, with a turn of the event loop between slices. */
  top(request: TopRequest): Promise<readonly TopItem[]>;
  /** The finest interval by which numbers of that time are kept. */
  keptBy(timeMs: number): Interval;
  gaps(fromMs: number, toMs: number): Promise<PullGap[]>;
  metrics(): PullMetrics;

  /** Brings everything counted so far into the database. @throws what the database throws */
  foldNow(): Promise<void>;
  /** Removes and compacts what is old enough. @throws what the database throws */
  tendNow(): Promise<void>;
  /** Folds everything and frees the folder. What cannot be folded is left to the next process, and logged. */
  close(): Promise<void>;
}

const tickMs = 1000;
const nothingRecalled: ReturnType<typeof recallSightings> = { ids: [], sightings: [] };
/** Each try writes everything that is only in memory. */
const recoverEveryTicks = 3;

/** Answers at once: what earlier processes left is folded in the background. */
export async function openPulls(options: PullsOptions): Promise<Pulls> {
  const { folder, db, settings, now, monotonic, log, failpoint = noFailpoint, disk = realDisk } = options;
  const bootId = options.bootId ?? readBootId();
  const root = join(folder, "journal");
  mkdirSync(root, { recursive: true });
  const trackedSinceMs = (await selectTrackedSince(db.query)) ?? now();
  const instance = openInstance(root);
  const recalled = settings.attribution ? recall(root, instance.id, now(), log) : nothingRecalled;
  const foldOptions: FoldOptions = {
    recalled: recalled.ids,
    database: options.database,
    journal: root,
    instance: { id: instance.id, host: hostname() },
    bootId,
    keeping: settings,
  };
  const fold = options.failpoint === undefined ? createFoldThread(foldOptions) : await openFold(foldOptions, failpoint);
  const journal = new Journal({ instance, bootId, durability: settings.durability, disk, failpoint, now, log });
  const live = createMemoryCounters();
  const attribution = settings.attribution
    ? new MemoryAttribution({
        childrenOf: options.childrenOf,
        monotonic,
        limit: settings.pendingHeads,
        limitPerAddress: settings.pendingHeadsPerAddress,
        onEvicted: () => folding.evicted(),
      })
    : undefined;
  for (const seen of recalled.sightings) attribution?.remember(seen);
  const folding = new Folding({ fold, journal, live, attribution, settings, now, monotonic, log });
  const principalsNotCounted = options.principalsNotCounted ?? new Set<number>();
  const recorder = new Recorder({ journal, live, attribution, principalsNotCounted, durability: settings.durability, now, log });

  let recoverIn = 0;
  const tick = (): void => {
    if (journal.riskSinceMs !== 0 && --recoverIn <= 0) {
      journal.recover();
      recoverIn = recoverEveryTicks;
    }
    void journal.sync();
    folding.tick();
  };
  const timer = setInterval(tick, tickMs);
  timer.unref();
  folding.tick();

  const openUnfolded = async (): Promise<(tx: Transaction<Schema>) => Promise<Unfolded>> => {
    const view = await live.view();
    const [asOfMs, foldedMs] = [now(), folding.foldedUntilMs];
    return async (tx) => {
      const othersMs = await selectOthersFoldedUntil(tx, instance.id, asOfMs);
      const applied = await selectAppliedSegments(tx, view.slices);
      return {
        asOfMs: Math.min(asOfMs, othersMs),
        foldedMs: Math.min(foldedMs, othersMs),
        replaying: folding.replaying,
        dirty: (kind, repositoryId) => view.dirty(kind, repositoryId),
        born: (kind, repositoryId) => view.born(kind, repositoryId),
        deltas: (kind, ids) => view.deltas(kind, ids, applied),
      };
    };
  };
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await recorder.settle();
    await folding.idle();
    try {
      await folding.close(await journal.close());
    } catch (error) {
      log("not everything could be folded; the next start does it", error);
    } finally {
      instance.close();
    }
  };

  return {
    record: (event) => recorder.record(event),
    born: (kind, ids) => recorder.recordLives(kind, ids, true),
    died: (kind, ids) => recorder.recordLives(kind, ids, false),
    trackedSinceMs,
    get replaying() {
      return folding.replaying;
    },
    openUnfolded,
    async totals(kind, ids) {
      const view = await live.view();
      return db.snapshot((tx) => readTotals(tx, view, kind, ids));
    },
    async history(request) {
      const view = await live.view();
      return db.snapshot(async (tx) => ({
        buckets: await readHistory(tx, view, request),
        total: await readSum(tx, view, request.kind, request.ids),
        gaps: await selectGaps(tx, request.fromMs, request.toMs),
      }));
    },
    async trends(kind, ids) {
      const view = await live.view();
      return db.snapshot((tx) => readTrends(tx, view, { kind, ids }, now()));
    },
    top: async (request) => readTop(db, await live.view(), request),
    keptBy: (timeMs) => keptBy(settings, timeMs, now()),
    gaps: (fromMs, toMs) => selectGaps(db.query, fromMs, toMs),
    metrics() {
      const [recorded, folded] = [recorder.metrics, folding.metrics];
      return { ...recorded, ...folded, lost: recorded.lost + folded.lost, riskSinceMs: journal.riskSinceMs };
    },
    async foldNow() {
      await recorder.settle();
      await folding.foldNow();
    },
    tendNow: () => folding.tendNow(),
    close: () => (closing ??= close()),
  };
}

/** What cannot be read now is tried once more when the folders are adopted. */
function recall(root: string, ownId: string, nowMs: number, log: PullsOptions["log"]): ReturnType<typeof recallSightings> {
  try {
    return recallSightings(root, ownId, nowMs);
  } catch (error) {
    log("the journals of earlier processes could not be read at once", error);
    return nothingRecalled;
  }
}
