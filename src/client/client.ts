// The entry of the package's `hythe/client`, and what it is for: a registry over HTTP as a value of the Registry interface.

import { randomUUID } from "node:crypto";
import { createBlobs } from "./blobs.ts";
import { withCache } from "./cached-registry.ts";
import type { ClientOptions, RegistryClient } from "./client-options.ts";
import { openHost } from "./host-connection.ts";
import { createLists } from "./lists.ts";
import { createManifests } from "./manifests.ts";
import { withMirrors } from "./mirrors.ts";
import type { Operations } from "./operation.ts";
import { systemClock } from "./retry.ts";

export type { ClientCache } from "./cache.ts";
export { createMemoryCache } from "./cache-memory.ts";
export { openSqliteCache } from "./cache-sqlite.ts";
export type { ClientOptions, MirrorOptions, RegistryClient } from "./client-options.ts";
export {
  copyImage,
  type CopyEvent,
  type CopyOptions,
  type CopyResult,
  type CopySource,
  type CopyTarget,
  type CopyWay,
} from "./copy.ts";
export type { Credential, CredentialSource } from "./credential.ts";
export { credentialsFromFiles, type CredentialFilesOptions } from "./credential-files.ts";
export type { HostProfile } from "./host-profile.ts";
export { openLayout, type LayoutOptions } from "./layout.ts";
export type { LoginCheck } from "./login-check.ts";
export { pingRegistry, type PingStep, type PingStepName, type PingTarget } from "./ping.ts";
export { proxiesFrom } from "./proxy.ts";
export type { RateLimit } from "./rate-limit.ts";
export { tlsFromFolders } from "./tls-files.ts";
export { digestOf, parseDigest, type Digest } from "../oci/digest.ts";
export {
  RegistryAuthError,
  RegistryConnectionError,
  RegistryError,
  RegistryNotFoundError,
  RegistryTimeoutError,
  type ErrorCode,
  type ErrorKind,
  type FailedRequest,
} from "../oci/errors.ts";
export { parseImageReference, toReference, type ImageReference } from "../oci/image-reference.ts";
export { parseManifest, type Child, type Descriptor, type ParsedManifest } from "../oci/manifest.ts";
export {
  parseReference,
  parseRepositoryName,
  parseTag,
  type DigestReference,
  type Reference,
  type RepositoryName,
  type Tag,
  type TagReference,
} from "../oci/reference.ts";
export type * from "../oci/registry.ts";

/** Opens no connection before the first call. Close it. @throws REQUEST_INVALID for a bad URL */
export function createRegistryClient(options: ClientOptions): RegistryClient {
  const { cache, cacheTtl: ttlMs, clock = systemClock, maxRetries = 3, mirrors = [], onWarning, retryDelay = 1000 } = options;
  const own = openHost(options, options);
  const others = mirrors.map((mirror) => openHost(mirror, { ...options, maxRetries: 0 }));
  const operations: Operations = {
    send: own.send,
    profile: own.profile,
    warn: (warning) => onWarning?.(warning),
    now: clock.now,
    nonce: randomUUID,
    maxRetries,
    pause: (failures, signal) => clock.sleep(Math.round(retryDelay * 2 ** (failures - 1) * (1 + clock.random() / 10)), signal),
  };
  const registry = {
    blobs: createBlobs(operations),
    manifests: createManifests(operations, options.tagDeletion ?? "by name"),
    ...createLists(operations),
  };
  const near = mirrors.map(({ namespace, pathPrefix, tags = true }, i) => ({
    send: others[i]!.send,
    pathPrefix,
    namespace: namespace === true ? own.host : undefined,
    tags,
  }));
  const reading = near.length === 0 ? registry : withMirrors(registry, operations, near);
  const room = cache && {
    cache,
    // What a tag names depends on how the mirrors are asked, too.
    scope: [own.identity, ...mirrors.map(({ pathPrefix, tags }, i) => [others[i]!.identity, pathPrefix, tags])].join(" "),
    ...(ttlMs !== undefined && { ttlMs }),
  };
  const keeping = room === undefined ? { ...reading, fresh: registry } : withCache(reading, room);
  const close = async (): Promise<void> => {
    await Promise.all([own, ...others].map((host) => host.close()));
  };
  return {
    ...keeping,
    ...(room !== undefined && near.length > 0 && { fresh: withCache(registry, room).fresh }),
    host: own.host,
    profile: own.profile,
    rateLimit: own.rateLimit,
    checkLogin: own.checkLogin,
    close,
    [Symbol.asyncDispose]: close,
  };
}
