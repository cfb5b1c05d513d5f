// When to ask a host again. What one call learns holds for all calls to the host: while it wants to be left alone, nobody asks.

import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  /** Default 3. */
  readonly maxRetries?: number;
  /** Milliseconds before the first retry, doubled for each further one, plus at most 10 % at random. Default 1,000. */
  readonly retryDelay?: number;
  /** Milliseconds: a Retry-After beyond it is not waited for, the call fails and says when. Default 60,000. */
  readonly longestWait?: number;
}

/** Time and chance, given by tests. */
export interface Clock {
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly random: () => number;
}

export interface Backoff {
  readonly maxRetries: number;
  /** Waits as long as the host wants to be left alone. Rejects with the signal's reason. */
  ready(signal: AbortSignal | undefined): Promise<void>;
  /** After the failure before retry number `retry` (from 1): whether the next one is worth it; if so, `ready` waits for it. */
  postpone(retry: number, retryAt: Date | undefined): boolean;
}

const retried = new Set([408, 429, 500, 502, 503, 504, 522]);

export function isRetriedStatus(status: number): boolean {
  return retried.has(status);
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(milliseconds, signal) {
    try {
      await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted(); // with its reason, not Node's AbortError
      throw error;
    }
  },
};

export function createBackoff(options: RetryOptions = {}, clock: Clock = systemClock): Backoff {
  const { maxRetries = 3, retryDelay = 1000, longestWait = 60_000 } = options;
  let notBefore = 0;
  return {
    maxRetries,
    async ready(signal) {
      for (let wait = notBefore - clock.now(); wait > 0; wait = notBefore - clock.now()) await clock.sleep(wait, signal);
    },
    postpone(retry, retryAt) {
      const now = clock.now();
      const own = Math.round(retryDelay * 2 ** (retry - 1) * (1 + clock.random() / 10));
      const wait = retryAt === undefined ? own : Math.max(0, retryAt.getTime() - now);
      if (retry > maxRetries || wait > longestWait) return false;
      notBefore = Math.max(notBefore, now + wait);
      return true;
    },
  };
}

/** Retry-After in seconds or as a date (RFC 9110 section 10.2.3); undefined when absent or nonsense. */
export function parseRetryAfter(header: string | undefined, nowMs: number): Date | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return new Date(nowMs + Number(text) * 1000);
  if (!/^[A-Z][a-z]+, .{9,12} \d\d:\d\d:\d\d GMT$/.test(text)) return undefined; // Date.parse takes almost anything
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}
