// The fold on a thread of its own, seen from the thread that serves. A thread that breaks is started again by the next call; what
// it had not committed is still in the journal.

import { Worker } from "node:worker_threads";
import type { Fold, FoldOptions } from "./fold.ts";
import type { FoldAnswer, FoldCall } from "./fold-worker.ts";

export function createFoldThread(options: FoldOptions): Fold {
  const thread = new FoldThread(options);
  return {
    start: (...args) => thread.ask("start", args),
    adopt: (...args) => thread.ask("adopt", args),
    reconcile: (...args) => thread.ask("reconcile", args),
    apply: (...args) => thread.ask("apply", args),
    addGap: (...args) => thread.ask("addGap", args),
    closeRisk: (...args) => thread.ask("closeRisk", args),
    tend: (...args) => thread.ask("tend", args),
    leave: (...args) => thread.ask("leave", args),
    close: () => thread.close(),
  };
}

class FoldThread {
  readonly #options: FoldOptions;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Worker | undefined;
  #calls = 0;

  constructor(options: FoldOptions) {
    this.#options = options;
  }

  async ask<Method extends keyof Fold>(
    method: Method,
    args: Parameters<Fold[Method]>,
  ): Promise<Awaited<ReturnType<Fold[Method]>>> {
    const worker = (this.#worker ??= this.#start());
    const call = ++this.#calls;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(call, answer);
    // The process stays as long as somebody waits for an answer.
    worker.ref();
    worker.postMessage({ call, method, args } satisfies FoldCall, []);
    return (await answer.promise) as Awaited<ReturnType<Fold[Method]>>;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    try {
      await this.ask("close", []);
    } finally {
      this.#worker = undefined;
      await worker.terminate();
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL("./fold-worker.ts", import.meta.url), { workerData: this.#options });
    const broken = (error: unknown): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("message", ({ call, value, error }: FoldAnswer) => {
      const answer = this.#waiting.get(call);
      this.#waiting.delete(call);
      if (this.#waiting.size === 0) worker.unref();
      if (error === undefined) answer?.resolve(value);
      else answer?.reject(error);
    });
    worker.on("error", broken);
    worker.on("exit", (code) => broken(new Error(`the fold thread ended with code ${code}`)));
    worker.unref();
    return worker;
  }
}
