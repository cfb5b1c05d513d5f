// Whether the registry answers at all. When it does not, it is asked again and again, less and less often; when it does again, everything
// that is shown is asked anew, so that nobody has to reload.

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
      const isLost = failed instanceof AskError && failed.status === 0;
      if (isLost && connection === connected) {
        change({ lostSince: lastAnswerAt, nextTryAt: undefined });
        void tryAgain(data, firstWaitMs);
      }
    });
    const onOnline = (): void => void (connection !== connected && tryAgain(data, firstWaitMs));
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
  return () => void tryAgain(data, firstWaitMs);
}

/** Any answer of the registry is one, also a refusal; what a proxy says in its place is none. */
async function tryAgain(data: QueryClient, waitMs: number): Promise<void> {
  clearTimeout(timer);
  change({ ...connection, nextTryAt: undefined });
  try {
    await ask("/session");
  } catch (error) {
    if (error instanceof AskError && error.isUnreachable) {
      change({ ...connection, nextTryAt: Date.now() + waitMs });
      timer = setTimeout(() => void tryAgain(data, Math.min(2 * waitMs, longestWaitMs)), waitMs);
      return;
    }
  }
  change(connected);
  await data.invalidateQueries();
}

function change(to: Connection): void {
  connection = to;
  for (const listener of listeners) listener();
}
