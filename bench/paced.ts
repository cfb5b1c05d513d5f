// Load at a given rate by our own generator: requests leave by the clock and not when the last answer came, and latency is counted from
// the moment a request was due, so that a server that stalls cannot hide it.

import { KeepAliveConnection } from "../test/keep-alive.ts";

export interface PacedOptions {
  readonly url: string;
  /** The next path. */
  readonly pick: () => string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
}

export class PacedResult {
  /** When each request was due (performance.now()) and how long it took from then on, in milliseconds. */
  readonly dueMs: Float64Array;
  readonly latencyMs: Float64Array;
  answered = 0;

  constructor(requests: number) {
    this.dueMs = new Float64Array(requests);
    this.latencyMs = new Float64Array(requests);
  }

  add(dueMs: number, latencyMs: number): void {
    this.dueMs[this.answered] = dueMs;
    this.latencyMs[this.answered++] = latencyMs;
  }

  /** Of the requests that were due in one of `spans`; of all without. */
  p99(isIn: (dueMs: number) => boolean = () => true): number {
    const chosen = this.latencyMs.subarray(0, this.answered).filter((_, i) => isIn(this.dueMs[i]!));
    chosen.sort();
    return chosen.length === 0 ? Number.NaN : chosen[Math.ceil(chosen.length * 0.99) - 1]!;
  }
}

const tickMs = 1;

/** Sends exactly `perSecond * seconds` requests; rejects when one of them is not answered with 200. */
export async function runPaced({ url, pick, perSecond, seconds, connections }: PacedOptions): Promise<PacedResult> {
  const total = perSecond * seconds;
  const result = new PacedResult(total);
  const port = Number(new URL(url).port);
  const free = await Promise.all(Array.from({ length: connections }, () => KeepAliveConnection.open(port, "bench/paced")));
  const all = [...free];
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const start = performance.now();
  let sent = 0;

  const ask = async (connection: KeepAliveConnection): Promise<void> => {
    const dueMs = start + (sent++ * 1000) / perSecond;
    const { status } = await connection.request("GET", pick());
    if (status !== 200) throw new Error(`${url} answered ${status}`);
    result.add(dueMs, performance.now() - dueMs);
    if (result.answered === total) resolve();
    free.push(connection);
    sendDue();
  };
  const sendDue = (): void => {
    const due = Math.min(total, Math.floor(((performance.now() - start) * perSecond) / 1000));
    while (sent < due && free.length > 0) ask(free.pop()!).catch(reject);
  };
  const timer = setInterval(sendDue, tickMs);
  try {
    await done;
  } finally {
    clearInterval(timer);
    for (const connection of all) connection.close();
  }
  return result;
}
