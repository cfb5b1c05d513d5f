// Blobs of a registry with a memory: small ones (configs, signatures, SBOMs) are read whole, hashed and kept; large ones pass by.

import { Readable } from "node:stream";
import { createRegistryError } from "../oci/errors.ts";
import type { DigestReference } from "../oci/reference.ts";
import type { Blobs, ByteRange, OpenBlob } from "../oci/registry.ts";
import type { CacheRoom } from "./cache-room.ts";

/** Larger blobs are not kept. */
const maxKeptBytes = 4 * 1024 * 1024;

export function createCachedBlobs(inner: Blobs, room: CacheRoom): Blobs {
  return {
    async head(reference, options) {
      const kept = await room.keptContent(reference.repository, reference.digest);
      return kept === undefined ? inner.head(reference, options) : { digest: reference.digest, size: kept.length };
    },
    async get(reference, options) {
      const { repository, digest } = reference;
      const kept = await room.keptContent(repository, digest);
      if (kept !== undefined) return { digest, size: kept.length, open: async (range) => streamOf(kept, range) };
      const blob = await inner.get(reference, options);
      return blob.size > maxKeptBytes ? blob : keeping(blob, reference, room);
    },
    upload: (repository, options) => inner.upload(repository, options),
    ...(inner.put && { put: (...put) => inner.put!(...put) }),
    mount: (...mount) => inner.mount(...mount),
    delete: (reference, options) => room.writing(reference.repository, reference.digest, () => inner.delete(reference, options)),
  };
}

function keeping(blob: OpenBlob, { repository, digest }: DigestReference, room: CacheRoom): OpenBlob {
  return {
    digest,
    size: blob.size,
    async open(range, options = {}) {
      if (range !== undefined) return blob.open(range, options);
      const bytes = await room.content(repository, digest, options.signal, async (signal) =>
        readWhole(await blob.open(undefined, { signal }), blob.size),
      );
      return streamOf(bytes);
    },
  };
}

/** @throws PROTOCOL_VIOLATED when more comes than was announced */
async function readWhole(body: Readable, size: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read > size)
      throw createRegistryError("PROTOCOL_VIOLATED", {
        message: `the blob is longer than the ${size} bytes that were announced`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function streamOf(bytes: Uint8Array, { start, end }: ByteRange = { start: 0, end: bytes.length - 1 }): Readable {
  return Readable.from(end < start ? [] : [Buffer.from(bytes.subarray(start, end + 1))], { objectMode: false });
}
