// Taking over the folder of a process that has died: fold what it journalled, note what may be missing, and remember for the
// clients that were in the middle of something. The folder stays locked until housekeeping has emptied and removed it.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { closeOpenGaps, insertGap } from "../store/pull-gaps.ts";
import { markInstanceGone, markUnlinked, selectKeptSegments } from "../store/pull-segments.ts";
import { rememberedMs, type Sighting } from "./attribution.ts";
import { foldSegment, type FoldTarget, type SegmentFile } from "./fold-segment.ts";
import { lockFolder, readRiskMark, type FolderLock } from "./instance.ts";
import { recordKinds, type PullRecord } from "./record.ts";
import { readSegment, segmentIdOf, type SegmentEnd } from "./segment.ts";

export interface AdoptedFolder {
  readonly folder: string;
  readonly lock: FolderLock;
  readonly segments: readonly SegmentFile[];
  /** What its clients asked for within the last minute and did not complete. */
  readonly sightings: readonly Sighting[];
}

export interface DeadInstance {
  readonly id: string;
  readonly folder: string;
  /** Of this boot. */
  readonly bootId: string;
}

/**
 * Before the first request of a new process: what the clients of dead ones asked for within the last minute and did not complete, so
 * that a GET that comes right after a crash still finds its HEAD. Read together, because one of them may have taken what another
 * remembered. The folders are free again afterwards: should yet another process adopt one first, both remember.
 */
export function recallSightings(journal: string, ownId: string, nowMs: number): { ids: string[]; sightings: Sighting[] } {
  const ids: string[] = [];
  const segments: SegmentFile[] = [];
  for (const id of instanceIds(journal)) {
    if (id === ownId) continue;
    const folder = join(journal, id);
    const lock = lockFolder(folder);
    if (lock === undefined) continue;
    try {
      segments.push(...listSegments({ id, folder }));
      ids.push(id);
    } finally {
      lock.close();
    }
  }
  return { ids, sightings: readSightings(segments, nowMs) };
}

/** Names of the folders in the journal. */
export function instanceIds(journal: string): string[] {
  return readdirSync(journal).filter((id) => /^[0-9a-f-]{36}$/.test(id));
}

/** Undefined while its process lives. Doing this twice, after a death of our own, changes nothing. */
export async function adoptFolder(
  target: FoldTarget,
  dead: DeadInstance,
  nowMs: number,
  isRecalled: boolean,
): Promise<AdoptedFolder | undefined> {
  const lock = lockFolder(dead.folder);
  if (lock === undefined) return undefined;
  try {
    const segments = listSegments(dead);
    const ends: SegmentEnd[] = [];
    for (const segment of segments) ends.push((await foldSegment(target, segment, nowMs)).file);
    target.failpoint("adopt.folded");
    await noteGaps(target, dead, ends, nowMs);
    await forgetUnlinked(target, dead, segments, nowMs);
    return { folder: dead.folder, lock, segments, sightings: isRecalled ? [] : readSightings(segments, nowMs) };
  } catch (error) {
    lock.close();
    throw error;
  }
}

function listSegments({ id: instance, folder }: Pick<DeadInstance, "id" | "folder">): SegmentFile[] {
  return readdirSync(folder).flatMap((file) => {
    const id = segmentIdOf(file);
    return id === undefined ? [] : [{ id, instance, path: join(folder, file) }];
  });
}

async function noteGaps(
  { db }: FoldTarget,
  { id, folder, bootId }: DeadInstance,
  ends: readonly SegmentEnd[],
  nowMs: number,
): Promise<void> {
  const riskMs = readRiskMark(folder);
  const lostMs = powerLossStart(ends, bootId);
  await db.transaction(async (tx) => {
    const gap = { instance: id, kind: "pulls", end_ms: nowMs } as const;
    if (riskMs > 0)
      await insertGap(tx, { ...gap, start_ms: riskMs, reason: "the process ended while its journal could not be written" });
    if (lostMs > 0)
      await insertGap(tx, { ...gap, start_ms: lostMs, reason: "the machine stopped before the journal was on disk" });
    await closeOpenGaps(tx, id, nowMs);
    await markInstanceGone(tx, id, nowMs);
  });
}

/**
 * From when on an earlier boot may have lost frames, 0: none. Frames reach the disk in any order, but reading ends at the first
 * that is missing, so what is lost came after the last whole one.
 */
function powerLossStart(ends: readonly SegmentEnd[], bootId: string): number {
  let sealedMs = 0;
  for (const { sealed, lastMs } of ends) if (sealed) sealedMs = Math.max(sealedMs, lastMs);
  let lost = 0;
  for (const { header, sealed, lastMs } of ends) {
    if (header === undefined || sealed || header.boot === bootId || header.durability === "power") continue;
    const from = lastMs > 0 ? lastMs : Math.max(header.startMs, sealedMs);
    lost = lost === 0 ? from : Math.min(lost, from);
  }
  return lost;
}

/** Rows of files that its process had removed without living to say so. */
async function forgetUnlinked(
  { db }: FoldTarget,
  { id }: DeadInstance,
  segments: readonly SegmentFile[],
  nowMs: number,
): Promise<void> {
  const rows = await selectKeptSegments(db.query, id);
  const existing = new Set(segments.map((segment) => segment.id));
  const gone = rows.filter((row) => !existing.has(row.id)).map((row) => row.id);
  if (gone.length > 0) await db.transaction((tx) => markUnlinked(tx, gone, nowMs));
}

function readSightings(segments: readonly SegmentFile[], nowMs: number): Sighting[] {
  const seen: Sighting[] = [];
  const since = nowMs - rememberedMs;
  const recent = segments.map(({ path }) => ({ path, endMs: statSync(path).mtimeMs })).filter(({ endMs }) => endMs >= since);
  for (const { path } of recent.sort((a, b) => a.endMs - b.endMs)) {
    readSegment(path, 0, (record) => {
      if (record.timeMs >= since) replay(record, nowMs, seen);
    });
  }
  return seen.sort((a, b) => b.ageMs - a.ageMs);
}

function replay(record: PullRecord, nowMs: number, seen: Sighting[]): void {
  const { client, manifestId, tagEpoch, timeMs } = record;
  if (record.kind === recordKinds.afterHead) {
    const taken = seen.findLastIndex(
      (head) => head.kind === "head" && head.client === client && head.manifestId === manifestId && head.timeMs === record.headMs,
    );
    if (taken >= 0) seen.splice(taken, 1);
  }
  if (!record.remembered) return;
  const kind = record.kind === recordKinds.check ? "head" : "index";
  seen.push({ kind, client, manifestId, tagEpoch, timeMs, ageMs: Math.max(0, nowMs - timeMs), address: "" });
}
