// What journal records add up to, per hour, kind and id: the live counters show these sums, the fold writes them to the database.
// Rows lie in flat arrays (48 bytes for a tag, 96 for a manifest), because hundreds of thousands of keys can be unfolded at once.

import { registryId } from "../store/pull-totals.ts";
import type { ContentKind, CountedKind } from "../store/schema.ts";
import { aggregateFields, PullRecord, recordKinds } from "./record.ts";

/** What records name. The registry is none of these: it is what its repositories add up to. */
export const countedKinds = ["repository", "tag", "manifest"] as const satisfies readonly ContentKind[];
export const hourMs = 3_600_000;

/** Where the fields of a row lie; those from `tagPulls` on exist for manifests only. */
export const tallyFields = {
  id: 0,
  repositoryId: 1,
  pulls: 2,
  checks: 3,
  lastPulledMs: 4,
  lastCheckedMs: 5,
  tagPulls: 6,
  childPulls: 7,
  lastDirectMs: 8,
  lastChildMs: 9,
  lastTagMs: 10,
  lastTag: 11,
} as const;
const f = tallyFields;
const plainWidth = 6;
const manifestWidth = 12;

/** Rows by id: an open hash of row numbers over one array of numbers. */
export class Tallies {
  readonly width: number;
  size = 0;
  /** Rows behind each other, `width` numbers each. */
  data: Float64Array;
  #slots: Int32Array;

  constructor(width: number) {
    this.width = width;
    this.data = new Float64Array(8 * width);
    this.#slots = new Int32Array(16);
  }

  #slot(id: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul((id % 0x100000000) ^ (id / 0x100000000), 0x9e3779b1) >>> 7) & mask;
    for (;;) {
      const row = this.#slots[slot]!;
      if (row === 0 || this.data[(row - 1) * this.width] === id) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Offset of the row in `data`, negative when there is none. */
  find(id: number): number {
    return (this.#slots[this.#slot(id)]! - 1) * this.width;
  }

  /** Offset of the row in `data`; a new row of zeros when there is none. Offsets stay valid, `data` itself may be replaced. */
  at(id: number, repositoryId: number): number {
    let slot = this.#slot(id);
    const row = this.#slots[slot]!;
    if (row !== 0) return (row - 1) * this.width;
    if ((this.size + 1) * this.width > this.data.length) {
      this.#grow();
      slot = this.#slot(id);
    }
    const at = this.size++ * this.width;
    this.#slots[slot] = this.size;
    this.data[at] = id;
    this.data[at + f.repositoryId] = repositoryId;
    return at;
  }

  #grow(): void {
    const data = new Float64Array(this.data.length * 2);
    data.set(this.data);
    this.data = data;
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let row = 0; row < this.size; row++) this.#slots[this.#slot(data[row * this.width]!)] = row + 1;
  }

  /** Adds another row of the same width, from `source` at `from`. */
  merge(source: Float64Array, from: number): void {
    const at = this.at(source[from]!, source[from + f.repositoryId]!);
    const { data } = this;
    data[at + f.pulls]! += source[from + f.pulls]!;
    data[at + f.checks]! += source[from + f.checks]!;
    later(data, at + f.lastPulledMs, source[from + f.lastPulledMs]!);
    later(data, at + f.lastCheckedMs, source[from + f.lastCheckedMs]!);
    if (this.width === plainWidth) return;
    data[at + f.tagPulls]! += source[from + f.tagPulls]!;
    data[at + f.childPulls]! += source[from + f.childPulls]!;
    later(data, at + f.lastDirectMs, source[from + f.lastDirectMs]!);
    later(data, at + f.lastChildMs, source[from + f.lastChildMs]!);
    if (source[from + f.lastTagMs]! >= data[at + f.lastTagMs]! && source[from + f.lastTag] !== 0) {
      data[at + f.lastTagMs] = source[from + f.lastTagMs]!;
      data[at + f.lastTag] = source[from + f.lastTag]!;
    }
  }

  /** Ids in ascending order: the order in which every writer takes its rows. */
  ids(): Float64Array {
    const ids = new Float64Array(this.size);
    for (let row = 0; row < this.size; row++) ids[row] = this.data[row * this.width]!;
    return ids.sort();
  }
}

function later(data: Float64Array, at: number, timeMs: number): void {
  if (timeMs > data[at]!) data[at] = timeMs;
}

/** The sums of one hour, in the order of `countedKinds`. */
export type HourTallies = readonly [repository: Tallies, tag: Tallies, manifest: Tallies];
const newHour = (): HourTallies => [new Tallies(plainWidth), new Tallies(plainWidth), new Tallies(manifestWidth)];

/** The rows of a kind; of the registry one, or none. */
export function talliesOf(hour: HourTallies, kind: CountedKind): Tallies {
  if (kind !== "registry") return hour[countedKinds.indexOf(kind)]!;
  const [{ data, size, width }] = hour;
  const registry = new Tallies(plainWidth);
  const row = new Float64Array(plainWidth);
  for (let at = 0; at < size * width; at += width) {
    row.set(data.subarray(at, at + width));
    row[f.id] = registryId;
    row[f.repositoryId] = 0;
    registry.merge(row, 0);
  }
  return registry;
}

/** The last birth or death of an id. */
export interface Life {
  readonly repositoryId: number;
  readonly live: boolean;
}

