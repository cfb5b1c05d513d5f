// The journal of one process: frames go to the active segment, one write each. A write that fails is tried once more in a new
// segment; when that fails too, the sums live in memory only (a slice without a file), the mark in the gap file says since when,
// and `recover` writes them down as one frame of aggregates. So a slice is always exactly what one segment holds or will hold.

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Disk, Failpoint } from "./disk.ts";
import type { Instance } from "./instance.ts";
import { buildHeader, segmentFile, type Durability } from "./segment.ts";
import { buildAggregates, buildSeal, type Slice } from "./slice.ts";
import { Sums } from "./sums.ts";

export interface JournalOptions {
  readonly instance: Instance;
  readonly bootId: string;
  readonly durability: Durability;
  readonly disk: Disk;
  readonly failpoint: Failpoint;
  /** Wall clock. */
  readonly now: () => number;
  readonly log: (sentence: string, error?: unknown) => void;
}

export class Journal {
  readonly #options: JournalOptions;
  #active: Slice;
  /** No longer written to and not yet handed to the fold, in the order of writing. */
  #retired: Slice[] = [];
  readonly #unsynced = new Set<Slice>();
  /** A sync of theirs failed: they count as at risk until they are folded. */
  readonly #doubtful = new Set<Slice>();
  #riskSinceMs = 0;
  #marked = false;
  #lastSyncMs: number;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#lastSyncMs = options.now();
    this.#active = this.#start();
    if (this.#active.fd === undefined) this.#enterRisk(options.now());
  }

  get active(): Slice {
    return this.#active;
  }
  /** 0: everything counted is in the journal. */
  get riskSinceMs(): number {
    return this.#riskSinceMs;
  }
  /** Whether the gap file says so. */
  get marked(): boolean {
    return this.#marked;
  }

  /** Writes one frame. The caller adds its records to the sums of the slice that it gets back. Never throws. */
  append(frame: Uint8Array): Slice {
    if (this.#active.fd === undefined || this.#write(this.#active, frame)) return this.#active;
    this.#retired.push(this.#active);
    this.#active = this.#start();
    if (this.#active.fd !== undefined && this.#write(this.#active, frame)) return this.#active;
    this.#abandon(this.#active);
    this.#enterRisk(this.#options.now());
    return this.#active;
  }

  /** Resolves when everything appended so far is on disk, or marked as at risk. One flush serves all who wait for it. */
  sync(): Promise<void> {
    if (this.#syncing === undefined) {
      this.#syncing = this.#syncAll().finally(() => (this.#syncing = undefined));
      return this.#syncing;
    }
    // The running flush may have begun before the last write: the one after it serves.
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined;
      return this.sync();
    });
    return this.#nextSync;
  }

