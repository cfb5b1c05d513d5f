// Blobs of another registry: looked up, opened as verified streams, mounted, deleted; uploads are in uploads.ts. What would surprise:
// HEAD has no body, so an unknown repository cannot be told from an unknown blob, and both are BLOB_UNKNOWN.

import { createRegistryError } from "../oci/errors.ts";
import type { DigestReference, RepositoryName } from "../oci/reference.ts";
import type { BlobFacts, Blobs, ByteRange, CallOptions, OpenBlobOptions } from "../oci/registry.ts";
import { openBlobStream } from "./blob-stream.ts";
import { notFoundAs, requestOf, scope, sendEmpty, type Operations } from "./operation.ts";
import { contentRangeOf } from "./content-range.ts";
import type { ClientResponse } from "./request.ts";
import { createUploads } from "./uploads.ts";

export function createBlobs(operations: Operations): Blobs {
  const { send } = operations;
  const uploads = createUploads(operations);

  const head = async (reference: DigestReference, { signal }: CallOptions = {}): Promise<BlobFacts> => {
    const { digest, repository } = reference;
    const request = { url: pathOf(reference), scopes: scope(repository, "pull"), signal } as const;
    try {
      const response = await sendEmpty(send, { ...request, method: "HEAD", answers: [405] });
      const size = response.status === 200 ? lengthOf(response) : undefined;
      if (size !== undefined) return { digest, size };
      // No HEAD here, or one without a length: the first byte of the content tells the size, too.
      const first = await sendEmpty(send, { ...request, method: "GET", headers: { range: "bytes=0-0" }, answers: [416] });
      return { digest, size: sizeOf(first) };
    } catch (error) {
      throw notFoundAs(error, "BLOB_UNKNOWN");
    }
  };

  return {
    head,
    async get(reference, { signal, size: known } = {}) {
      const { digest } = reference;
      const size = known ?? (await head(reference, { signal })).size;
      return {
        digest,
        size,
        open: (range?: ByteRange, options: OpenBlobOptions = {}) =>
          openBlobStream(operations, { ...reference, size, range }, { ...options, signal: options.signal ?? signal }),
      };
    },
    upload: uploads.upload,
    put: uploads.put,
    /** From a named repository only: which others the caller may pull from, another registry cannot be told. */
    async mount(reference, from, _mayPull, options = {}) {
      if (from === undefined || !(await uploads.mount(reference, from, options))) return undefined;
      return head(reference, options);
    },
    async delete(reference, { signal } = {}) {
      const { deleteActions, name, noDelete } = operations.profile;
      if (noDelete !== undefined)
        throw createRegistryError("UNSUPPORTED", { message: `${name} deletes nothing this way: ${noDelete}` });
      const scopes = scope(reference.repository, ...(deleteActions ?? ["delete"]));
      try {
        await sendEmpty(send, { method: "DELETE", url: pathOf(reference), scopes, signal });
      } catch (error) {
        throw notFoundAs(error, "BLOB_UNKNOWN");
      }
    },
  };
}

export function pathOf({ digest, repository }: { readonly repository: RepositoryName; readonly digest: string }): string {
  return `/v2/${repository}/blobs/${digest}`;
}

function lengthOf(response: ClientResponse): number | undefined {
  const length = response.header("content-length");
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function sizeOf(response: ClientResponse): number {
  const size = response.status === 200 ? lengthOf(response) : contentRangeOf(response)?.size;
  if (size !== undefined) return size;
  throw createRegistryError("PROTOCOL_VIOLATED", {
    message: `${response.url.host} does not tell how large the blob is`,
    request: requestOf("GET", response),
  });
}
