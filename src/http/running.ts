// What is under way, for those who close something that it uses.

export interface Running {
  /** Settles as `work` does. */
  track<Result>(work: Promise<Result>): Promise<Result>;
  /** Resolves when nothing is under way, and after a second at the latest: to put away what one holds takes no longer. */
  ended(): Promise<void>;
}

const patienceMs = 1000;

export function createRunning(): Running {
  let count = 0;
  let wake = (): void => undefined;
  return {
    async track(work) {
      count++;
      try {
        return await work;
      } finally {
        if (--count === 0) wake();
      }
    },
    async ended() {
      if (count === 0) return;
      const late = setTimeout(() => wake(), patienceMs);
      await new Promise<void>((resolve) => (wake = resolve));
      clearTimeout(late);
    },
  };
}
