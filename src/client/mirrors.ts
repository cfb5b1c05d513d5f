// Mirrors of a registry: manifests and blobs are read from them first, in order, and from the registry last (containerd's hosts, podman's
// registries.conf). What would surprise: no list and nothing that a write depends on is asked of a mirror, which may lack what its registry
// has; and a blob that breaks off at a mirror goes on wherever the rest is to be had, under one hash.

import { Readable } from "node:stream";
import { digestAlgorithm, digestOf, parseDigest, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { isManifestType } from "../oci/media-types.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { createBlobs } from "./blobs.ts";
import { maxBytesIn } from "./manifest-requests.ts";
import { createManifests } from "./manifests.ts";
import { scope, type Operations } from "./operation.ts";
import type { ClientRequest, ClientResponse, Send } from "./request.ts";

export interface Mirror {
  readonly send: Send;
  /** Before the names of repositories. */
  readonly pathPrefix: string | undefined;
  /** Value of `?ns=`. */
  readonly namespace: string | undefined;
  /** Whether it may say which manifest a tag names. */
  readonly tags: boolean;
}

/** A mirror that could not be reached is passed over for so long, milliseconds. */
const restMs = 60_000;

/** `registry`, which is made of `operations`, with mirrors before what it reads. */
export function withMirrors<Own extends Pick<Registry, "blobs" | "manifests">>(
  registry: Own,
  operations: Operations,
  mirrors: readonly Mirror[],
): Own {
  const reading = { ...operations, send: sendFirst(operations, mirrors) };
  const blobs = createBlobs(reading);
  const manifests = createManifests(reading, "by name");
  return {
    ...registry,
    blobs: { ...registry.blobs, head: blobs.head, get: blobs.get },
    manifests: { ...registry.manifests, head: manifests.head, get: manifests.get },
  };
}

/** Whatever goes wrong at a mirror, the next one is asked; the errors are the registry's own. */
function sendFirst({ now, send }: Operations, mirrors: readonly Mirror[]): Send {
  const restsUntil = new Map<Mirror, number>();
  return async (request) => {
    const wanted = contentOf(request);
    if (wanted === undefined) return send(request);
    for (const mirror of mirrors) {
      if (now() < (restsUntil.get(mirror) ?? 0) || (wanted.digest === undefined && !mirror.tags)) continue;
      try {
        const usable = await use(wanted, await mirror.send(atMirror(request, wanted, mirror)));
        if (usable !== undefined) return usable;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (!(error instanceof RegistryError)) throw error;
        if (error.kind === "connection" || error.kind === "timeout") restsUntil.set(mirror, now() + restMs);
      }
    }
    return send(request);
  };
}

interface Wanted {
  readonly kind: "manifests" | "blobs";
  readonly repository: RepositoryName;
  /** A tag or a digest. */
  readonly reference: string;
  /** Undefined: a tag. */
  readonly digest: Digest | undefined;
  readonly method: ClientRequest["method"];
}

/** Undefined: this is not for mirrors. */
function contentOf({ method, url }: ClientRequest): Wanted | undefined {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)$/.exec(url);
  if (match === null) return undefined;
  const [, repository, kind, reference] = match as unknown as [string, RepositoryName, Wanted["kind"], string];
  return { kind, repository, reference, digest: reference.includes(":") ? parseDigest(reference) : undefined, method };
}

function atMirror(request: ClientRequest, { kind, reference, repository }: Wanted, mirror: Mirror): ClientRequest {
  const { namespace, pathPrefix } = mirror;
  const name = (pathPrefix === undefined ? repository : `${pathPrefix}/${repository}`) as RepositoryName;
  const query = namespace === undefined ? "" : `?ns=${encodeURIComponent(namespace)}`;
  return { ...request, url: `/v2/${name}/${kind}/${reference}${query}`, scopes: scope(name, "pull"), answers: [] };
}

/** Undefined: it is no answer to what was wanted. Bytes that are looked at here are handed on in memory. */
async function use({ digest, kind, method }: Wanted, response: ClientResponse): Promise<ClientResponse | undefined> {
  const type = response.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const isUsable = kind === "manifests" ? isManifestType(type) : response.status === 200 || response.status === 206;
  if (!isUsable) {
    await response.discard();
    return undefined;
  }
  if (kind === "blobs" || method === "HEAD" || digest === undefined) return response;
  const bytes = await response.bytes(maxBytesIn);
  if (digestOf(bytes, digestAlgorithm(digest)) !== digest) return undefined;
  return { ...response, body: Readable.from([bytes]), bytes: async () => bytes, discard: async () => undefined };
}
