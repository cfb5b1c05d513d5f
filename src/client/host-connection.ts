// One host with everything that stands between an operation and the wire: connections, credentials, retries, limits.

import { randomUUID } from "node:crypto";
import type { CallOptions } from "../oci/registry.ts";
import { createAuthorizer, type AuthorizerOptions } from "./authorizer.ts";
import { cacheScope } from "./cache-room.ts";
import type { HostOptions, RequestOptions } from "./client-options.ts";
import { fixedCredentials, type CredentialSource } from "./credential.ts";
import { createExchange } from "./exchange.ts";
import type { HostProfile } from "./host-profile.ts";
import { profileOf } from "./host-profiles.ts";
import { checkLogin, type LoginCheck } from "./login-check.ts";
import type { RateLimit } from "./rate-limit.ts";
import { parseRegistryUrl } from "./registry-url.ts";
import type { Send } from "./request.ts";
import { systemClock } from "./retry.ts";
import { createTokenAsk } from "./transport-token.ts";
import { createTransport, type TlsSettings, type Transport } from "./transport.ts";

export interface HostConnection {
  /** host[:port], as in references. */
  readonly host: string;
  readonly profile: HostProfile;
  /** Where the API is. */
  readonly api: URL;
  readonly tls: TlsSettings;
  readonly transport: Transport;
  readonly send: Send;
  /** Names host and identity, without a secret: what one may see is not kept for another. */
  readonly identity: string;
  rateLimit(): RateLimit | undefined;
  /** See RegistryClient. */
  checkLogin(options?: CallOptions): Promise<LoginCheck>;
  close(): Promise<void>;
}

/** Milliseconds: somebody waits for a login, and rather hears how long a host looks at no more of them. */
const longestLoginWait = 5000;

/** Connects when something is sent. Close it. @throws REQUEST_INVALID for a bad URL */
export function openHost(options: HostOptions, requests: RequestOptions): HostConnection {
  const { clock = systemClock, concurrency, maxRetries = 3, onWarning, proxy, retryDelay = 1000, timeout, tls } = requests;
  const named = parseRegistryUrl(options.registryUrl);
  const profile = options.profile ?? profileOf(named.host);
  const registry = profile.apiHost === undefined ? named : new URL(`${named.protocol}//${profile.apiHost}`);
  const own = tlsOf(options);
  const tlsFor = (host: string): TlsSettings | undefined => tls?.(host) ?? (host === registry.host ? own : undefined);
  const transport = createTransport({ ...(timeout !== undefined && { timeout }), ...(proxy && { proxy }), tls: tlsFor });
  const retry = { maxRetries, retryDelay };
  const login: AuthorizerOptions = {
    registry,
    host: named.host,
    profile,
    credentials: credentialsOf(options),
    ask: createTokenAsk({ registry, transport, retry, clock }),
    now: clock.now,
    allowedRealms: options.allowedRealms ?? [],
  };
  let limit: RateLimit | undefined;
  const send = createExchange({
    registry,
    transport,
    authorizer: createAuthorizer(login),
    retry,
    ...(concurrency && { limits: concurrency }),
    onWarning,
    onRateLimit: (told) => (limit = told),
    clock,
  });
  return {
    host: named.host,
    profile,
    api: registry,
    get tls() {
      return tlsFor(registry.host) ?? {};
    },
    transport,
    send,
    identity: identityOf(named, options, tlsFor(registry.host)?.verify !== false),
    rateLimit: () => limit,
    checkLogin({ signal } = {}) {
      const ask = createTokenAsk({ registry, transport, retry: { ...retry, longestWait: longestLoginWait }, clock });
      return checkLogin({ ...login, ask }, signal);
    },
    close: () => transport.close(),
  };
}

function tlsOf({ ca, clientCertificate, verifyTls }: HostOptions): TlsSettings {
  return {
    ...(ca !== undefined && { ca }),
    ...clientCertificate,
    ...(verifyTls !== undefined && { verify: verifyTls }),
  };
}

/** Who we are: what is given, else what is found. */
export function credentialsOf(options: HostOptions): CredentialSource {
  return options.credentials === undefined || isIdentityGiven(options) ? fixedCredentials(options) : options.credentials;
}

/** Whether it was said who we are, rather than where to look that up. */
function isIdentityGiven({ identityToken, password, registryToken, username }: HostOptions): boolean {
  return [identityToken, password, registryToken, username].some((given) => given !== undefined);
}

/** What is looked up may be another identity the next time, so nobody but this connection shares its own. */
function identityOf({ origin }: URL, options: HostOptions, verified: boolean): string {
  const { credentials, identityToken, password, registryToken, username } = options;
  // What comes over a connection that anybody may have answered is not to be trusted like the rest.
  const host = verified ? origin : `insecure:${origin}`;
  if (credentials !== undefined && !isIdentityGiven(options)) return cacheScope(host, { secret: randomUUID() });
  const secret = registryToken ?? identityToken ?? password;
  return cacheScope(host, { ...(username !== undefined && { username }), ...(secret !== undefined && { secret }) });
}
