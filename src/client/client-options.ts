// What a client of a registry is made from, and what it is.

import type { CallOptions, Registry } from "../oci/registry.ts";
import type { ClientCache } from "./cache.ts";
import type { CredentialSource } from "./credential.ts";
import type { TagDeletion } from "./deletes.ts";
import type { HostProfile } from "./host-profile.ts";
import type { LimiterOptions } from "./limiter.ts";
import type { LoginCheck } from "./login-check.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { Clock } from "./retry.ts";
import type { TlsSettings } from "./transport.ts";
import type { Walks } from "./walks.ts";

/** One host, and who we are to it. */
export interface HostOptions {
  /** https://registry.example.org, or http://… for a registry without TLS; a bare host[:port] means https, and http on loopback. */
  readonly registryUrl: string;
  readonly username?: string | undefined;
  /** Password or access token. */
  readonly password?: string | undefined;
  /** A refresh (identity) token of the token server, instead of a password. */
  readonly identityToken?: string | undefined;
  /** A bearer token, sent as it is. */
  readonly registryToken?: string | undefined;
  /** Where credentials lie, such as credentialsFromFiles; not asked when any of the four above is given. Default: anonymous. */
  readonly credentials?: CredentialSource | undefined;
  /** false: any certificate is taken. Default true. */
  readonly verifyTls?: boolean | undefined;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Hosts that may see the credentials as token servers, beside those of the same registrable domain and the built-in pairs. */
  readonly allowedRealms?: readonly string[] | undefined;
  /** What is known of the registry beyond the specification. Default: by its host. */
  readonly profile?: HostProfile | undefined;
}

/** How requests are made, to whatever host. */
export interface RequestOptions {
  /** Milliseconds without an answer, or without progress of a body. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Default 3. */
  readonly maxRetries?: number | undefined;
  /** Milliseconds before the first retry, doubled for each further one, plus at most 10 %. Default 1,000. */
  readonly retryDelay?: number | undefined;
  /** TLS settings per `host[:port]`, such as tlsFromFolders; they come before those of the host itself. */
  readonly tls?: ((host: string) => TlsSettings | undefined) | undefined;
  /** Which proxy stands before a URL, such as proxiesFrom. Default: none. */
  readonly proxy?: ((url: URL) => URL | undefined) | undefined;
  /** Requests in flight to one host. Default 4 small ones, 3 downloads and 3 uploads. */
  readonly concurrency?: LimiterOptions | undefined;
  readonly onWarning?: ((warning: string) => void) | undefined;
  /** Time and chance, for tests. */
  readonly clock?: Clock | undefined;
}

/** A host that holds copies of what the registry has. */
export interface MirrorOptions extends HostOptions {
  /** What its repositories are called there: `hub` makes library/alpine hub/library/alpine. Default: as at the registry. */
  readonly pathPrefix?: string | undefined;
  /** Tell it with `?ns=` whose mirror it is asked to be, as containerd does. Default false. */
  readonly namespace?: boolean | undefined;
  /** false: it is asked for content by digest only, and which manifest a tag names is asked of the registry. Default true. */
  readonly tags?: boolean | undefined;
}

export interface ClientOptions extends HostOptions, RequestOptions {
  /** Asked for manifests and blobs before the registry, in this order. Lists, referrers and writes are the registry's own. */
  readonly mirrors?: readonly MirrorOptions[] | undefined;
  /** Keeps content by digest, and tags and lists for a time; whoever opened it closes it. Default: none. */
  readonly cache?: ClientCache | undefined;
  /** Milliseconds for which tags and lists are kept. Default 300,000. */
  readonly cacheTtl?: number | undefined;
  /** Where tags cannot be deleted by name: say so (default), or overwrite the tag with a manifest of its own and delete that. */
  readonly tagDeletion?: TagDeletion | undefined;
}

export interface RegistryClient extends Registry, Walks, AsyncDisposable {
  /** host[:port], as in references. */
  readonly host: string;
  readonly profile: HostProfile;
  /** The registry itself: tags and lists never come from the cache, nothing from a mirror. Whoever decides what to delete reads these. */
  readonly fresh: Registry & Walks;
  /** What the registry last said of its limit; undefined: nothing so far. */
  rateLimit(): RateLimit | undefined;
  /** Logs in at the registry's front door, `/v2/`. @throws UNAUTHORIZED when it does not accept who we are, or when we are nobody */
  checkLogin(options?: CallOptions): Promise<LoginCheck>;
  /** Closes the connections; calls in flight fail. */
  close(): Promise<void>;
}
