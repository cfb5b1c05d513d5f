// One request of an operation from its first try to its answer: authorization, a place in the line, redirects, retries, errors. Everything
// that the operations need to know of the wire is the returned function.

import type { Readable } from "node:stream";
import type { ErrorCode, FailedRequest, RegistryError } from "../oci/errors.ts";
import type { Authorizer } from "./authorizer.ts";
import { createResponse } from "./exchange-response.ts";
import { createLimiter, type Lane, type LimiterOptions } from "./limiter.ts";
import { parseRateLimit, type RateLimit } from "./rate-limit.ts";
import { follow, type Followed } from "./redirect.ts";
import type { ClientRequest, RequestBody, Send } from "./request.ts";
import { createBackoff, isRetriedStatus, parseRetryAfter, systemClock, type Clock, type RetryOptions } from "./retry.ts";
import type { Failure } from "./transport-failure.ts";
import type { Transport } from "./transport.ts";
import { createWarnings } from "./warnings.ts";
import { answerError, connectionError } from "./wire-errors.ts";

export interface ExchangeOptions {
  /** The registry's API: its origin alone gets credentials. */
  readonly registry: URL;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly retry?: RetryOptions;
  readonly limits?: LimiterOptions;
  /** Each warning of the registry once. */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /** After each answer that tells. */
  readonly onRateLimit?: ((limit: RateLimit) => void) | undefined;
  readonly clock?: Clock;
}

/** Of a challenge, a fresh token refused, and the last word. */
const maxChallenges = 2;
/** A small answer may take so many times the time limit as a whole. */
const wholeTimes = 10;

/**
 * `Send` for one registry. Retries, redirects, limits: see retry.ts, redirect.ts, limiter.ts. Statuses in `answers` are answers at once,
 * 401 after the authorizer had its say. Errors: UNREACHABLE and TIMEOUT (no answer), PROTOCOL_VIOLATED (none that can be used), else what
 * the registry said; each with `request`. When the signal ends the call it rejects with the signal's reason.
 */
export function createExchange(options: ExchangeOptions): Send {
  const { registry, transport, authorizer, onRateLimit, clock = systemClock } = options;
  const rules = { registry, home: registry, mayLeave: true };
  const limiter = createLimiter(options.limits);
  const backoff = createBackoff(options.retry, clock);
  const warn = createWarnings(options.onWarning);

  /** One try: the answer, with its place in the line held until it was read, or the error. */
  async function attempt(call: Call, attempts: number): Promise<Followed & { readonly sent: string | undefined }> {
    const { url, request, body } = call;
    const { signal, headers, method } = request;
    await backoff.ready(signal);
    const sent = url.origin === registry.origin ? await authorizer.authorize(request.scopes, signal) : undefined;
    const leave = await limiter.enter(laneOf(request), signal);
    let followed: Followed | undefined;
    try {
      await backoff.ready(signal); // others may have been told to wait while this one stood in the line
      const toError = (failure: Failure): RegistryError => connectionError(failure, failedRequest(call, attempts));
      const all = sent === undefined ? { ...headers } : { ...headers, authorization: sent };
      followed = await follow(transport, { method, url, headers: all, body, signal, toError }, rules);
      return { ...followed, sent };
    } finally {
      holdPlace(followed, method, leave);
    }
  }

  return async (request) => {
    const { signal, answers = [] } = request;
    const call: Call = { request, url: new URL(request.url, registry), body: watchBody(request.body) };
    const repeatable = request.repeatable ?? (request.method !== "POST" && request.method !== "PATCH");
    let [retries, challenges] = [0, 0];
    let last: RegistryError | undefined;
    for (let attempts = 1; ; attempts++) {
      const asked = failedRequest(call, attempts);
      const { outcome, url, foreign, sent } = await attempt(call, attempts).catch((error: unknown) => {
        throw call.body?.spent === true ? (last ?? error) : error;
      });
      const via = foreign && url.host !== call.url.host ? url.host : undefined;
      if (!("status" in outcome)) {
        last = connectionError(outcome, asked, via);
        if (!outcome.transient || (repeatable === false && outcome.arrived) || !backoff.postpone(++retries, undefined))
          throw last;
        continue;
      }

      const { status } = outcome;
      const toError = (code: ErrorCode, message: string): RegistryError =>
        connectionError({ code, message, cause: undefined, transient: false, arrived: true }, { ...asked, status }, via);
      const response = createResponse(outcome, { url, attempts, wholeTime: transport.timeout * wholeTimes, toError });
      warn(outcome.headers["warning"]);
      const limit = onRateLimit === undefined || foreign ? undefined : parseRateLimit(response.header);
      if (limit !== undefined) onRateLimit?.(limit);

      const retryAt = parseRetryAfter(response.header("retry-after"), clock.now());
      const challenge = [outcome.headers["www-authenticate"] ?? []].flat();
      const challenged = !foreign && (status === 401 || (status === 403 && challenge.length > 0)) && challenges++ < maxChallenges;
      if (challenged && (await authorizer.challenged(challenge, request.scopes, sent, signal).catch(dropping(outcome.body)))) {
        last = await answerError({ ...response, via, sent, retryAt }, asked);
      } else if ((status >= 200 && status < 300) || answers.includes(status)) {
        return response;
      } else {
        // Before the body is read, which gives the place in the line to the next one.
        const again = repeatable === true && isRetriedStatus(status) && backoff.postpone(++retries, retryAt);
        last = await answerError({ ...response, via, sent, retryAt }, asked);
        signal?.throwIfAborted();
        if (!again) throw last;
      }
      signal?.throwIfAborted();
    }
  };
}

interface Call {
  readonly request: ClientRequest;
  readonly url: URL;
  readonly body: WatchedBody | undefined;
}

interface WatchedBody extends RequestBody {
  /** It could not be opened (again). */
  readonly spent: boolean;
}

function watchBody(body: RequestBody | undefined): WatchedBody | undefined {
  if (body === undefined) return undefined;
  let spent = false;
  return {
    length: body.length,
    get spent() {
      return spent;
    },
    open() {
      spent = true;
      const bytes = body.open();
      spent = false;
      return bytes;
    },
  };
}

function failedRequest({ request, url }: Call, attempts: number): FailedRequest {
  return { host: url.host, method: request.method, path: url.pathname, attempts };
}

function laneOf({ lane, body }: ClientRequest): Lane {
  if (lane !== "blob") return "metadata";
  return body === undefined ? "download" : "upload";
}

/** For an error on the way: nobody will read the answer. */
function dropping(body: Readable): (error: unknown) => never {
  return (error) => {
    body.destroy();
    throw error;
  };
}

/** The place in the line is free when the body was read or dropped, at once where there is none. */
function holdPlace(followed: Followed | undefined, method: string, leave: () => void): void {
  const outcome = followed?.outcome;
  if (outcome === undefined || !("status" in outcome) || outcome.body.closed) return leave();
  outcome.body.once("close", leave);
  const { status, headers } = outcome;
  if (method === "HEAD" || status === 204 || status === 304 || headers["content-length"] === "0") outcome.body.resume();
}
