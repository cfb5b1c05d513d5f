// Equal work under way is done once. Each caller may leave by its own signal; when the last one has left, the work is told to stop.

interface Flight {
  readonly result: Promise<unknown>;
  readonly stop: AbortController;
  waiting: number;
}

export interface Flights {
  /** The result of `work`, or of equal work (by `key`) that is under way. Rejects with the signal's reason when that comes first. */
  join<Value>(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<Value>): Promise<Value>;
}

export function createFlights(): Flights {
  const flights = new Map<string, Flight>();

  function start(key: string, work: (signal: AbortSignal) => Promise<unknown>): Flight {
    const stop = new AbortController();
    const flight: Flight = { result: work(stop.signal), stop, waiting: 0 };
    flights.set(key, flight);
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(land, land);
    return flight;
  }

  return {
    async join(key, signal, work) {
      signal?.throwIfAborted();
      const flight = flights.get(key) ?? start(key, work);
      flight.waiting++;
      try {
        return (await untilAborted(flight.result, signal)) as never;
      } finally {
        if (--flight.waiting === 0 && flights.get(key) === flight) {
          // Nobody may join work that is told to stop.
          flights.delete(key);
          flight.stop.abort(signal?.reason);
        }
      }
    },
  };
}

function untilAborted<Value>(result: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return result;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
