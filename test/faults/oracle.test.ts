import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasPostgres, usePostgres } from "../peers/postgres.ts";
import { runOracle, type OracleOptions, type OracleReport } from "./oracle.ts";

const timeout = 300_000;

async function small(options: Partial<OracleOptions>): Promise<OracleReport> {
  const data = mkdtempSync(join(tmpdir(), "hythe-oracle-"));
  try {
    return await runOracle({ data, pulls: 10_000, kills: 4, clients: 24, processes: 1, seed: 20260703, ...options });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function expectNothingLost(report: OracleReport): void {
  expect(report.answered).toBeGreaterThanOrEqual(10_000);
  expect(report.kills).toBeGreaterThanOrEqual(5);
  expect(report.afterKill).toEqual({ lost: 0, doubled: 0, wrong: [] });
  expect(report.afterStop).toEqual({ lost: 0, doubled: 0, wrong: [] });
}

describe("every answered pull is counted exactly once, whatever is killed when", () => {
  test("one process on SQLite", { timeout }, async () => {
    expectNothingLost(await small({}));
  });

  test("two processes on one data folder", { timeout }, async () => {
    expectNothingLost(await small({ processes: 2, seed: 2 }));
  });

  test("with every answer flushed to disk first", { timeout }, async () => {
    expectNothingLost(await small({ seed: 3, settings: { HYTHE_PULLS_DURABILITY: "power" } }));
  });

  describe.skipIf(!hasPostgres)(hasPostgres ? "on PostgreSQL" : "on PostgreSQL (skipped: PostgreSQL is not installed)", () => {
    test.each([1, 2])("processes: %i", { timeout }, async (processes) => {
      const { url, drop } = await usePostgres();
      try {
        expectNothingLost(await small({ database: url, processes, seed: 4 + processes }));
      } finally {
        await drop();
      }
    });
  });
});
