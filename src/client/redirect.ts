// Redirects, followed by hand: every hop is checked before anything is sent. Credentials stay at home, bodies go again only when the
// redirect keeps the method (307, 308), https never becomes http, and nobody on the Internet sends us into a private network.

import type { Transport } from "./transport.ts";
import type { RawRequest, RawResponse } from "./transport-exchange.ts";
import type { Failure } from "./transport-failure.ts";

export type FollowedRequest = Omit<RawRequest, "guarded">;

export interface Rules {
  /** Who names the other hosts: when it is on the Internet none of them may be private, when it is https all of them are. */
  readonly registry: URL;
  /** The one origin that gets Authorization. */
  readonly home: URL;
  /** false: a redirect to another origin is refused, since what is sent holds a secret. */
  readonly mayLeave: boolean;
}

export interface Followed {
  readonly outcome: RawResponse | Failure;
  /** Where the outcome came from. */
  readonly url: URL;
  /** Whether it was ever sent to another origin than `home`: nothing that came back may be answered with credentials. */
  readonly foreign: boolean;
}

const maxRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Sends `request` and follows up to ten redirects. @throws the signal's reason */
export async function follow(transport: Transport, request: FollowedRequest, rules: Rules): Promise<Followed> {
  const { registry, home } = rules;
  let { url } = request;
  let foreign = url.origin !== home.origin;
  let exposed = url.origin !== registry.origin && transport.isPublic(registry);
  for (let hops = 0; ; hops++) {
    const refusal = refuseDowngrade(registry, url);
    if (refusal !== undefined) return { outcome: refusal, url, foreign };
    const headers = foreign ? withoutCredentials(request.headers) : request.headers;
    const outcome = await transport.exchange({ ...request, url, headers, guarded: exposed && url.origin !== registry.origin });
    const location = "status" in outcome && redirects.has(outcome.status) ? outcome.headers["location"] : undefined;
    if (!("status" in outcome) || typeof location !== "string") return { outcome, url, foreign };

    outcome.body.destroy(); // a redirect's page is not worth its bytes
    const next =
      hops === maxRedirects
        ? violation(`redirects more than ${maxRedirects} times`)
        : nextHop(url, location, request.method, outcome.status);
    if (!(next instanceof URL)) return { outcome: next, url, foreign };
    exposed ||= transport.isPublic(url);
    foreign ||= next.origin !== home.origin;
    if (foreign && !rules.mayLeave) return { outcome: violation(`redirects to ${next.host} what only it may see`), url, foreign };
    url = next;
  }
}

function nextHop(from: URL, location: string, method: string, status: number): URL | Failure {
  if (!URL.canParse(location, from.href)) return violation("redirects to something that is not a URL");
  const next = new URL(location, from);
  if (next.protocol !== "https:" && next.protocol !== "http:") return violation("redirects to something that is not HTTP");
  if (status < 307 && method !== "GET" && method !== "HEAD") {
    return violation(`redirects a ${method} with ${status}, which would lose what was sent: only 307 and 308 keep it`);
  }
  next.username = "";
  next.password = "";
  next.hash = "";
  return refuseDowngrade(from, next) ?? next;
}

function refuseDowngrade(from: URL, to: URL): Failure | undefined {
  if (from.protocol !== "https:" || to.protocol === "https:") return undefined;
  const hint = from.hostname === to.hostname ? " (the proxy before it must send X-Forwarded-Proto)" : "";
  return violation(`sends from https to plain http at ${to.host}, which is refused${hint}`);
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)));
}

function violation(message: string): Failure {
  return { code: "PROTOCOL_VIOLATED", message, cause: undefined, transient: false, arrived: true };
}
