// When the fold is asked to do what: at the start to take over what dead processes left, then folds by age, ratio and size, and
// housekeeping once a while. Failures are logged and tried again; nobody waits for any of this but `foldNow` and `close`.

import { rememberedMs, type Attribution } from "./attribution.ts";
import type { Fold } from "./fold.ts";
import type { Journal } from "./journal.ts";
import type { LiveCounters } from "./live.ts";
import type { PullSettings } from "./settings.ts";
import type { Slice } from "./slice.ts";

export interface FoldingOptions {
  readonly fold: Fold;
  readonly journal: Journal;
  readonly live: LiveCounters;
  readonly attribution: Attribution | undefined;
  readonly settings: PullSettings;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: (sentence: string, error?: unknown) => void;
}

export interface FoldingMetrics {
  /** Bytes of the journal that are not in the database. */
  readonly unfoldedBytes: number;
  /** Records moved into the database since the start, rows written for them, and when that last happened (ms, 0 never). */
  readonly foldedRecords: number;
  readonly foldedRows: number;
  readonly foldedMs: number;
  /** Records that could not be read back from the journal: must read 0. */
  readonly lost: number;
}

/** Housekeeping, and the look for processes that have died. */
const tendEveryMs = 60_000;
const retryMs = 5_000;

export class Folding {
  readonly #options: FoldingOptions;
  /** Sealed and not known to be in the database. */
  readonly #sealed = new Map<string, { slice: Slice; sealedMs: number }>();
  /** One call at a time; a failure ends that call only. */
  #last: Promise<unknown> = Promise.resolve();
  #busy = false;
  #lastFoldMono: number;
  #lastTendMono: number;
  /** When the oldest unfolded record was seen. */
  #oldestMono: number | undefined;
  #notBeforeMono = 0;
  #evictions: { readonly fromMs: number; toMs: number; noted: boolean } | undefined;
  #riskNoted = false;
  #started = false;
  #replaying = true;
  #adoptNotBeforeMono = 0;
  #metrics = { foldedRecords: 0, foldedRows: 0, foldedMs: 0, lost: 0 };

  constructor(options: FoldingOptions) {
    this.#options = options;
    this.#lastFoldMono = options.monotonic();
    this.#lastTendMono = options.monotonic();
  }

  /** True until the journals of dead processes are in the totals. */
  get replaying(): boolean {
    return this.#replaying;
  }

