// A file of frames behind a line of JSON that says who wrote it when. Only the process that created a segment appends to it, so
// nothing is ever written behind a torn tail; a last frame with a seal says that nothing follows and that all of it is on disk.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { frameHeadBytes, frameLength } from "./frame.ts";
import { PullRecord, RecordReader, recordKinds } from "./record.ts";

const formatVersion = 1;
const maxHeaderBytes = 512;
const chunkBytes = 1024 * 1024;

/** What an answered pull survives: the death of the process, or also that of the machine. */
export type Durability = "kill" | "power";

export interface SegmentHeader {
  /** Of this boot of the machine: what an earlier boot wrote and did not seal may be lost, unless it waited for the disk. */
  readonly boot: string;
  readonly startMs: number;
  readonly durability: Durability;
}

const suffix = ".pulls";
export const segmentFile = (id: string): string => `${id}${suffix}`;
/** Undefined for other files. */
export function segmentIdOf(file: string): string | undefined {
  return /^[0-9a-f-]{36}\.pulls$/.test(file) ? file.slice(0, -suffix.length) : undefined;
}

export function buildHeader(header: SegmentHeader): Buffer {
  return Buffer.from(`${JSON.stringify({ format: "hythe-pulls", version: formatVersion, ...header })}\n`);
}

function parseHeader(line: string): SegmentHeader | undefined {
  try {
    const { format, version, boot, startMs, durability } = JSON.parse(line) as Record<string, unknown>;
    const ours = format === "hythe-pulls" && version === formatVersion;
    if (!ours || typeof boot !== "string" || typeof startMs !== "number") return undefined;
    return { boot, startMs, durability: durability === "power" ? "power" : "kill" };
  } catch {
    // Torn while it was created: nothing was ever answered for it.
    return undefined;
  }
}

export interface SegmentEnd {
  /** Undefined: torn, or of a format that this version does not know; then nothing was read. */
  readonly header: SegmentHeader | undefined;
  /** Bytes up to the end of the last whole frame. */
  readonly end: number;
  /** Bytes of the file. */
  readonly size: number;
  readonly sealed: boolean;
  /** Time of the last whole frame, 0 when there is none. */
  readonly lastMs: number;
}

/**
 * Reads the whole frames that begin at `from` bytes (0: all of them) in order. The record handed to `onRecord` is reused.
 * Memory stays bounded by one chunk and the longest frame.
 */
export function readSegment(path: string, from: number, onRecord: (record: PullRecord) => void): SegmentEnd {
  const file = openSync(path, "r");
  try {
    return readFrames(file, from, onRecord);
  } finally {
    closeSync(file);
  }
}

function readFrames(file: number, from: number, onRecord: (record: PullRecord) => void): SegmentEnd {
  const { size } = fstatSync(file);
  let buffer = Buffer.allocUnsafe(Math.max(maxHeaderBytes, Math.min(chunkBytes, size)));
  const head = buffer.subarray(0, readSync(file, buffer, 0, maxHeaderBytes, 0));
  const headerEnd = head.indexOf(10) + 1;
  const header = headerEnd === 0 ? undefined : parseHeader(head.toString("latin1", 0, headerEnd));
  let end = header === undefined ? 0 : Math.max(from, headerEnd);
  /** Of `buffer`, which holds the bytes of the file from `end` on. */
  let filled = 0;
  let sealed = false;
  let lastMs = 0;
  const record = new PullRecord();
  let needed = header === undefined ? 0 : frameHeadBytes;
  while (needed > 0) {
    // A length beyond the end of the file is a torn or damaged frame, not a reason to allocate.
    if (needed > size - end) break;
    if (needed > buffer.length) buffer = Buffer.concat([buffer.subarray(0, filled)], Math.max(needed, buffer.length * 2));
    const read = readSync(file, buffer, filled, buffer.length - filled, end + filled);
    if (read === 0) break;
    filled += read;
    let at = 0;
    let length = frameLength(buffer.subarray(at, filled));
    while (length > 0) {
      const reader = new RecordReader(buffer.subarray(at + frameHeadBytes, at + length));
      lastMs = reader.timeMs;
      while (reader.next(record)) {
        if (record.kind === recordKinds.seal) sealed = true;
        else onRecord(record);
      }
      at += length;
      length = frameLength(buffer.subarray(at, filled));
    }
    buffer.copyWithin(0, at, filled);
    end += at;
    filled -= at;
    needed = -length;
  }
  return { header, end, size, sealed, lastMs };
}
