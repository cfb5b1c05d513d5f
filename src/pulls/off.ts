// Times without counting, `pulls.enabled: false`: nothing is opened, written or looked up, but a folder that was counted in before
// remembers since when it is not, so that the next start with counting knows a gap from "never pulled".

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const fileOf = (journal: string): string => join(journal, "off");

/** Call it at a start without counting. `folder`: the data folder. */
export function noteCountingOff(folder: string, nowMs: number): void {
  const journal = join(folder, "journal");
  if (existsSync(journal) && !existsSync(fileOf(journal))) writeFileSync(fileOf(journal), String(nowMs));
}

/** Since when counting was off, 0: it was not. */
export function readCountingOff(journal: string): number {
  const path = fileOf(journal);
  return existsSync(path) ? Number(readFileSync(path, "latin1")) || 0 : 0;
}

/** The gap is recorded. */
export function forgetCountingOff(journal: string): void {
  rmSync(fileOf(journal), { force: true });
}
