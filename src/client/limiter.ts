// How many requests are in flight to one registry. Small requests, downloads and uploads wait in lines of their own: a big pull does not
// hold up the user interface, and a copy within one registry, whose uploads wait for its downloads, cannot block itself.

export type Lane = "metadata" | "download" | "upload";

export interface Limiter {
  /** A place in the lane; call what it returns when the answer was read or dropped. Rejects with the signal's reason. */
  enter(lane: Lane, signal: AbortSignal | undefined): Promise<() => void>;
}

export interface LimiterOptions {
  /** Default 4. */
  readonly metadata?: number;
  /** Each way. Default 3. */
  readonly blobs?: number;
}

export function createLimiter({ metadata = 4, blobs = 3 }: LimiterOptions = {}): Limiter {
  const lanes = { metadata: createLane(metadata), download: createLane(blobs), upload: createLane(blobs) };
  return { enter: (lane, signal) => lanes[lane](signal) };
}

function createLane(places: number): (signal: AbortSignal | undefined) => Promise<() => void> {
  let free = places;
  const waiting = new Set<() => void>();

  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) free++;
    else {
      waiting.delete(next);
      next(); // the place is handed on, so nobody can slip in between
    }
  };
  const place = (): (() => void) => {
    let held = true;
    return () => {
      if (held) leave();
      held = false;
    };
  };
  return async (signal) => {
    signal?.throwIfAborted();
    if (free > 0) {
      free--;
      return place();
    }
    return await new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve(place());
      };
      const abort = (): void => {
        waiting.delete(enter);
        reject(signal?.reason as Error);
      };
      waiting.add(enter);
      signal?.addEventListener("abort", abort, { once: true });
    });
  };
}
