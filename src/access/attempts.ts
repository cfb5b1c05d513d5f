// How often somebody may guess. Three buckets count passwords that are tried: of a name from an address, of an address, and of a name from
// everywhere. What would surprise: the last two do not hold for an address from which the name signed in lately, so that nobody can
// lock somebody else out, not even from behind the same address; and secrets (secret.ts) are not counted, because nobody can guess them.

import { networkOf } from "../http/client-address.ts";
import { RegistryError } from "../oci/errors.ts";

export interface Attempts {
  /**
   * Counts a password as tried before it is looked at, so that many at once are no way around. @throws TOOMANYREQUESTS with Retry-After,
   * for names that exist and for others alike
   */
  begin(name: string, address: string): Attempt;
}

export interface Attempt {
  /** It was right: takes back what was counted, and forgets the mistakes of this name at this address. */
  succeeded(): void;
  /** It was not looked at: takes back what was counted. */
  withdrawn(): void;
}

export interface AttemptLimits {
  /** Wrong passwords in a row, then one each `refillMs`. */
  readonly pair: number;
  readonly address: number;
  readonly name: number;
  readonly refillMs: number;
  /** How long an address is known to be one of those from which a name signs in. */
  readonly knownMs: number;
  /** Entries of each kind; beyond it the one used longest ago is forgotten. */
  readonly remembered: number;
}

const usual: AttemptLimits = {
  pair: 10,
  address: 40,
  name: 100,
  refillMs: 30_000,
  knownMs: 30 * 24 * 3600_000,
  remembered: 50_000,
};

/** More than a name has; what is sent as one may be as long as a header. */
const maxName = 200;

export function createAttempts(now: () => number, given: Partial<AttemptLimits> = {}): Attempts {
  const limits = { ...usual, ...given };
  const pairs = createBuckets(limits.pair, limits);
  const addresses = createBuckets(limits.address, limits);
  const names = createBuckets(limits.name, limits);
  const known = createRecent<number>(limits.remembered);

  return {
    begin(text, address) {
      const name = text.slice(0, maxName);
      const place = networkOf(address);
      const pair = `${place} ${name}`;
      const at = now();
      const isKnown = (known.get(pair) ?? Number.NEGATIVE_INFINITY) > at - limits.knownMs;
      const buckets = [
        { bucket: pairs, key: pair },
        ...(isKnown
          ? []
          : [
              { bucket: addresses, key: place },
              { bucket: names, key: name },
            ]),
      ];
      const waitMs = Math.max(...buckets.map(({ bucket, key }) => bucket.waitMs(key, at)));
      if (waitMs > 0) throw tooMany(waitMs);
      for (const { bucket, key } of buckets) bucket.add(key, 1, at);
      const withdrawn = (): void => {
        for (const { bucket, key } of buckets) bucket.add(key, -1, now());
      };
      return {
        withdrawn,
        succeeded() {
          withdrawn();
          pairs.clear(pair);
          known.set(pair, now());
        },
      };
    },
  };
}

function tooMany(waitMs: number): RegistryError {
  const seconds = Math.ceil(waitMs / 1000);
  return new RegistryError("TOOMANYREQUESTS", {
    message: `too many wrong passwords, try again in ${seconds} s`,
    headers: { "Retry-After": String(seconds) },
  });
}

interface Buckets {
  /** Until one more may be added; 0: now. */
  waitMs(key: string, at: number): number;
  add(key: string, count: number, at: number): void;
  clear(key: string): void;
}

/** Buckets that hold `capacity` and lose one each `refillMs`. */
function createBuckets(capacity: number, { refillMs, remembered }: AttemptLimits): Buckets {
  const levels = createRecent<{ readonly level: number; readonly at: number }>(remembered);
  const levelAt = (key: string, at: number): number => {
    const entry = levels.get(key);
    return entry === undefined ? 0 : Math.max(0, entry.level - Math.max(0, at - entry.at) / refillMs);
  };
  return {
    waitMs: (key, at) => Math.max(0, (levelAt(key, at) + 1 - capacity) * refillMs),
    add: (key, count, at) => levels.set(key, { level: Math.max(0, levelAt(key, at) + count), at }),
    clear: (key) => levels.delete(key),
  };
}

/** A map that forgets what was set longest ago. */
function createRecent<Value>(
  most: number,
): Pick<Map<string, Value>, "get" | "delete"> & { set(key: string, value: Value): void } {
  const entries = new Map<string, Value>();
  return {
    get: (key) => entries.get(key),
    delete: (key) => entries.delete(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > most) entries.delete(entries.keys().next().value!);
    },
  };
}
