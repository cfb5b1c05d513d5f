// The thread of the fold: one call after another, by name.

import { parentPort, workerData } from "node:worker_threads";
import { openFold, type Fold, type FoldOptions } from "./fold.ts";

export interface FoldCall {
  readonly call: number;
  readonly method: keyof Fold;
  readonly args: readonly unknown[];
}
export interface FoldAnswer {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

const port = parentPort!;
let opened: Promise<Fold> | undefined;
let last: Promise<unknown> = Promise.resolve();

async function answer({ call, method, args }: FoldCall): Promise<void> {
  try {
    // A database that could not be opened is tried again by the next call.
    opened ??= openFold(workerData as FoldOptions).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    const fold = await opened;
    const value = await (fold[method] as (...args: unknown[]) => Promise<unknown>).apply(fold, [...args]);
    port.postMessage({ call, value } satisfies FoldAnswer);
  } catch (error) {
    port.postMessage({ call, error } satisfies FoldAnswer);
  }
  if (method === "close") port.close();
}

port.on("message", (call: FoldCall) => {
  last = last.then(() => answer(call));
});
