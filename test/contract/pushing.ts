// What the contract suites of a registry push and compare with.

import { Readable } from "node:stream";
import { expect } from "vitest";
import { digestOf, type Digest } from "../../src/oci/digest.ts";
import { ociManifest } from "../../src/oci/media-types.ts";
import type { ErrorCode } from "../../src/oci/errors.ts";
import type { RepositoryName, Tag } from "../../src/oci/reference.ts";
import type { Registry } from "../../src/oci/registry.ts";
import { blobsOf, manifestsOf, raw, type Content, type Image } from "../image.ts";

export const tag = (text: string): Tag => text as Tag;
let repositories = 0;
/** A name that no other test uses; it sorts behind the ones before. */
export const fresh = (): RepositoryName => `contract/r${String(++repositories).padStart(6, "0")}` as RepositoryName;
/** A body. */
export const text = (content: string): Readable => Readable.from([Buffer.from(content)]);
/** Matches an error by its code. */
export const code = (expected: ErrorCode): unknown => expect.objectContaining({ name: "RegistryError", code: expected });

export async function readAll(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

export async function pushBlob(registry: Registry, repository: RepositoryName, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  const upload = await registry.blobs.upload(repository);
  await upload.append(Readable.from([bytes]));
  await upload.commit(digest);
  return digest;
}

/** Blobs, then children by digest, then the image under each of `tags`. */
export async function pushImage(registry: Registry, repository: RepositoryName, whole: Image, ...tags: string[]): Promise<void> {
  for (const blob of blobsOf(whole)) await pushBlob(registry, repository, blob.bytes);
  for (const part of manifestsOf(whole)) {
    if (part !== whole) await registry.manifests.put({ repository, digest: part.digest }, part.bytes, part.mediaType);
  }
  await registry.manifests.put({ repository, digest: whole.digest }, whole.bytes, whole.mediaType, { tags: tags.map(tag) });
}

export function manifest(value: object, mediaType = ociManifest): Content {
  return raw(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value })));
}

/** The descriptor of a content. */
export const describeContent = ({ mediaType, digest, bytes }: Content): { mediaType: string; digest: Digest; size: number } => ({
  mediaType,
  digest,
  size: bytes.length,
});
