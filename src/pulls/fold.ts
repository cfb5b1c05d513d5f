// The fold: the only writer of statistics. It has a database connection of its own and runs on a thread of its own (fold-thread.ts);
// called here directly it runs on the calling thread, so that tests can stop it at every step. One call at a time.

import { join } from "node:path";
import { openDatabase, type Database, type DatabaseOptions } from "../store/database.ts";
import { deleteOpenGaps, insertGap, upsertGap } from "../store/pull-gaps.ts";
import { reconcileLives, selectLastId } from "../store/pull-lives.ts";
import {
  insertTrackedSince,
  markInstanceGone,
  selectAppliedSegments,
  selectKeptSegments,
  upsertInstance,
} from "../store/pull-segments.ts";
import { PullUpserts } from "../store/pull-upserts.ts";
import type { PullGapTable } from "../store/schema.ts";
import { adoptFolder, instanceIds, type AdoptedFolder } from "./adopt.ts";
import type { Sighting } from "./attribution.ts";
import { noFailpoint, realDisk, type Failpoint } from "./disk.ts";
import { foldSegment, type FoldTarget, type SegmentFile } from "./fold-segment.ts";
import { tendStatistics, type Keeping } from "./housekeeping.ts";
import { forgetCountingOff, readCountingOff } from "./off.ts";
import { segmentFile } from "./segment.ts";
import { countedKinds } from "./sums.ts";

/** Can be handed to another thread. */
export interface FoldOptions {
  readonly database: DatabaseOptions;
  /** The folder of all instances. */
  readonly journal: string;
  readonly instance: { readonly id: string; readonly host: string };
  readonly bootId: string;
  readonly keeping: Keeping;
  /** Dead processes whose clients are remembered already. */
  readonly recalled: readonly string[];
}

export interface AppliedSegment {
  readonly id: string;
  /** Up to the end of the last whole frame. */
  readonly bytes: number;
  /** Newly applied. */
  readonly records: number;
}
export interface Applied {
  readonly segments: readonly AppliedSegment[];
  /** Database rows written. */
  readonly rows: number;
}

export interface Fold {
  /** Notes this process and since when there is counting; then folds and keeps what dead processes left, as does every later `adopt`. */
  start(nowMs: number): Promise<void>;
  /** Takes over the folders of processes that have died meanwhile; returns what their clients asked for within the last minute. */
  adopt(nowMs: number): Promise<Sighting[]>;
  /** Makes births and deaths agree with the catalogue. */
  reconcile(): Promise<void>;
  /** Folds segments of this process, and again whatever the database has forgotten of earlier ones. */
  apply(segments: readonly string[], nowMs: number, foldedUntilMs: number): Promise<Applied>;
  /** Without `end_ms` the gap is open until `closeRisk`, or until somebody adopts this process. */
  addGap(gap: Omit<PullGapTable, "instance">): Promise<void>;
  closeRisk(): Promise<void>;
  /** Removes what has been kept long enough and compacts a bounded number of buckets; whether there is more of it. */
  tend(nowMs: number, foldedUntilMs: number): Promise<boolean>;
  /** This process ends with everything folded. */
  leave(nowMs: number): Promise<void>;
  close(): Promise<void>;
}

const idsPerReconcile = 5000;

export async function openFold(options: FoldOptions, failpoint: Failpoint = noFailpoint): Promise<Fold> {
  const db = await openDatabase({ ...options.database, statisticsOnly: true });
  try {
    // None, unless an earlier thread of this process has broken.
    const kept = await selectKeptSegments(db.query, options.instance.id);
    return new DatabaseFold(
      options,
      db,
      failpoint,
      kept.map(({ id }) => id),
    );
  } catch (error) {
    await db.close();
    throw error;
  }
}

class DatabaseFold implements Fold {
  readonly #options: FoldOptions;
  readonly #db: Database;
  readonly #target: FoldTarget;
  /** Segments whose files exist, of this process and of adopted ones: rows that vanish from the database are written again. */
  readonly #kept = new Map<string, SegmentFile>();
  readonly #adopted = new Map<string, AdoptedFolder>();

