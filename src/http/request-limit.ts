// How many requests one user, robot or address may make: a bucket for each that fills steadily. What would surprise: a bucket is one
// number, the time at which it will be full again, and those not asked for lately are forgotten by the map that held them.

import { RegistryError } from "../oci/errors.ts";
import { networkOf } from "./client-address.ts";

export interface RequestLimit {
  /**
   * One more request, of a user or robot, or (0) of whoever is at the address; of the registry itself (-1) any number.
   * @throws TOOMANYREQUESTS with Retry-After
   */
  count(principalId: number, address: string): void;
}

export const noRequestLimit: RequestLimit = { count: () => undefined };

export interface RequestLimitOptions {
  readonly perSecond: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Buckets that are remembered. */
  readonly most?: number;
}

/** What may come at once: an image of many layers is asked for in one go. */
const burstSeconds = 10;

/** `perSecond` 0: no limit. */
export function createRequestLimit({ perSecond, monotonic, most = 100_000 }: RequestLimitOptions): RequestLimit {
  if (perSecond === 0) return noRequestLimit;
  const intervalMs = 1000 / perSecond;
  const roomMs = burstSeconds * 1000 - intervalMs;
  let recent = new Map<number | string, number>();
  let before = recent;
  return {
    count(principalId, address) {
      if (principalId < 0) return;
      const key = principalId === 0 ? networkOf(address) : principalId;
      const nowMs = monotonic();
      const fullMs = Math.max(nowMs, recent.get(key) ?? before.get(key) ?? 0);
      const waitMs = fullMs - nowMs - roomMs;
      // Rounding must not take a request from a bucket that holds just one.
      if (waitMs > 1e-6) throw tooMany(waitMs, perSecond);
      if (recent.size >= most / 2) {
        before = recent;
        recent = new Map();
      }
      recent.set(key, fullMs + intervalMs);
    },
  };
}

/**
 * `identify`, each call of which is a request: of whoever it finds, and when it refuses what was shown, of the address. `idOf`: of a
 * user or robot, 0 for nobody. What it returns also @throws TOOMANYREQUESTS.
 */
export function countRequests<Shown, Found, Caller extends { readonly address: string }>(
  limit: RequestLimit,
  identify: (shown: Shown, caller: Caller) => Found | Promise<Found>,
  idOf: (found: Found) => number,
): (shown: Shown, caller: Caller) => Found | Promise<Found> {
  if (limit === noRequestLimit) return identify;
  const count = (found: Found, { address }: Caller): Found => {
    limit.count(idOf(found), address);
    return found;
  };
  const refuse = (error: unknown, { address }: Caller): never => {
    limit.count(0, address);
    throw error;
  };
  return (shown, caller) => {
    let found: Found | Promise<Found>;
    try {
      found = identify(shown, caller);
    } catch (error) {
      return refuse(error, caller);
    }
    if (!(found instanceof Promise)) return count(found, caller);
    return found.then(
      (value) => count(value, caller),
      (error: unknown) => refuse(error, caller),
    );
  };
}

function tooMany(waitMs: number, perSecond: number): RegistryError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new RegistryError("TOOMANYREQUESTS", {
    message: `more than ${perSecond} requests a second for too long, try again in ${seconds} s`,
    headers: { "Retry-After": String(seconds) },
  });
}
