// Whether the registry answers at all. A question without an answer may be about that question only, so another one is asked: when that is
// not answered either, the registry is away. It is asked again and again then, less and less often; when it is back, everything that is
// shown is asked anew, so that nobody has to reload.

import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { AskError } from "./ask-error.ts";
import { ask } from "./ask.ts";

const firstWaitMs = 1000;
const longestWaitMs = 30_000;

interface Connection {
  /** When the last answer came; undefined: connected. */
  readonly lostSince: number | undefined;
  /** Undefined: being tried now. */
  readonly nextTryAt: number | undefined;
}
const connected: Connection = { lostSince: undefined, nextTryAt: undefined };

let connection = connected;
let timer: ReturnType<typeof setTimeout> | undefined;
let isAsking = false;
let lastAnswerAt = Date.now();
const listeners = new Set<() => void>();

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

/** Once, for as long as there are pages. */
export function useConnectionWatch(): void {
  const data = useQueryClient();
  useEffect(() => {
    const unsubscribe = data.getQueryCache().subscribe((event) => {
      if (event.type !== "updated") return;
      if (event.action.type === "success") lastAnswerAt = Date.now();
      // A question that is not tried again fails without having failed before.
      const failed = event.action.type === "failed" || event.action.type === "error" ? event.action.error : undefined;
      if (failed instanceof AskError && isSilence(failed) && connection === connected) void findOut(data);
    });
    const onOnline = (): void => void (connection !== connected && findOut(data));
    addEventListener("online", onOnline);
    return () => {
      unsubscribe();
      removeEventListener("online", onOnline);
      clearTimeout(timer);
      change(connected);
    };
  }, [data]);
}

/** Of the banner's button: at once. */
export function useTryNow(): () => void {
  const data = useQueryClient();
  return () => void findOut(data);
}

/** Any answer of the registry is one, also a refusal; what a proxy says in its place is none. */
function isSilence(error: unknown): boolean {
  return error instanceof AskError && (error.isUnreachable || error.isTimeout);
}

/** `waitMs`: until the next time, when there is no answer. */
async function findOut(data: QueryClient, waitMs = firstWaitMs): Promise<void> {
  if (isAsking) return;
  isAsking = true;
  clearTimeout(timer);
  const wasLost = connection !== connected;
  if (wasLost) change({ ...connection, nextTryAt: undefined });
  const isSilent = await ask("/session").then(() => false, isSilence);
  isAsking = false;
  if (isSilent) {
    change({ lostSince: connection.lostSince ?? lastAnswerAt, nextTryAt: Date.now() + waitMs });
    timer = setTimeout(() => void findOut(data, Math.min(2 * waitMs, longestWaitMs)), waitMs);
  } else if (wasLost) {
    change(connected);
    await data.invalidateQueries();
  }
}

function change(to: Connection): void {
  connection = to;
  for (const listener of listeners) listener();
}
