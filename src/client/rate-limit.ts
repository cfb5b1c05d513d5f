// How much of its pull limit a registry says is left (Docker Hub: `ratelimit-limit: 100;w=21600`), and which of its limits was hit.

export interface RateLimit {
  /** Requests allowed in the window; absent when not told. */
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowSeconds?: number;
  /** Whom the registry counts, such as an address or an account's id. */
  readonly source?: string;
}

/** Undefined: the answer tells nothing. */
export function parseRateLimit(header: (name: string) => string | undefined): RateLimit | undefined {
  const limit = parseCount(header("ratelimit-limit"));
  const remaining = parseCount(header("ratelimit-remaining"));
  if (limit === undefined && remaining === undefined) return undefined;
  const windowSeconds = limit?.windowSeconds ?? remaining?.windowSeconds;
  const source = header("docker-ratelimit-source");
  return {
    ...(limit === undefined ? {} : { limit: limit.count }),
    ...(remaining === undefined ? {} : { remaining: remaining.count }),
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
    ...(source === undefined ? {} : { source }),
  };
}

function parseCount(text: string | undefined): { count: number; windowSeconds: number | undefined } | undefined {
  const match = /^\s*(\d{1,12})\s*(?:;\s*w=(\d{1,12}))?\s*(?:[;,].*)?$/.exec(text ?? "");
  if (match === null) return undefined;
  return { count: Number(match[1]), windowSeconds: match[2] === undefined ? undefined : Number(match[2]) };
}

/**
 * Which limit a 429 is about, for people and as detail of the error. Docker Hub has two: pulls of an account or address in hours, and a
 * guard against too many requests of any kind, over within seconds to minutes.
 */
export function explainRateLimit(
  message: string,
  header: (name: string) => string | undefined,
): { words: string; detail: RateLimit & { readonly of: "pulls" | "requests" } } {
  const limit = parseRateLimit(header);
  const pulls = /pull rate limit/i.test(message) || limit?.remaining === 0;
  const words = pulls
    ? " (the limit of pulls is used up: log in, or wait for hours)"
    : " (too many requests in a short time: wait for minutes)";
  return { words, detail: { ...limit, of: pulls ? "pulls" : "requests" } };
}
