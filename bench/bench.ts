// What a benchmark is: it measures us and a peer (or a limit) in interleaved rounds of one run, so that both meet the same machine, and
// says the ratio. Nothing is written into the repository.

import { median } from "./statistics.ts";

export interface BenchContext {
  /** An empty folder of this run. */
  readonly folder: string;
  readonly rounds: number;
  /** Of each measurement in a round. */
  readonly seconds: number;
  readonly print: (line: string) => void;
  /** Rather show that everything works than measure. */
  readonly quick: boolean;
  /** Write CPU profiles of our server into this folder. */
  readonly profile: string | undefined;
}

/** One line of the result. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: string;
  readonly peerValue: number;
  /** Ours through the peer's. */
  readonly ratio: number;
  /** What we want of the ratio; absent: only told. */
  readonly target?: Target;
}
export interface Target {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Bench {
  readonly name: string;
  readonly sentence: string;
  run(context: BenchContext): Promise<Row[]>;
}

export function compareTo(
  what: string,
  unit: string,
  ours: number,
  [peer, peerValue]: readonly [string, number],
  target?: Target,
): Row {
  return { what, unit, ours, peer, peerValue, ratio: ours / peerValue, ...(target !== undefined && { target }) };
}

export function isMet({ ratio, target }: Row): boolean | undefined {
  if (target === undefined) return undefined;
  return ratio >= (target.atLeast ?? 0) && ratio <= (target.atMost ?? Number.POSITIVE_INFINITY);
}

/** Measures every candidate once a round, in turn; the order is turned round from round to round. Returns medians by name. */
export async function interleave(
  context: BenchContext,
  unit: string,
  candidates: Readonly<Record<string, () => Promise<number>>>,
): Promise<Record<string, number>> {
  const names = Object.keys(candidates);
  const values: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < context.rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await candidates[name]!();
      values[name]!.push(value);
      context.print(`  round ${round + 1}: ${name} ${formatNumber(value)} ${unit}`);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(values[name]!)]));
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function formatTarget({ target }: Row): string {
  if (target === undefined) return "";
  const { atLeast, atMost } = target;
  return atLeast !== undefined ? `>= ${atLeast}` : `<= ${atMost}`;
}
