// What one journal segment holds, or will hold once it can be written, and the frames that a journal writes about itself.

import { FrameWriter } from "./frame.ts";
import { PullRecord, recordKinds } from "./record.ts";
import type { Sums } from "./sums.ts";

export interface Slice {
  /** Of the segment. */
  readonly id: string;
  readonly sums: Sums;
  readonly startMs: number;
  /** Undefined: not written, at risk; also when closed. */
  fd: number | undefined;
  /** Header and whole frames in the file. */
  bytes: number;
  /** Whether its name in the folder is on disk. */
  named: boolean;
}

/** Everything in `sums` as one frame, undefined when that is nothing. */
export function buildAggregates(sums: Sums, nowMs: number): Uint8Array | undefined {
  if (sums.records === 0) return undefined;
  const frames = new FrameWriter();
  frames.start(nowMs);
  for (const record of sums.toRecords()) frames.add(record);
  return frames.finish();
}

/** Nothing follows, and all before it is on disk once it is itself. */
export function buildSeal(nowMs: number): Uint8Array {
  const record = new PullRecord();
  record.kind = recordKinds.seal;
  const frames = new FrameWriter();
  frames.start(nowMs);
  frames.add(record);
  return frames.finish();
}