  /** Up to when everything that this process has counted is in the database. */
  get foldedUntilMs(): number {
    const { journal, now } = this.#options;
    for (const { slice } of this.#sealed.values()) return slice.startMs;
    return journal.active.sums.records > 0 ? journal.active.startMs : now();
  }

  get metrics(): FoldingMetrics {
    let unfoldedBytes = this.#options.journal.active.sums.records > 0 ? this.#options.journal.active.bytes : 0;
    for (const { slice } of this.#sealed.values()) unfoldedBytes += slice.bytes;
    return { ...this.#metrics, unfoldedBytes };
  }

  /** Attribution forgot something before its time. A flood of that is one gap, which grows. */
  evicted(): void {
    const nowMs = this.#options.now();
    if (this.#evictions === undefined || nowMs - this.#evictions.toMs > rememberedMs) {
      this.#evictions = { fromMs: nowMs, toMs: nowMs, noted: false };
    } else {
      this.#evictions.toMs = nowMs;
      this.#evictions.noted = false;
    }
  }

  /** About once a second: does at most one thing, in the background. */
  tick(): void {
    const mono = this.#options.monotonic();
    if (this.#busy || mono < this.#notBeforeMono) return;
    const work = this.#dueWork(mono);
    if (work === undefined) return;
    this.#busy = true;
    void this.#inTurn(work)
      .catch((error: unknown) => {
        this.#notBeforeMono = this.#options.monotonic() + retryMs;
        this.#options.log(
          "statistics could not be written to the database; they stay in the journal, and it is tried again",
          error,
        );
      })
      .finally(() => (this.#busy = false));
  }

  /** Starts if that has not happened, then folds everything recorded so far. @throws what the database throws */
  foldNow(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#start();
      await this.#foldAll();
    });
  }

  /** Removes and compacts what is old enough. @throws what the database throws */
  tendNow(): Promise<void> {
    return this.#inTurn(() => this.#tend());
  }

  /** Waits for what is under way. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** Folds what the journal hands out at its end. @throws what the database throws: then the next process folds it */
  close(last: readonly Slice[]): Promise<void> {
    this.#keep(last);
    return this.#inTurn(async () => {
      try {
        if (!this.#started) await this.#options.fold.start(this.#options.now());
        await this.#writeGaps();
        await this.#apply();
        if (this.#options.journal.riskSinceMs === 0) await this.#options.fold.leave(this.#options.now());
      } finally {
        await this.#options.fold.close();
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #dueWork(mono: number): (() => Promise<void>) | undefined {
    if (!this.#started || (this.#replaying && mono >= this.#adoptNotBeforeMono)) return () => this.#start();
    if (this.#isFoldDue(mono)) return () => this.#foldAll();
    if (this.#isRiskUnnoted()) return () => this.#writeGaps();
    if (mono - this.#lastTendMono >= tendEveryMs) return () => this.#tend();
    return undefined;
  }

  #isFoldDue(mono: number): boolean {
    const { settings, journal } = this.#options;
    const { sums, bytes } = journal.active;
    if (sums.records > 0) this.#oldestMono ??= mono;
    if (mono - this.#lastFoldMono < settings.foldEvery) return false;
    if (this.#sealed.size > 0 || this.#evictions?.noted === false) return true;
    if (sums.records === 0) return false;
    const isOld = this.#oldestMono !== undefined && mono - this.#oldestMono >= settings.foldLatest;
    return isOld || bytes >= settings.foldBytes || sums.pulls >= settings.foldRatio * sums.keys;
  }

  async #start(): Promise<void> {
    const { fold, now, monotonic } = this.#options;
    if (!this.#started) await fold.start(now());
    this.#started = true;
    if (!this.#replaying) return;
    // When a dead process left something that cannot be read, what this one counts is folded all the same.
    this.#adoptNotBeforeMono = monotonic() + tendEveryMs;
    await this.#adopt();
    await fold.reconcile();
    this.#replaying = false;
  }

  async #adopt(): Promise<void> {
    const { fold, attribution, now } = this.#options;
    for (const seen of await fold.adopt(now())) attribution?.remember(seen);
  }

  async #foldAll(): Promise<void> {
    this.#lastFoldMono = this.#options.monotonic();
    this.#oldestMono = undefined;
    // While earlier segments wait for the database, the active one goes on growing: fewer sums to keep in memory.
    if (this.#sealed.size === 0) this.#keep(await this.#options.journal.seal());
    await this.#writeGaps();
    await this.#apply();
  }

  #keep(slices: readonly Slice[]): void {
    const sealedMs = this.#options.now();
    for (const slice of slices) this.#sealed.set(slice.id, { slice, sealedMs });
  }

  async #apply(): Promise<void> {
    const { fold, journal, live, now, log } = this.#options;
    const slices = [...this.#sealed.values()].map(({ slice }) => slice);
    const { active } = journal;
    const isRest = active.sums.records > 0 && !slices.includes(active);
    const { segments, rows } = await fold.apply(
      slices.map(({ id }) => id),
      now(),
      isRest ? active.startMs : now(),
    );
    const applied = new Map(segments.map((segment) => [segment.id, segment]));
    for (const slice of slices) {
      const result = applied.get(slice.id)!;
      if (result.bytes < slice.bytes) await this.#noteLoss(slice, slice.sums.records - result.records);
      live.drop(slice.id);
      journal.folded(slice);
      this.#sealed.delete(slice.id);
    }
    for (const { id, records } of segments) {
      this.#metrics.foldedRecords += records;
      if (!slices.some((slice) => slice.id === id) && records > 0)
        log(`the database had lost journal segment ${id}: ${records} records were written again`);
    }
    this.#metrics.foldedRows += rows;
    this.#metrics.foldedMs = now();
  }

  async #noteLoss(slice: Slice, records: number): Promise<void> {
    const { fold, now, log } = this.#options;
    this.#metrics.lost += records;
    log(`journal segment ${slice.id} is damaged: ${records} records cannot be read back`);
    await fold.addGap({ kind: "pulls", start_ms: slice.startMs, end_ms: now(), reason: "a journal segment was damaged" });
  }

  #isRiskUnnoted(): boolean {
    const { journal } = this.#options;
    return journal.riskSinceMs === 0 ? this.#riskNoted : !journal.marked && !this.#riskNoted;
  }

  /** Evictions, and the state that the gap file could not take. */
  async #writeGaps(): Promise<void> {
    const { fold, journal } = this.#options;
    const evictions = this.#evictions;
    if (evictions?.noted === false) {
      const { fromMs, toMs } = evictions;
      const reason = "more requests waited for their other half than are remembered (pulls.pendingHeads)";
      await fold.addGap({ kind: "attribution", start_ms: fromMs, end_ms: toMs, reason });
      evictions.noted = evictions.toMs === toMs;
    }
    if (!this.#isRiskUnnoted()) return;
    if (journal.riskSinceMs === 0) await fold.closeRisk();
    else {
      const reason = "the process ended while its journal could not be written";
      await fold.addGap({ kind: "pulls", start_ms: journal.riskSinceMs, end_ms: 0, reason });
    }
    this.#riskNoted = journal.riskSinceMs !== 0;
  }

  async #tend(): Promise<void> {
    await this.#adopt();
    const more = await this.#options.fold.tend(this.#options.now(), this.foldedUntilMs);
    if (!more) this.#lastTendMono = this.#options.monotonic();
  }
}