  constructor(options: FoldOptions, db: Database, failpoint: Failpoint, kept: readonly string[]) {
    this.#options = options;
    this.#db = db;
    this.#target = { db, upserts: new PullUpserts(), failpoint };
    for (const id of kept) this.#keep(id);
  }

  #keep(id: string): void {
    const { journal, instance } = this.#options;
    this.#kept.set(id, { id, instance: instance.id, path: join(journal, instance.id, segmentFile(id)) });
  }

  async start(nowMs: number): Promise<void> {
    const { instance, journal } = this.#options;
    const offMs = readCountingOff(journal);
    await this.#db.transaction(async (tx) => {
      await upsertInstance(tx, instance, nowMs, nowMs);
      await insertTrackedSince(tx, nowMs);
      if (offMs > 0)
        await insertGap(tx, {
          instance: instance.id,
          kind: "pulls",
          start_ms: offMs,
          end_ms: nowMs,
          reason: "counting was switched off",
        });
    });
    forgetCountingOff(journal);
  }

  async adopt(nowMs: number): Promise<Sighting[]> {
    const { journal, instance, bootId, recalled } = this.#options;
    const sightings: Sighting[] = [];
    const failures: unknown[] = [];
    for (const id of instanceIds(journal)) {
      if (id === instance.id || this.#adopted.has(id)) continue;
      const dead = { id, folder: join(journal, id), bootId };
      try {
        const adopted = await adoptFolder(this.#target, dead, nowMs, recalled.includes(id));
        if (adopted === undefined) continue;
        this.#adopted.set(id, adopted);
        for (const segment of adopted.segments) this.#kept.set(segment.id, segment);
        sightings.push(...adopted.sightings);
      } catch (error) {
        // What one process left must not keep back what the others did; the caller hears of it and comes again.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return sightings;
  }

  async reconcile(): Promise<void> {
    for (const kind of countedKinds) {
      const last = await this.#db.transaction((tx) => selectLastId(tx, kind));
      for (let after = 0; after < last; after += idsPerReconcile) {
        await this.#db.transaction((tx) => reconcileLives(tx, kind, after, after + idsPerReconcile));
      }
    }
  }

  async apply(segments: readonly string[], nowMs: number, foldedUntilMs: number): Promise<Applied> {
    const { instance } = this.#options;
    for (const id of segments) this.#keep(id);
    const before = await selectAppliedSegments(this.#db.query, [...this.#kept.keys()]);
    const applied: AppliedSegment[] = [];
    let rows = 0;
    for (const segment of this.#kept.values()) {
      if (before.has(segment.id) && !segments.includes(segment.id)) continue;
      const folded = await foldSegment(this.#target, segment, nowMs);
      rows += folded.rows;
      applied.push({ id: segment.id, bytes: folded.file.end, records: folded.records });
    }
    await this.#db.transaction((tx) => upsertInstance(tx, instance, nowMs, foldedUntilMs), { durable: false });
    return { segments: applied, rows };
  }

  async addGap(gap: Omit<PullGapTable, "instance">): Promise<void> {
    await this.#db.transaction((tx) => upsertGap(tx, { instance: this.#options.instance.id, ...gap }));
  }

  async closeRisk(): Promise<void> {
    await this.#db.transaction((tx) => deleteOpenGaps(tx, this.#options.instance.id));
  }

  async tend(nowMs: number, foldedUntilMs: number): Promise<boolean> {
    await this.#db.transaction((tx) => upsertInstance(tx, this.#options.instance, nowMs, foldedUntilMs), { durable: false });
    return tendStatistics(
      { ...this.#target, disk: realDisk, kept: this.#kept, adopted: this.#adopted },
      this.#options.keeping,
      nowMs,
    );
  }

  async leave(nowMs: number): Promise<void> {
    await this.#db.transaction((tx) => markInstanceGone(tx, this.#options.instance.id, nowMs), { durable: false });
  }

  async close(): Promise<void> {
    for (const { lock } of this.#adopted.values()) lock.close();
    await this.#db.close();
  }
}
