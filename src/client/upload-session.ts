// One upload session of another registry: its newest Location and how far it is (distribution-spec "Pushing Blobs"). What would
// surprise: every answer may move the session, and the digest is added to its address as text, because address parsers rewrite the
// parameters around it and so break signatures.

import { digestAlgorithm, type Digest } from "../oci/digest.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { CallOptions } from "../oci/registry.ts";
import { notFoundAs, renamed, requestOf, scope, sendEmpty, type Operations } from "./operation.ts";
import type { ClientResponse, RequestBody } from "./request.ts";
import type { Scope } from "./scope.ts";

/** A chunk is never larger because a registry wants it so. */
const maxChunkBytes = 64 * 1024 * 1024;

export interface UploadSession {
  readonly repository: RepositoryName;
  /** As the registry calls it. */
  readonly id: string;
  /** Absolute, the newest one. */
  readonly location: string;
  /** Bytes that the registry is known to have. */
  readonly size: number;
  /** What it wants a chunk to be at least, 0: it did not say. */
  readonly minChunkBytes: number;
  /** Asks how far it is; where the registry does not say, nothing is changed. @throws BLOB_UPLOAD_UNKNOWN */
  refresh(options: CallOptions): Promise<void>;
  /** Appends a chunk. @throws BLOB_UPLOAD_INVALID when it does not continue there, or is too large */
  patch(body: RequestBody, options: PatchOptions): Promise<void>;
  /** Ends the upload, with the whole blob in the body or with none. */
  finish(digest: Digest, body: RequestBody | undefined, options: CallOptions): Promise<void>;
  cancel(options?: CallOptions): Promise<void>;
}

export interface PatchOptions extends CallOptions {
  /** Say where the chunk begins and ends (the length must be known). */
  readonly ranged: boolean;
  /** Bytes of the body that were sent. */
  readonly sent: () => number;
}

export interface Started {
  /** Undefined: the blob was mounted. */
  readonly session: UploadSession | undefined;
}

/** Opens a session; `query` asks for a mount, which may make one needless. */
export async function startSession(
  operations: Operations,
  repository: RepositoryName,
  {
    query = "",
    scopes = scope(repository, "pull", "push"),
    signal,
  }: CallOptions & { query?: string; scopes?: readonly Scope[] } = {},
): Promise<Started> {
  const url = `/v2/${repository}/blobs/uploads/${query}`;
  try {
    // At worst a session is left over at the registry, which expires.
    const response = await sendEmpty(operations.send, { method: "POST", url, scopes, signal, repeatable: "unanswered" });
    // Some registries answer 200 or 201 to a POST that opens a session; where something was to be mounted 201 says that it was.
    if (response.status === 201 && query !== "") return { session: undefined };
    const location = locationOf(response);
    if (location !== undefined) return { session: createSession(operations, repository, location, response) };
    throw createRegistryError("PROTOCOL_VIOLATED", {
      message: `${response.url.host} began an upload without saying where it goes on (Location)`,
      request: requestOf("POST", response),
    });
  } catch (error) {
    throw error instanceof RegistryError && error.code === "BLOB_UPLOAD_UNKNOWN" ? renamed(error, "NAME_UNKNOWN") : error;
  }
}

/** The session of an id that was not begun here. @throws BLOB_UPLOAD_UNKNOWN */
export async function findSession(
  operations: Operations,
  repository: RepositoryName,
  id: string,
  options: CallOptions,
): Promise<UploadSession> {
  if (!/^[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,255}$/.test(id)) throw createRegistryError("BLOB_UPLOAD_UNKNOWN");
  const session = createSession(operations, repository, `/v2/${repository}/blobs/uploads/${id}`, undefined, id);
  await session.refresh(options);
  return session;
}

