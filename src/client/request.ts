// One request to another registry and its answer, as the operations (manifests, blobs, lists …) see them: authorization, retries,
// redirects, limits and deadlines are the exchange's business (exchange.ts).

import type { Readable } from "node:stream";
import type { Scope } from "./scope.ts";

export interface ClientRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A path with its query on the registry (`/v2/…`), or an absolute URL that the registry gave (Location of an upload). */
  readonly url: string;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The rights that the request needs: sent ahead to the token server. */
  readonly scopes: readonly Scope[];
  readonly body?: RequestBody;
  /** Statuses that are answers to the caller; every other one is thrown as a RegistryError. 2xx are always answers. */
  readonly answers?: readonly number[];
  /** blob: bytes that take long, limited apart so that they never hold up the small requests. Default: metadata. */
  readonly lane?: "metadata" | "blob";
  /** Whether it may be sent again after it may have arrived; `unanswered`: only when no answer came. Default: all but POST and PATCH. */
  readonly repeatable?: boolean | "unanswered";
  readonly signal?: AbortSignal | undefined;
}

export interface RequestBody {
  /** Bytes; undefined: not known (chunked transfer, which object stores behind some registries refuse). */
  readonly length: number | undefined;
  /** The bytes from their start. Called again for every attempt; a one-shot body throws the second time, and so ends the retries. */
  open(): Uint8Array | Readable;
}

export interface ClientResponse {
  readonly status: number;
  /** The first value, undefined when absent. `name` in lower case. */
  header(name: string): string | undefined;
  /** Where the answer came from, after redirects: the base of a relative Location or Link. */
  readonly url: URL;
  /** Exactly the bytes that were sent (no content coding). Whoever receives the answer reads it to its end or calls `discard`. */
  readonly body: Readable;
  /** The whole body. @throws PROTOCOL_VIOLATED beyond `limit` bytes or when it breaks off */
  bytes(limit: number): Promise<Uint8Array>;
  /** Drops the body and frees the connection. */
  discard(): Promise<void>;
  /** How often the request was sent. */
  readonly attempts: number;
}

/** @throws RegistryError with `request`, see exchange.ts */
export type Send = (request: ClientRequest) => Promise<ClientResponse>;