  /** Ends the active segment, if it holds anything, and hands out what the fold can take. Frames go on in a new segment. */
  async seal(): Promise<Slice[]> {
    if (this.#active.fd !== undefined && this.#active.sums.records > 0) {
      const next = this.#start();
      // Without a new file it is better to go on in the old one.
      if (next.fd !== undefined) {
        this.#retired.push(this.#active);
        this.#active = next;
        this.#options.failpoint("seal.started");
      }
    }
    if (this.#retired.length === 0) return [];
    const retired = this.#retired;
    this.#retired = [];
    // First the name of the new segment, then the seal: after a power cut there is always an unsealed segment to tell of it.
    await this.sync();
    this.#options.failpoint("seal.synced");
    for (const slice of retired) await this.#finish(slice);
    return retired;
  }

  /** Ends the journal; nothing may be appended any more. What stays unwritten stays marked. */
  async close(): Promise<Slice[]> {
    this.recover();
    const last = this.#active;
    const retired = this.#retired;
    this.#retired = [];
    await this.sync();
    if (last.sums.records > 0 && last.fd !== undefined) retired.push(last);
    else if (last.fd !== undefined) this.#abandon(last);
    for (const slice of retired) await this.#finish(slice);
    return retired;
  }

  /** At risk: tries to write down what is only in memory. Each try writes everything that is only in memory. */
  recover(): void {
    const slice = this.#active;
    if (slice.fd === undefined && !this.#create(slice, buildAggregates(slice.sums, this.#options.now()))) return;
    if (this.#riskSinceMs === 0) return;
    if (this.#options.durability === "kill") this.#leaveRisk();
    else void this.sync().then(() => this.#leaveRisk());
  }

  /** A slice is in the database: what was in doubt about its file no longer matters. */
  folded(slice: Slice): void {
    if (this.#doubtful.delete(slice)) this.#leaveRisk();
  }

  #path(slice: Slice): string {
    return join(this.#options.instance.folder, segmentFile(slice.id));
  }

  #start(): Slice {
    const slice: Slice = {
      id: randomUUID(),
      sums: new Sums(),
      startMs: this.#options.now(),
      fd: undefined,
      bytes: 0,
      named: false,
    };
    this.#create(slice, undefined);
    return slice;
  }

  /** Creates the file with its header and a first frame; false, and no file, when that cannot be written whole. */
  #create(slice: Slice, frame: Uint8Array | undefined): boolean {
    const { disk, bootId, durability, log } = this.#options;
    const header = buildHeader({ boot: bootId, startMs: slice.startMs, durability });
    const bytes = frame === undefined ? header : Buffer.concat([header, frame]);
    try {
      slice.fd = disk.openSync(this.#path(slice), "w");
      const written = disk.writeSync(slice.fd, bytes, 0, bytes.length, 0);
      if (written !== bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes could be written`);
    } catch (error) {
      // While at risk this is tried again and again; once is enough to read.
      if (this.#riskSinceMs === 0) log("a new journal segment cannot be written", error);
      this.#abandon(slice);
      return false;
    }
    slice.bytes = bytes.length;
    this.#unsynced.add(slice);
    return true;
  }

  /** A file without records goes away; the slice lives on in memory. */
  #abandon(slice: Slice): void {
    this.#unsynced.delete(slice);
    const { fd } = slice;
    if (fd === undefined) return;
    slice.fd = undefined;
    try {
      this.#options.disk.closeSync(fd);
      this.#options.disk.unlinkSync(this.#path(slice));
    } catch (error) {
      // It holds no whole frame, so whoever finds it counts nothing.
      this.#options.log("an empty journal segment cannot be removed", error);
    }
  }

  #write(slice: Slice, frame: Uint8Array): boolean {
    const { disk, failpoint, log } = this.#options;
    failpoint("append.begin");
    let written = 0;
    try {
      written = disk.writeSync(slice.fd!, frame, 0, frame.length, slice.bytes);
      if (written < frame.length) {
        log(`the journal took only ${written} of ${frame.length} bytes`);
        disk.ftruncateSync(slice.fd!, slice.bytes);
      }
    } catch (error) {
      // Not truncated either: the torn frame fails its checksum, and nothing is written behind it.
      log("the journal cannot be written", error);
    }
    if (written < frame.length) return false;
    slice.bytes += written;
    this.#unsynced.add(slice);
    failpoint("append.written");
    return true;
  }

  async #syncAll(): Promise<void> {
    const startMs = this.#options.now();
    const slices = [...this.#unsynced];
    await Promise.all(slices.map((slice) => this.#syncSlice(slice)));
    if (this.#doubtful.size === 0) this.#lastSyncMs = startMs;
  }

  async #syncSlice(slice: Slice): Promise<void> {
    const { disk, instance } = this.#options;
    const { bytes } = slice;
    try {
      await disk.fdatasync(slice.fd!);
      if (!slice.named) await disk.syncFolder(instance.folder);
      slice.named = true;
      if (slice.bytes === bytes) this.#unsynced.delete(slice);
    } catch (error) {
      this.#doubt(slice, error);
    }
  }

  /** After a failed flush nobody knows what is on disk: no more writes there; at risk until the fold has what the kernel still has. */
  #doubt(slice: Slice, error: unknown): void {
    this.#options.log("a journal segment cannot be flushed to disk", error);
    this.#unsynced.delete(slice);
    this.#doubtful.add(slice);
    this.#enterRisk(this.#lastSyncMs);
    if (slice !== this.#active) return;
    this.#retired.push(slice);
    this.#active = this.#start();
  }

  async #finish(slice: Slice): Promise<void> {
    const { disk, failpoint, log, now } = this.#options;
    const fd = slice.fd!;
    try {
      if (!this.#doubtful.has(slice)) {
        const seal = buildSeal(now());
        const written = disk.writeSync(fd, seal, 0, seal.length, slice.bytes);
        failpoint("seal.written");
        if (written === seal.length) slice.bytes += written;
        else disk.ftruncateSync(fd, slice.bytes);
        await disk.fdatasync(fd);
        failpoint("seal.durable");
      }
    } catch (error) {
      // Only the seal is missing: the fold takes the whole frames; after a power cut they would open a gap.
      log("a journal segment cannot be sealed", error);
    }
    this.#unsynced.delete(slice);
    slice.fd = undefined;
    disk.closeSync(fd);
  }

  #enterRisk(sinceMs: number): void {
    if (this.#riskSinceMs !== 0) return;
    this.#riskSinceMs = sinceMs;
    this.#options.log(
      `pulls are counted in memory only since ${new Date(sinceMs).toISOString()}: they are lost if this process dies`,
    );
    try {
      this.#options.instance.mark.set(sinceMs);
      this.#marked = true;
    } catch (error) {
      this.#options.log("the gap file cannot be written either", error);
    }
  }

  #leaveRisk(): void {
    if (this.#riskSinceMs === 0 || this.#active.fd === undefined || this.#doubtful.size > 0) return;
    try {
      this.#options.instance.mark.clear();
    } catch (error) {
      // The mark stays, and so does the state: recover tries again.
      this.#options.log("the gap file cannot be cleared", error);
      return;
    }
    this.#options.log("the journal can be written again: every pull since then is in it");
    this.#riskSinceMs = 0;
    this.#marked = false;
  }
}
