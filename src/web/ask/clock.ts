// The server's clock as the browser knows it: one for all that shows a time, renewed by each answer of /status and every half minute.

import { useSyncExternalStore } from "react";

const tickMs = 30_000;
const listeners = new Set<() => void>();
/** How far the server's clock is before the browser's. */
let aheadMs = 0;
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** `time` is the server's, of an answer that has just come. */
export function noteServerTime(time: string): void {
  aheadMs = Date.parse(time) - Date.now();
  renew();
}

/** The server's time in milliseconds: relative times are against it, not against the reader's clock. */
export function useNow(): number {
  return useSyncExternalStore(listen, () => nowMs);
}

function listen(listener: () => void): () => void {
  if (listeners.size === 0) {
    nowMs = Date.now() + aheadMs;
    timer = setInterval(renew, tickMs);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

function renew(): void {
  nowMs = Date.now() + aheadMs;
  for (const listener of listeners) listener();
}
