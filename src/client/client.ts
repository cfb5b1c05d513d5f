// The registry client: one registry over HTTP as a value of the Registry interface, and the entry of the package's `hythe/client`.

import type { Registry } from "../oci/registry.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { HostProfile } from "./host-profile.ts";

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
  /** Hosts that may see the credentials as token servers, beside those of the same registrable domain and the built-in pairs. */
  readonly allowedRealms?: readonly string[];
  readonly onWarning?: (warning: string) => void;
}

export interface RegistryClient extends Registry, AsyncDisposable {
  /** host[:port], as in references. */
  readonly host: string;
  readonly profile: HostProfile;
  /** Pages of tags in the registry's own order, as they come. @throws NAME_UNKNOWN */
  walkTags(repository: RepositoryName, options?: { readonly signal?: AbortSignal }): AsyncIterable<readonly Tag[]>;
  /** Pages of repository names, as they come. @throws UNSUPPORTED (detail: why) where the registry does not tell */
  walkRepositories(options?: { readonly signal?: AbortSignal }): AsyncIterable<readonly RepositoryName[]>;
  /** Closes the connections; calls in flight fail. */
  close(): Promise<void>;
}
