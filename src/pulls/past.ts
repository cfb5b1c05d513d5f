// Pulls of a time that has passed, counted as by a process that ran then: a journal of its own, folded by the fold, and the process is
// gone. Nothing else may count into the folder meanwhile.

import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { ContentIds } from "../oci/registry.ts";
import type { DatabaseOptions } from "../store/database.ts";
import { openFold, type FoldOptions } from "./fold.ts";
import { openInstance, readBootId } from "./instance.ts";
import { PullRecord, recordKinds } from "./record.ts";
import { buildHeader, segmentFile } from "./segment.ts";
import { buildAggregates, buildSeal } from "./slice.ts";
import { Sums } from "./sums.ts";

export interface PastPulls {
  readonly way: "by tag" | "direct" | "as child" | "check";
  readonly ids: ContentIds;
  readonly timeMs: number;
  readonly count: number;
}

export interface PastOptions {
  /** The data folder. */
  readonly folder: string;
  readonly database: DatabaseOptions;
  readonly keeping: FoldOptions["keeping"];
  /** When the process began to count: a time before that with counting off (`noteCountingOff`) becomes a gap. */
  readonly fromMs: number;
  /** When it ended. No pull is later. */
  readonly untilMs: number;
  /** A time before it began in which nothing was counted, and why. */
  readonly gap?: { readonly fromMs: number; readonly reason: string } | undefined;
}

const kinds = {
  "by tag": recordKinds.byTag,
  direct: recordKinds.direct,
  "as child": recordKinds.asChild,
  check: recordKinds.check,
} as const;

/** Resolves when everything is in the totals and the history. @throws what disk and database throw */
export async function countPast(options: PastOptions, pulls: Iterable<PastPulls>): Promise<void> {
  const { database, folder, fromMs, gap, keeping, untilMs } = options;
  const journal = join(folder, "journal");
  mkdirSync(journal, { recursive: true });
  const bootId = readBootId();
  const ours = openInstance(journal);
  try {
    const instance = { id: ours.id, host: hostname() };
    const fold = await openFold({ database, journal, instance, bootId, keeping, recalled: [] });
    try {
      await fold.start(fromMs);
      if (gap !== undefined) await fold.addGap({ kind: "pulls", start_ms: gap.fromMs, end_ms: fromMs, reason: gap.reason });
      const frame = buildAggregates(sumUp(pulls), untilMs);
      if (frame !== undefined) {
        const segment = randomUUID();
        const header = buildHeader({ boot: bootId, startMs: fromMs, durability: "kill" });
        writeFileSync(join(ours.folder, segmentFile(segment)), Buffer.concat([header, frame, buildSeal(untilMs)]));
        await fold.apply([segment], untilMs, untilMs);
      }
      await fold.reconcile();
      await fold.leave(untilMs);
    } finally {
      await fold.close();
    }
  } finally {
    ours.close();
  }
}

function sumUp(pulls: Iterable<PastPulls>): Sums {
  const sums = new Sums();
  const record = new PullRecord();
  for (const { count, ids, timeMs, way } of pulls) {
    record.kind = kinds[way];
    record.repositoryId = ids.repositoryId;
    record.manifestId = ids.manifestId;
    record.tagEpoch = ids.tagEpoch;
    record.timeMs = timeMs;
    sums.add(record, count);
  }
  return sums;
}
