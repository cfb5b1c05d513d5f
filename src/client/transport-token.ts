// Requests to token servers: what they answer is small text, they get credentials that nobody else may see, and they are no safer to
// follow than any other host that a registry names.

import type { FailedRequest, RegistryError } from "../oci/errors.ts";
import { createResponse } from "./exchange-response.ts";
import { follow } from "./redirect.ts";
import {
  createBackoff,
  isRetriedStatus,
  parseRetryAfter,
  systemClock,
  type Backoff,
  type Clock,
  type RetryOptions,
} from "./retry.ts";
import type { Failure } from "./transport-failure.ts";
import type { Transport } from "./transport.ts";
import type { AskTokenServer, TokenServerAnswer, TokenServerRequest } from "./token.ts";
import { connectionError } from "./wire-errors.ts";

/** Bytes of a token server's answer. */
const maxTokenBytes = 128 * 1024;
const wholeTimes = 2;
/** Servers whose wish to be left alone is remembered. */
const maxServers = 16;

export interface TokenAskOptions {
  /** The registry whose challenge named the token server: a public one cannot name a private address, an https one no http. */
  readonly registry: URL;
  readonly transport: Transport;
  readonly retry?: RetryOptions;
  readonly clock?: Clock;
}

/**
 * Asks a token server, whatever it answers; asks again like any other host. Redirects are followed on its own origin only.
 * @throws UNREACHABLE, TIMEOUT, PROTOCOL_VIOLATED (more than 128 KiB, a private address, a redirect elsewhere), the signal's reason
 */
export function createTokenAsk(options: TokenAskOptions): AskTokenServer {
  const { clock = systemClock } = options;
  const backoffs = new Map<string, Backoff>();
  return async (request) => {
    const { signal, url } = request;
    const backoff = backoffs.get(url.origin) ?? createBackoff(options.retry, clock);
    if (backoffs.size < maxServers) backoffs.set(url.origin, backoff);
    for (let attempts = 1; ; attempts++) {
      await backoff.ready(signal);
      const asked = await ask(request, options, attempts);
      const retryAt = "answer" in asked ? parseRetryAfter(asked.answer.header("retry-after"), clock.now()) : undefined;
      if (asked.again && backoff.postpone(attempts, retryAt)) continue;
      if ("failure" in asked) throw asked.failure;
      return asked.answer;
    }
  };
}

type Asked = ({ readonly answer: TokenServerAnswer } | { readonly failure: RegistryError }) & { readonly again: boolean };

async function ask(request: TokenServerRequest, { registry, transport }: TokenAskOptions, attempts: number): Promise<Asked> {
  const { method, url, headers, signal } = request;
  const asked: FailedRequest = { host: url.host, method, path: url.pathname, attempts };
  const toError = (failure: Failure): RegistryError => connectionError(failure, asked);
  const form = request.body === undefined ? undefined : Buffer.from(request.body);
  const body = form === undefined ? undefined : { length: form.length, open: () => form };
  const rules = { registry, home: url, mayLeave: false };
  const { outcome } = await follow(transport, { method, url, headers, body, signal, toError }, rules);
  if (!("status" in outcome)) return { failure: toError(outcome), again: outcome.transient };
  const response = createResponse(outcome, {
    url,
    attempts,
    wholeTime: transport.timeout * wholeTimes,
    toError: (code, message) => toError({ code, message, cause: undefined, transient: false, arrived: true }),
  });
  const text = Buffer.from(await response.bytes(maxTokenBytes)).toString("utf8");
  const { header, status } = response;
  const challenges = [outcome.headers["www-authenticate"] ?? []].flat();
  return { answer: { status, header, challenges, text }, again: isRetriedStatus(status) };
}
