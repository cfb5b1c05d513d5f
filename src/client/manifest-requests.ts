// Manifests on the wire (distribution-spec "Pulling", "Pushing" and "Deleting Manifests"). The bytes are kept as they came, and the hash
// that we compute is the truth: what a header says of them is believed only where no bytes come (HEAD).

import { digestAlgorithm, digestOf, isDigest, type Digest } from "../oci/digest.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import { parseManifest, type ParsedManifest } from "../oci/manifest.ts";
import { dockerList, dockerManifest, isManifestType, ociIndex, ociManifest } from "../oci/media-types.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { ManifestFacts, StoredManifest } from "../oci/registry.ts";
import { notFoundAs, requestOf, scope, sendEmpty, type Operations } from "./operation.ts";
import type { ClientResponse } from "./request.ts";

/** Bytes of a manifest that comes, and of one that goes: every registry takes 4 MiB, some hold more. */
export const maxBytesIn = 8 * 1024 * 1024;

const schema1 = [
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
  "application/vnd.docker.distribution.manifest.v1+json",
];
/** Schema 1 last: only to be able to say that it is not supported, where a registry has nothing else. */
const accept = [ociIndex, ociManifest, dockerList, dockerManifest, ...schema1].join(", ");

export interface ReadManifest extends StoredManifest {
  readonly parsed: ParsedManifest;
  /** Entity tag as the registry wrote it, for conditions. */
  readonly etag: string | undefined;
}

export function manifestPath({ repository, ...reference }: Reference): string {
  return `/v2/${repository}/manifests/${reference.tag ?? reference.digest}`;
}

/** @throws MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_MISMATCH, UNSUPPORTED (schema 1), PROTOCOL_VIOLATED (no manifest, or too large) */
export async function readManifest(
  operations: Operations,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<ReadManifest> {
  const response = await send(operations, "GET", reference, signal);
  const bytes = await response.bytes(maxBytesIn);
  const said = digestSaid(response);
  const digest = digestOf(bytes, digestAlgorithm(reference.digest ?? said ?? ("sha256:" as Digest)));
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw createRegistryError("DIGEST_MISMATCH", {
      message: `${response.url.host} sent bytes of ${digest} for ${formatReference(reference)}`,
      request: requestOf("GET", response),
    });
  }
  if (said !== undefined && digestAlgorithm(said) === digestAlgorithm(digest) && said !== digest) {
    operations.warn(
      `${response.url.host} says that ${formatReference(reference)} is ${said}, but its bytes are those of ${digest}`,
    );
  }
  const parsed = parse(bytes, response);
  return { digest, mediaType: parsed.mediaType, size: bytes.length, bytes, parsed, etag: response.header("etag") };
}

/** Asks with HEAD, which no registry counts as a pull, and reads the manifest where that does not tell everything. */
export async function headManifest(
  operations: Operations,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<ManifestFacts> {
  // 403 and 405 mean that this registry has no HEAD, or an error whose reason only GET tells.
  const response = await send(operations, "HEAD", reference, signal, [403, 404, 405]);
  await response.discard();
  const facts = response.status === 200 ? factsOf(response) : undefined;
  if (facts !== undefined && (reference.digest === undefined || reference.digest === facts.digest)) return facts;
  if (response.status === 404 && !isNexus(response)) {
    throw createRegistryError("MANIFEST_UNKNOWN", {
      message: `${response.url.host} does not have ${formatReference(reference)}`,
      request: requestOf("HEAD", response),
    });
  }
  const { digest, mediaType, size } = await readManifest(operations, reference, signal);
  return { digest, mediaType, size };
}

/** Old Nexus answers HEAD with 404 for manifests that it has. */
function isNexus(response: ClientResponse): boolean {
  return /^nexus/i.test(response.header("server") ?? "");
}

function factsOf(response: ClientResponse): ManifestFacts | undefined {
  const digest = digestSaid(response);
  const length = response.header("content-length") ?? "";
  const mediaType = typeOf(response);
  if (digest === undefined || mediaType === undefined || !/^\d{1,15}$/.test(length)) return undefined;
  return { digest, mediaType, size: Number(length) };
}

async function send(
  operations: Operations,
  method: "GET" | "HEAD",
  reference: Reference,
  signal: AbortSignal | undefined,
  answers: readonly number[] = [],
): Promise<ClientResponse> {
  const scopes = scope(reference.repository, "pull");
  try {
    return await operations.send({ method, url: manifestPath(reference), scopes, headers: { accept }, answers, signal });
  } catch (error) {
    throw notFoundAs(error, "MANIFEST_UNKNOWN");
  }
}

export interface PutRequest {
  readonly reference: Reference;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** `?tag=…`, or nothing. */
  readonly query?: string;
  /** If-Match or If-None-Match. */
  readonly condition?: Readonly<Record<string, string>>;
}

/** @throws DIGEST_MISMATCH when the registry stored something else, PRECONDITION_FAILED, MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN */
export async function putManifest(
  { send: sendRequest }: Operations,
  { bytes, condition = {}, mediaType, query = "", reference }: PutRequest,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<ClientResponse> {
  const response = await sendEmpty(sendRequest, {
    method: "PUT",
    url: manifestPath(reference) + query,
    scopes: scope(reference.repository, "pull", "push"),
    headers: { "content-type": mediaType, ...condition },
    body: { length: bytes.length, open: () => bytes },
    signal,
  });
  const stored = digestSaid(response);
  if (stored !== undefined && digestAlgorithm(stored) === digestAlgorithm(digest) && stored !== digest) {
    throw createRegistryError("DIGEST_MISMATCH", {
      message: `${response.url.host} stored ${formatReference(reference)} as ${stored}, not as ${digest}: it changed the bytes`,
      request: requestOf("PUT", response),
    });
  }
  return response;
}

function digestSaid(response: ClientResponse): Digest | undefined {
  const said = response.header("docker-content-digest")?.trim();
  return said !== undefined && isDigest(said) ? said : undefined;
}

/** Without parameters; undefined when it is of no manifest, such as text/plain. */
function typeOf(response: ClientResponse): string | undefined {
  const type = response.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  return type !== undefined && isManifestType(type) ? type : undefined;
}

function parse(bytes: Uint8Array, response: ClientResponse): ParsedManifest {
  const { host } = response.url;
  const type = response.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const request = requestOf("GET", response);
  if (schema1.includes(type) || isSchema1(bytes)) {
    throw createRegistryError("UNSUPPORTED", {
      message: `${host} has this image only as schema 1, which is no longer supported: push it again with a current tool`,
      request,
    });
  }
  try {
    return parseManifest(bytes, typeOf(response));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw createRegistryError("PROTOCOL_VIOLATED", {
      message: `${host} sent an unusable manifest: ${error.message}`,
      cause: error,
      request,
    });
  }
}

/** Some registries send it as text/plain. */
function isSchema1(bytes: Uint8Array): boolean {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { schemaVersion?: unknown } | null)?.schemaVersion === 1;
  } catch {
    return false; // whoever parses it strictly says what it is
  }
}
