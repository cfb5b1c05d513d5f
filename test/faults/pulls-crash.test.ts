import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registryId } from "../../src/store/pull-totals.ts";
import { databases, type TestDatabase } from "../peers/databases.ts";
import { openLaboratory } from "../pulls-laboratory.ts";

const child = join(import.meta.dirname, "pulls-process.ts");
const day = 24 * 3_600_000;

/** Every step that leaves something behind, and how often it is passed before the kill. */
const steps: readonly [step: string, times: number][] = [
  ["append.begin", 3],
  ["append.written", 2],
  ["seal.started", 2],
  ["seal.synced", 1],
  ["seal.written", 2],
  ["seal.durable", 1],
  ["fold.read", 3],
  ["fold.moved", 2],
  ["fold.totals", 1],
  ["fold.buckets", 3],
  ["fold.committed", 2],
  ["adopt.folded", 1],
  ["unlink.begin", 2],
  ["unlink.gone", 1],
  ["unlink.synced", 2],
  ["unlink.marked", 1],
  ["folder.begin", 1],
  ["folder.unlocked", 1],
  ["compact.taken", 2],
  ["compact.added", 2],
  ["compact.committed", 3],
];

interface Ledger {
  sent: number;
  answered: number;
}

describe.each(databases)("killed at every step, on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let nowMs = Date.UTC(2026, 0, 1);
    const tag: Ledger = { sent: 0, answered: 0 };
    const digest: Ledger = { sent: 0, answered: 0 };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    async function kill(step: string, times: number): Promise<void> {
      const { folder, url = "" } = opened.options;
      const counting = spawn(process.execPath, [child, folder, url, String(nowMs), step, String(times)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      counting.stdout.on("data", (text) => (output += String(text)));
      const [, signal] = (await once(counting, "close")) as [number | null, string | null];
      expect([step, signal]).toEqual([step, "SIGKILL"]);
      for (const line of output.split("\n")) {
        if (line === "sent tag") tag.sent++;
        if (line === "answered tag") tag.answered++;
        if (line === "sent digest") digest.sent++;
        if (line === "answered digest") digest.answered++;
      }
      nowMs += 10 * day;
    }

    /** Opens, folds, looks, and stops as a process that counts nothing itself. */
    async function look(): Promise<{ tag: number; digest: number; tagBuckets: number; gaps: number; checks: number }> {
      nowMs += day;
      const { folder } = opened.options;
      const pulls = await openLaboratory({ folder, database: opened.options, db: opened.db, clock: { nowMs } });
      await pulls.foldNow();
      const { buckets, total } = await pulls.history({ kind: "tag", ids: [11], fromMs: 0, toMs: nowMs, interval: "month" });
      const counted = (await pulls.totals("manifest", [24])).get(24)?.pulls ?? 0;
      const gaps = (await pulls.gaps(0, nowMs)).length;
      const whole = { fromMs: 0, toMs: nowMs, interval: "month" } as const;
      const registry = await pulls.history({ kind: "registry", ids: [registryId], ...whole });
      const repository = await pulls.history({ kind: "repository", ids: [1], ...whole });
      expect([registry.total, registry.buckets]).toEqual([repository.total, repository.buckets]);
      await pulls.close();
      const tagBuckets = buckets.reduce((sum, bucket) => sum + bucket.pulls, 0);
      return { tag: total.pulls, digest: counted, tagBuckets, gaps, checks: total.checks };
    }

    test.each(steps)("%s: what was answered is counted, nothing twice", async (step, times) => {
      // Adopting and removing need a folder of somebody who died before.
      if (step.startsWith("adopt") || step.startsWith("folder")) await kill("append.written", 5);
      await kill(step, times);
      const found = await look();
      expect(found.tag).toBeGreaterThanOrEqual(tag.answered);
      expect(found.tag).toBeLessThanOrEqual(tag.sent);
      expect(found.digest).toBeGreaterThanOrEqual(digest.answered);
      expect(found.digest).toBeLessThanOrEqual(digest.sent);
      expect(found.tagBuckets).toBe(found.tag);
      expect(found.gaps).toBe(0);
      expect(await look()).toEqual(found);
      // What was in flight is settled now, one way or the other.
      tag.sent = tag.answered = found.tag;
      digest.sent = digest.answered = found.digest;
    });
  });
});
