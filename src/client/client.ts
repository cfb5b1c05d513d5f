// The registry client: one registry over HTTP as a value of the Registry interface, and the entry of the package's `hythe/client`.

import { randomUUID } from "node:crypto";
import type { CallOptions, Registry } from "../oci/registry.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import { createAuthorizer } from "./authorizer.ts";
import { createBlobs } from "./blobs.ts";
import { fixedCredentials, type CredentialSource } from "./credential.ts";
import type { TagDeletion } from "./deletes.ts";
import { createExchange } from "./exchange.ts";
import type { HostProfile } from "./host-profile.ts";
import { profileOf } from "./host-profiles.ts";
import type { LimiterOptions } from "./limiter.ts";
import { createLists } from "./lists.ts";
import { createManifests } from "./manifests.ts";
import type { Operations } from "./operation.ts";
import type { RateLimit } from "./rate-limit.ts";
import { parseRegistryUrl } from "./registry-url.ts";
import { systemClock, type Clock } from "./retry.ts";
import { createTokenAsk } from "./transport-token.ts";
import { createTransport, type TlsSettings } from "./transport.ts";

export interface ClientOptions {
  /** https://registry.example.org, or http://… for a registry without TLS; a bare host[:port] means https, and http on loopback. */
  readonly registryUrl: string;
  readonly username?: string;
  /** Password or access token. */
  readonly password?: string;
  /** A refresh (identity) token of the token server, instead of a password. */
  readonly identityToken?: string;
  /** A bearer token, sent as it is. */
  readonly registryToken?: string;
  /** Where credentials lie, such as credentialsFromFiles; not asked when any of the four above is given. Default: anonymous. */
  readonly credentials?: CredentialSource;
  /** Milliseconds without an answer, or without progress of a body. Default 30,000. */
  readonly timeout?: number;
  /** Default 3. */
  readonly maxRetries?: number;
  /** Milliseconds before the first retry, doubled for each further one, plus at most 10 %. Default 1,000. */
  readonly retryDelay?: number;
  /** false: any certificate is taken. Default true. */
  readonly verifyTls?: boolean;
  /** PEM. */
  readonly ca?: string;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** More TLS settings per `host[:port]`, such as tlsFromFolders; they come before the three above. */
  readonly tls?: (host: string) => TlsSettings | undefined;
  /** Which proxy stands before a URL, such as proxiesFrom(process.env). Default: none. */
  readonly proxy?: (url: URL) => URL | undefined;
  /** Hosts that may see the credentials as token servers, beside those of the same registrable domain and the built-in pairs. */
  readonly allowedRealms?: readonly string[];
  /** Requests in flight. Default 4 small ones, 3 downloads and 3 uploads. */
  readonly concurrency?: LimiterOptions;
  /** What is known of the registry beyond the specification. Default: by its host. */
  readonly profile?: HostProfile;
  /** Where tags cannot be deleted by name: say so (default), or overwrite the tag with a manifest of its own and delete that. */
  readonly tagDeletion?: TagDeletion;
  readonly onWarning?: (warning: string) => void;
  /** Time and chance, for tests. */
  readonly clock?: Clock;
}

export interface RegistryClient extends Registry, AsyncDisposable {
  /** host[:port], as in references. */
  readonly host: string;
  readonly profile: HostProfile;
  /** Pages of tags in the registry's own order, as they come. @throws NAME_UNKNOWN */
  walkTags(repository: RepositoryName, options?: CallOptions): AsyncIterable<readonly Tag[]>;
  /** Pages of repository names, as they come. @throws UNSUPPORTED (detail: why) where the registry does not tell */
  walkRepositories(options?: CallOptions): AsyncIterable<readonly RepositoryName[]>;
  /** What the registry last said of its limit; undefined: nothing so far. */
  rateLimit(): RateLimit | undefined;
  /** Closes the connections; calls in flight fail. */
  close(): Promise<void>;
}

/** Opens no connection before the first call. Close it. @throws REQUEST_INVALID for a bad URL */
export function createRegistryClient(options: ClientOptions): RegistryClient {
  const { clock = systemClock, maxRetries = 3, onWarning, retryDelay = 1000 } = options;
  const named = parseRegistryUrl(options.registryUrl);
  const profile = options.profile ?? profileOf(named.host);
  const registry = profile.apiHost === undefined ? named : new URL(`${named.protocol}//${profile.apiHost}`);
  const { ca, clientCertificate, proxy, timeout, tls, verifyTls } = options;
  const own: TlsSettings = {
    ...(ca !== undefined && { ca }),
    ...clientCertificate,
    ...(verifyTls !== undefined && { verify: verifyTls }),
  };
  const transport = createTransport({
    ...(timeout !== undefined && { timeout }),
    ...(proxy && { proxy }),
    tls: (host) => tls?.(host) ?? (host === registry.host ? own : undefined),
  });
  const retry = { maxRetries, retryDelay };
  const authorizer = createAuthorizer({
    registry,
    host: named.host,
    profile,
    credentials: credentialsOf(options),
    ask: createTokenAsk({ registry, transport, retry, clock }),
    now: clock.now,
    allowedRealms: options.allowedRealms ?? [],
  });
  let limit: RateLimit | undefined;
  const send = createExchange({
    registry,
    transport,
    authorizer,
    retry,
    ...(options.concurrency && { limits: options.concurrency }),
    onWarning,
    onRateLimit: (told) => (limit = told),
    clock,
  });
  const operations: Operations = {
    send,
    profile,
    warn: (warning) => onWarning?.(warning),
    now: clock.now,
    nonce: randomUUID,
    maxRetries,
    pause: (failures, signal) => clock.sleep(Math.round(retryDelay * 2 ** (failures - 1) * (1 + clock.random() / 10)), signal),
  };
  return {
    host: named.host,
    profile,
    blobs: createBlobs(operations),
    manifests: createManifests(operations, options.tagDeletion ?? "by name"),
    ...createLists(operations),
    rateLimit: () => limit,
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

function credentialsOf(options: ClientOptions): CredentialSource {
  const { credentials, identityToken, password, registryToken, username } = options;
  const isGiven = [identityToken, password, registryToken, username].some((given) => given !== undefined);
  return isGiven || credentials === undefined ? fixedCredentials(options) : credentials;
}