export class Sums {
  /** By start of the hour. */
  readonly hours = new Map<number, HourTallies>();
  /** Births and deaths in the order of `countedKinds`, by id. */
  readonly lives: readonly [Map<number, Life>, Map<number, Life>, Map<number, Life>] = [new Map(), new Map(), new Map()];
  /** Records added. */
  records = 0;
  /** Pulls among them, of any way. */
  pulls = 0;
  #lastStart = -1;
  #lastHour: HourTallies = newHour();

  /** How many keys the database has to be told of. */
  get keys(): number {
    let keys = 0;
    for (const life of this.lives) keys += life.size;
    for (const hour of this.hours.values()) for (const tallies of hour) keys += tallies.size;
    return keys;
  }

  #hour(timeMs: number): HourTallies {
    const start = timeMs - (timeMs % hourMs);
    if (start === this.#lastStart) return this.#lastHour;
    let hour = this.hours.get(start);
    if (hour === undefined) this.hours.set(start, (hour = newHour()));
    this.#lastStart = start;
    this.#lastHour = hour;
    return hour;
  }

  /** `times`: of the same pull or check. */
  add(record: PullRecord, times = 1): void {
    this.records++;
    const { kind } = record;
    if (kind === recordKinds.check) this.#addCheck(record, record.timeMs, times);
    else if (kind === recordKinds.aggregate) this.#addAggregate(record);
    else if (kind === recordKinds.born || kind === recordKinds.died) {
      const life = { repositoryId: record.repositoryId, live: kind === recordKinds.born };
      this.lives[record.counted]?.set(record.id, life);
    } else if (kind !== recordKinds.seal) {
      this.pulls += times;
      this.#addPull(record, times);
      if (kind === recordKinds.afterHead) this.#addCheck(record, record.headMs, -1);
    }
  }

  #addPull({ kind, timeMs, repositoryId, manifestId, tagEpoch }: PullRecord, times: number): void {
    const [repositories, tags, manifests] = this.#hour(timeMs);
    const manifest = manifests.at(manifestId, repositoryId);
    const row = manifests.data;
    row[manifest + f.pulls]! += times;
    later(row, manifest + f.lastPulledMs, timeMs);
    if (kind === recordKinds.asChild) {
      row[manifest + f.childPulls]! += times;
      later(row, manifest + f.lastChildMs, timeMs);
      return;
    }
    const repository = repositories.at(repositoryId, repositoryId);
    repositories.data[repository + f.pulls]! += times;
    later(repositories.data, repository + f.lastPulledMs, timeMs);
    if (kind === recordKinds.direct) {
      later(row, manifest + f.lastDirectMs, timeMs);
      return;
    }
    const tag = tags.at(tagEpoch, repositoryId);
    tags.data[tag + f.pulls]! += times;
    later(tags.data, tag + f.lastPulledMs, timeMs);
    row[manifest + f.tagPulls]! += times;
    if (timeMs >= row[manifest + f.lastTagMs]!) {
      row[manifest + f.lastTagMs] = timeMs;
      row[manifest + f.lastTag] = tagEpoch;
    }
  }

  #addCheck({ repositoryId, manifestId, tagEpoch }: PullRecord, timeMs: number, by: number): void {
    const [repositories, tags, manifests] = this.#hour(timeMs);
    const count = (tallies: Tallies, id: number): void => {
      const at = tallies.at(id, repositoryId);
      tallies.data[at + f.checks]! += by;
      if (by > 0) later(tallies.data, at + f.lastCheckedMs, timeMs);
    };
    count(repositories, repositoryId);
    count(manifests, manifestId);
    if (tagEpoch !== 0) count(tags, tagEpoch);
  }

  #addAggregate(record: PullRecord): void {
    const tallies = this.#hour(record.hourMs)[record.counted];
    if (tallies === undefined) return;
    const row = new Float64Array(manifestWidth);
    row[f.id] = record.id;
    row[f.repositoryId] = record.repositoryId;
    row.set(record.values, f.pulls);
    tallies.merge(row, 0);
  }

  /** The sums of a kind over all hours. */
  totals(kind: CountedKind): Tallies {
    const hours = [...this.hours.values()];
    if (hours.length === 1) return talliesOf(hours[0]!, kind);
    const totals = talliesOf(newHour(), kind);
    for (const hour of hours) {
      const tallies = talliesOf(hour, kind);
      for (let row = 0; row < tallies.size; row++) totals.merge(tallies.data, row * tallies.width);
    }
    return totals;
  }

  /** Everything in here as records, into one reused record: what a journal that could not be written is told afterwards. */
  *toRecords(): Generator<PullRecord> {
    const record = new PullRecord();
    record.values = new Float64Array(aggregateFields);
    for (const counted of countedKinds.keys()) {
      record.counted = counted;
      record.kind = recordKinds.aggregate;
      for (const [start, hour] of this.hours) {
        const { data, width, size } = hour[counted]!;
        record.hourMs = start;
        for (let at = 0; at < size * width; at += width) {
          record.id = data[at]!;
          record.repositoryId = data[at + f.repositoryId]!;
          record.values.fill(0).set(data.subarray(at + f.pulls, at + width));
          yield record;
        }
      }
      for (const [id, life] of this.lives[counted]!) {
        record.kind = life.live ? recordKinds.born : recordKinds.died;
        record.id = id;
        record.repositoryId = life.repositoryId;
        yield record;
      }
    }
  }
}
