// Limits of time that end when a test says so, and not when the machine is busy.

import { vi } from "vitest";

export interface TimeInHand extends Disposable {
  pass(milliseconds: number): void;
}

/** Until it is disposed no setTimeout fires unless its time is let pass. Servers whose closing needs time must be opened before it. */
export function timeInHand(): TimeInHand {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return {
    pass: (milliseconds) => void vi.advanceTimersByTime(milliseconds),
    [Symbol.dispose]: () => void vi.useRealTimers(),
  };
}

/** Until the end of the test every AbortSignal.timeout ends only when it is told to. */
export function deadlinesInHand(): { pass(): void } {
  const given: AbortController[] = [];
  vi.spyOn(AbortSignal, "timeout").mockImplementation(() => given[given.push(new AbortController()) - 1]!.signal);
  return {
    pass() {
      for (const deadline of given) deadline.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    },
  };
}
