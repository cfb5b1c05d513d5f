// One line of the journal: ids, never names, so that renames are free and a re-pushed tag cannot inherit what was not yet folded.
// Numbers are varints (7 bits a byte, up to 2^53); a record takes its time from its frame, a HEAD's time is told as its age.

export const recordKinds = {
  byTag: 1,
  afterHead: 2,
  direct: 3,
  asChild: 4,
  check: 5,
  aggregate: 6,
  born: 7,
  died: 8,
  seal: 9,
} as const;
export type RecordKind = (typeof recordKinds)[keyof typeof recordKinds];

/** Of sums that could not be journalled one by one: see `tallyFields` of sums.ts, without id and repository. */
export const aggregateFields = 10;
const rememberedFlag = 0x10;
const kindMask = 0x0f;
/** Bytes that the longest record can take: its kind, six varints and the client, or an aggregate. */
export const maxRecordBytes = 8 * (aggregateFields + 5);

const noValues = new Float64Array(0);

/** A record in memory. Reused: whoever keeps one must copy it. */
export class PullRecord {
  kind: RecordKind = recordKinds.direct;
  repositoryId = 0;
  /** 0: not by tag. */
  tagEpoch = 0;
  manifestId = 0;
  /** `asChild`: the index. */
  parentId = 0;
  principal = 0;
  /** 53-bit hash of who asked. */
  client = 0;
  /** Attribution remembers it for a minute: a HEAD by tag, or the GET of an index. */
  remembered = false;
  timeMs = 0;
  /** `afterHead`: when the HEAD was counted as a check. */
  headMs = 0;
  /** `aggregate`, `born`, `died`: position in `countedKinds`, and the id. */
  counted = 0;
  id = 0;
  /** `aggregate`: sums of one hour, which starts at `hourMs`. */
  hourMs = 0;
  values = noValues;
}

/** Writes records of one turn behind each other into one growing buffer. */
export class RecordWriter {
  bytes = Buffer.allocUnsafe(64 * 1024);
  /** Where the next byte goes. */
  at = 0;

  /** Makes room for one more record. */
  reserve(): void {
    if (this.at + maxRecordBytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(this.bytes.length * 2);
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }

  varint(value: number): void {
    const { bytes } = this;
    let rest = value;
    while (rest > 0x7fffffff) {
      bytes[this.at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[this.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.at++] = rest;
  }

  /** Small negative numbers stay small. */
  signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  #client(client: number): void {
    this.bytes.writeUInt32LE(client % 0x100000000, this.at);
    this.bytes.writeUIntLE(Math.floor(client / 0x100000000), this.at + 4, 3);
    this.at += 7;
  }

  add(record: PullRecord): void {
    this.reserve();
    const { kind } = record;
    this.bytes[this.at++] = record.remembered ? kind | rememberedFlag : kind;
    if (kind === recordKinds.seal) return;
    this.varint(record.repositoryId);
    if (kind >= recordKinds.aggregate) {
      this.bytes[this.at++] = record.counted;
      this.varint(record.id);
      if (kind !== recordKinds.aggregate) return;
      this.varint(record.hourMs);
      for (const value of record.values) this.signed(value);
      return;
    }
    this.varint(record.manifestId);
    this.varint(record.principal);
    this.#client(record.client);
    if (kind === recordKinds.asChild) this.varint(record.parentId);
    else if (kind !== recordKinds.direct) this.varint(record.tagEpoch);
    if (kind === recordKinds.afterHead) this.signed(record.timeMs - record.headMs);
  }
}

/** Reads the records of one frame whose checksum was right; anything odd in it is a bug of the writer, and throws. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;
  /** The time of the frame. */
  readonly timeMs: number;

  constructor(payload: Uint8Array) {
    this.#bytes = payload;
    this.#at = 0;
    this.#end = payload.length;
    this.timeMs = this.#varint();
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new RangeError("a journal record ends early");
    return this.#bytes[this.#at++]!;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  #signed(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #client(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++, scale *= 256) value += this.#byte() * scale;
    return value;
  }

  /** Fills `record` with the next one; false at the end. */
  next(record: PullRecord): boolean {
    if (this.#at >= this.#end) return false;
    const first = this.#byte();
    const kind = (first & kindMask) as RecordKind;
    if (kind < recordKinds.byTag || kind > recordKinds.seal) throw new RangeError(`a journal record of unknown kind ${kind}`);
    record.kind = kind;
    record.remembered = (first & rememberedFlag) !== 0;
    record.timeMs = this.timeMs;
    if (kind === recordKinds.seal) return true;
    record.repositoryId = this.#varint();
    if (kind >= recordKinds.aggregate) {
      record.counted = this.#byte();
      record.id = this.#varint();
      if (kind !== recordKinds.aggregate) return true;
      record.hourMs = this.#varint();
      if (record.values === noValues) record.values = new Float64Array(aggregateFields);
      for (let i = 0; i < aggregateFields; i++) record.values[i] = this.#signed();
      return true;
    }
    record.manifestId = this.#varint();
    record.principal = this.#varint();
    record.client = this.#client();
    record.parentId = kind === recordKinds.asChild ? this.#varint() : 0;
    record.tagEpoch = kind === recordKinds.asChild || kind === recordKinds.direct ? 0 : this.#varint();
    record.headMs = kind === recordKinds.afterHead ? this.timeMs - this.#signed() : 0;
    return true;
  }
}
