// Load as people make it: each of many users asks, waits for the answer, and asks again; what is paged is leafed through. Latency is from
// the question to the whole answer.

import { KeepAliveConnection } from "../test/keep-alive.ts";
import { percentile } from "./statistics.ts";

export interface UsersOptions {
  readonly url: string;
  /** First pages of /api/v1, or anything else that is answered with 200. */
  readonly paths: readonly string[];
  readonly users: number;
  /** Absent: every path once. */
  readonly seconds?: number;
  /** Pages of a list that a user looks at. */
  readonly pages?: number;
}

export class UsersResult {
  /** Milliseconds. */
  readonly latencies: number[] = [];
  bytes = 0;
  /** The slowest question, for people who look for what to do. */
  slowest = { path: "", ms: 0 };

  add(path: string, ms: number, bytes: number): void {
    this.latencies.push(ms);
    this.bytes += bytes;
    if (ms > this.slowest.ms) this.slowest = { path, ms };
  }
  percentile(percent: number): number {
    return percentile(this.latencies, percent);
  }
  /** Of one answer. */
  get meanBytes(): number {
    return Math.round(this.bytes / this.latencies.length);
  }
}

/** Adds what it sees to `result`. Rejects when a question is not answered with 200. */
export async function runUsers({ url, paths, users, seconds, pages = 1 }: UsersOptions, result: UsersResult): Promise<void> {
  const port = Number(new URL(url).port);
  const end = performance.now() + (seconds ?? Number.POSITIVE_INFINITY) * 1000;
  let next = 0;
  const isOver = (): boolean => (seconds === undefined ? next >= paths.length : performance.now() >= end);

  const leaf = async (connection: KeepAliveConnection, first: string): Promise<void> => {
    let path = first;
    for (let page = 0; page < pages; page++) {
      const began = performance.now();
      const { status, head, body } = await connection.request("GET", path);
      result.add(path, performance.now() - began, body.length);
      if (status !== 200) throw new Error(`${path} was answered ${status}: ${body.toString()}\n${head}`);
      const cursor = pages === 1 ? undefined : nextCursor(body);
      if (cursor === undefined) return;
      path = `${first}&cursor=${cursor}`;
    }
  };
  const use = async (): Promise<void> => {
    const connection = await KeepAliveConnection.open(port, "bench/users");
    try {
      while (!isOver()) await leaf(connection, paths[next++ % paths.length]!);
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: users }, use));
}

/** It stands behind the items, near the end of the answer. */
function nextCursor(body: Buffer): string | undefined {
  return /"nextCursor":"([\w-]+)"/.exec(body.toString("latin1", Math.max(0, body.length - 4000)))?.[1];
}

export async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} was answered ${response.status}: ${text}`);
  return JSON.parse(text) as unknown;
}