function createSession(
  operations: Operations,
  repository: RepositoryName,
  begin: string,
  opened: ClientResponse | undefined,
  known?: string,
): UploadSession {
  const { send } = operations;
  const scopes = scope(repository, "pull", "push");
  const minChunk = Number(opened?.header("oci-chunk-min-length") ?? 0);
  let location = begin;
  let size = 0;
  const id = known ?? opened?.header("docker-upload-uuid") ?? lastPart(begin);

  const moved = (response: ClientResponse): void => {
    location = locationOf(response) ?? location;
  };
  return {
    repository,
    id,
    minChunkBytes: Number.isSafeInteger(minChunk) ? Math.min(minChunk, maxChunkBytes) : 0,
    get location() {
      return location;
    },
    get size() {
      return size;
    },
    async refresh({ signal }) {
      try {
        const response = await sendEmpty(send, { method: "GET", url: location, scopes, signal });
        moved(response);
        size = receivedOf(response, size) ?? size;
      } catch (error) {
        throw notFoundAs(error, "BLOB_UPLOAD_UNKNOWN");
      }
    },
    async patch(body, { ranged, sent, signal }) {
      const { length } = body;
      const range = ranged && length !== undefined && length > 0 ? { "content-range": `${size}-${size + length - 1}` } : {};
      const headers = { "content-type": "application/octet-stream", ...range };
      const request = { method: "PATCH", url: location, scopes, headers, body, lane: "blob", signal, answers: [416] } as const;
      try {
        const response = await sendEmpty(send, request);
        moved(response);
        const received = receivedOf(response, size);
        if (response.status === 416) {
          size = received ?? size;
          throw createRegistryError("BLOB_UPLOAD_INVALID", {
            message: `${response.url.host} does not take the chunk; the upload stands at ${size} bytes`,
            request: requestOf("PATCH", response),
          });
        }
        // A registry may have taken less than it was sent, but not more.
        const after = size + sent();
        size = received !== undefined && received >= size && received < after ? received : after;
      } catch (error) {
        throw notFoundAs(error, "BLOB_UPLOAD_UNKNOWN");
      }
    },
    async finish(digest, body, { signal }) {
      const headers = body === undefined ? {} : { "content-type": "application/octet-stream" };
      const lane = body === undefined ? "metadata" : "blob";
      const request = {
        method: "PUT",
        url: withDigest(location, digest),
        scopes,
        headers,
        lane,
        signal,
        repeatable: false,
      } as const;
      try {
        const response = await sendEmpty(send, { ...request, ...(body && { body }) });
        if (body?.length !== undefined) size = body.length;
        refuseOther(digest, response);
      } catch (error) {
        throw notFoundAs(error, "BLOB_UPLOAD_UNKNOWN");
      }
    },
    async cancel({ signal } = {}) {
      // A registry that does not know the session any more, or cannot cancel, has nothing left that we could clean up.
      await sendEmpty(send, { method: "DELETE", url: location, scopes, signal, answers: [404, 405] });
    },
  };
}

/** Where the session goes on. A registry behind a proxy that ends TLS may forget the s of its own address. */
function locationOf(response: ClientResponse): string | undefined {
  const text = response.header("location");
  if (text === undefined || text === "" || !URL.canParse(text, response.url)) return undefined;
  const url = new URL(text, response.url);
  const base = response.url;
  if (url.protocol === "http:" && base.protocol === "https:" && url.hostname === base.hostname && url.port === "") {
    url.protocol = "https:";
    url.port = base.port;
  }
  return url.href;
}

function refuseOther(digest: Digest, response: ClientResponse): void {
  const stored = response.header("docker-content-digest");
  if (stored === undefined || stored === digest || digestAlgorithm(digest) !== stored.split(":", 1)[0]) return;
  throw createRegistryError("DIGEST_MISMATCH", {
    message: `${response.url.host} stored the blob as ${stored.slice(0, 160)}, not as ${digest}`,
    request: requestOf("PUT", response),
  });
}

/** `Range: 0-N` of a session is N + 1 bytes; 0-0 is said of no byte and of one, which only we can tell apart. */
function receivedOf(response: ClientResponse, size: number): number | undefined {
  const match = /^(?:bytes[ =])?0-(\d{1,15})$/i.exec(response.header("range")?.trim() ?? "");
  if (match === null) return undefined;
  const last = Number(match[1]);
  return last === 0 ? Math.min(size, 1) : last + 1;
}

export function withDigest(location: string, digest: Digest): string {
  const base = location.split("#", 1)[0]!;
  const joint = base.includes("?") ? (/[?&]$/.test(base) ? "" : "&") : "?";
  return `${base}${joint}digest=${encodeURIComponent(digest)}`;
}

function lastPart(location: string): string {
  return location.split(/[?#]/, 1)[0]!.replace(/\/+$/, "").split("/").at(-1) ?? "";
}
