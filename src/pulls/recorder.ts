// From events to frames: what is recorded in one turn of the event loop is classified, written as one frame and summed up when the
// turn has read everything that had arrived (setImmediate), and answered after that. This is the hot path of every pull.

import type { ContentKind } from "../store/schema.ts";
import type { Attribution } from "./attribution.ts";
import { classify, isCounted, unattributed, type Attributed, type Effect } from "./classify.ts";
import type { PullEvent } from "./event.ts";
import { FrameWriter } from "./frame.ts";
import type { Journal } from "./journal.ts";
import type { LiveCounters } from "./live.ts";
import { PullRecord, recordKinds, type RecordKind } from "./record.ts";
import type { Durability } from "./segment.ts";
import { countedKinds } from "./sums.ts";

export interface RecorderOptions {
  readonly journal: Journal;
  readonly live: LiveCounters;
  /** Undefined: `pulls.attribution: false`. */
  readonly attribution: Attribution | undefined;
  readonly principalsNotCounted: ReadonlySet<number>;
  readonly durability: Durability;
  readonly now: () => number;
  readonly log: (sentence: string, error?: unknown) => void;
}

const recordKindOf: Record<Effect, RecordKind> = {
  check: recordKinds.check,
  "by-tag": recordKinds.byTag,
  "by-tag-after-head": recordKinds.afterHead,
  direct: recordKinds.direct,
  "as-child": recordKinds.asChild,
};

/** Counted since the start of this process. */
export interface RecorderMetrics {
  readonly byTag: number;
  readonly direct: number;
  readonly asChild: number;
  readonly checks: number;
  /** Answered and not counted, because of a bug. Must read 0. */
  readonly lost: number;
}

interface LifeEvent {
  readonly kind: ContentKind;
  readonly live: boolean;
  readonly id: number;
  readonly repositoryId: number;
}

const done = Promise.resolve();

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #frames = new FrameWriter();
  readonly #pool: PullRecord[] = [];
  readonly #countByKind = new Float64Array(16);
  #events: PullEvent[] = [];
  #attributed: Attributed[] = [];
  #lives: LifeEvent[] = [];
  #turn: PromiseWithResolvers<void> | undefined;
  #lost = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get metrics(): RecorderMetrics {
    const counted = this.#countByKind;
    return {
      byTag: counted[recordKinds.byTag]! + counted[recordKinds.afterHead]!,
      direct: counted[recordKinds.direct]!,
      asChild: counted[recordKinds.asChild]!,
      checks: counted[recordKinds.check]!,
      lost: this.#lost,
    };
  }

  /** Resolves when the event is as durable as configured, or when that is known to be impossible for now. Never rejects. */
  record(event: PullEvent): Promise<void> {
    const { attribution, principalsNotCounted } = this.#options;
    if (!isCounted(event, principalsNotCounted)) return done;
    if (attribution === undefined || event.method === "HEAD" || event.status === 304) return this.#enqueue(event, unattributed);
    const { client, digest, ids } = event;
    const taken = attribution.take({ client, digest, manifestId: ids.manifestId, tagEpoch: ids.tagEpoch });
    if (!(taken instanceof Promise)) return this.#enqueue(event, taken);
    return taken.then(
      (attributed) => this.#enqueue(event, attributed),
      () => this.#enqueue(event, unattributed),
    );
  }

  /** Births and deaths travel like pulls. Never rejects. */
  recordLives(
    kind: ContentKind,
    ids: readonly { readonly id: number; readonly repositoryId: number }[],
    live: boolean,
  ): Promise<void> {
    if (ids.length === 0) return done;
    for (const { id, repositoryId } of ids) this.#lives.push({ kind, id, repositoryId, live });
    return this.#inThisTurn();
  }

  /** Waits for what this turn has collected. */
  settle(): Promise<void> {
    return this.#turn?.promise ?? done;
  }

  #enqueue(event: PullEvent, attributed: Attributed): Promise<void> {
    this.#events.push(event);
    this.#attributed.push(attributed);
    return this.#inThisTurn();
  }

  #inThisTurn(): Promise<void> {
    if (this.#turn === undefined) {
      this.#turn = Promise.withResolvers<void>();
      setImmediate(this.#flush);
    }
    return this.#turn.promise;
  }

  #flush = (): void => {
    const turn = this.#turn!;
    this.#turn = undefined;
    const { journal, live, durability, log } = this.#options;
    try {
      const count = this.#buildFrame();
      if (count > 0) {
        const slice = journal.append(this.#frames.finish());
        for (let i = 0; i < count; i++) slice.sums.add(this.#pool[i]!);
        live.put(slice.id, slice.sums);
        if (durability === "power") {
          void journal.sync().then(turn.resolve);
          return;
        }
      }
    } catch (error) {
      // Counting must not fail a pull, not even by a bug of its own; this one shows in the metrics.
      this.#lost += this.#events.length;
      log("pulls could not be counted", error);
    } finally {
      this.#events.length = 0;
      this.#attributed.length = 0;
      this.#lives.length = 0;
    }
    turn.resolve();
  };

  /** The number of records, which lie in the pool. */
  #buildFrame(): number {
    const nowMs = this.#options.now();
    this.#frames.start(nowMs);
    let count = 0;
    for (let i = 0; i < this.#events.length; i++) {
      const event = this.#events[i]!;
      if (!event.answerable()) {
        this.#giveBack(event, this.#attributed[i]!, nowMs);
        continue;
      }
      const record = (this.#pool[count++] ??= new PullRecord());
      this.#fill(record, event, this.#attributed[i]!, nowMs);
      this.#frames.add(record);
      this.#countByKind[record.kind]!++;
    }
    for (const life of this.#lives) {
      const record = (this.#pool[count++] ??= new PullRecord());
      record.kind = life.live ? recordKinds.born : recordKinds.died;
      record.remembered = false;
      record.counted = countedKinds.indexOf(life.kind);
      record.id = life.id;
      record.repositoryId = life.repositoryId;
      record.timeMs = nowMs;
      this.#frames.add(record);
    }
    return count;
  }

  #fill(record: PullRecord, event: PullEvent, attributed: Attributed, nowMs: number): void {
    const { ids, client, address } = event;
    record.kind = recordKindOf[classify(event, attributed)];
    record.repositoryId = ids.repositoryId;
    record.manifestId = ids.manifestId;
    record.principal = event.principal;
    record.client = client;
    record.timeMs = nowMs;
    record.tagEpoch = attributed.head?.tagEpoch ?? ids.tagEpoch;
    record.headMs = attributed.head?.timeMs ?? 0;
    record.parentId = attributed.parentId ?? 0;
    const isHead = event.method === "HEAD" && ids.tagEpoch !== 0;
    const isIndexPull = event.isIndex && event.method === "GET" && event.status === 200;
    record.remembered = this.#options.attribution !== undefined && (isHead || isIndexPull);
    if (!record.remembered) return;
    const kind = isHead ? "head" : "index";
    const { manifestId, tagEpoch } = ids;
    this.#options.attribution!.remember({ kind, client, address, manifestId, tagEpoch, timeMs: nowMs, ageMs: 0 });
  }

  /** The GET was not answered: the HEAD waits for the next one. */
  #giveBack({ client, address, ids }: PullEvent, { head }: Attributed, nowMs: number): void {
    if (head === undefined) return;
    const ageMs = Math.max(0, nowMs - head.timeMs);
    this.#options.attribution?.remember({ kind: "head", client, address, manifestId: ids.manifestId, ...head, ageMs });
  }
}
