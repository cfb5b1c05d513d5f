// Texts that this browser keeps for its reader, in localStorage under hythe.*, the same in all open tabs. Where there is no storage
// (blocked, or full) they hold until the page is left.

import { useSyncExternalStore } from "react";

const prefix = "hythe.";
const withoutStorage = new Map<string, string>();
const listeners = new Set<() => void>();

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name) ?? withoutStorage.get(name) ?? null;
  } catch {
    // Storage is blocked.
    return withoutStorage.get(name) ?? null;
  }
}

/** null: forget it. */
export function remember(name: string, text: string | null): void {
  withoutStorage.delete(name);
  try {
    if (text === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, text);
  } catch {
    // Blocked or full.
    if (text !== null) withoutStorage.set(name, text);
  }
  for (const listener of listeners) listener();
}

/** Renders again when it changes, in another tab too. */
export function useRemembered(name: string): string | null {
  return useSyncExternalStore(listen, () => recall(name));
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}
