// Blobs of a copy, each once however many images name it: found at the target, mounted there, or streamed from the source. What would
// surprise: the bytes are not hashed on their way, because every registry checks the digest of what it keeps (decision 0009).

import { Readable } from "node:stream";
import type { Digest } from "../oci/digest.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { isForeignLayerType } from "../oci/media-types.ts";
import type { DigestReference } from "../oci/reference.ts";
import type { OpenBlob } from "../oci/registry.ts";
import type { CopyWay, CopyWork } from "./copy.ts";

/** @throws BLOB_UNKNOWN when the source has not got it, DIGEST_MISMATCH when it has something else */
export type CopyBlob = (descriptor: Descriptor) => Promise<void>;

export function createBlobCopier(work: CopyWork): CopyBlob {
  return (descriptor) => {
    const { digest, size } = descriptor;
    const facts = { kind: "blob", digest, size } as const;
    return work.once("blob", digest, async () => {
      work.tell({ ...facts, event: "found" });
      work.tell({ ...facts, event: "done", how: await bring(work, descriptor) });
    });
  };
}

async function bring(work: CopyWork, descriptor: Descriptor): Promise<CopyWay> {
  const { from, mountFrom, signal, to } = work;
  const { digest, mediaType, size, urls = [] } = descriptor;
  const target: DigestReference = { repository: to.repository, digest };
  const { blobs } = to.registry;
  if (isForeignLayerType(mediaType) && urls.length > 0) return "left";
  if (await isThere(work, target)) return "there";
  if (mountFrom !== undefined && (await blobs.mount(target, mountFrom, () => true, { signal })) !== undefined) return "mounted";

  const blob = await from.registry.blobs.get({ repository: from.repository, digest }, { size, signal });
  const open = async (offset: number): Promise<Readable> => {
    if (offset === size && size > 0) return Readable.from([]);
    const bytes = await blob.open(offset === 0 ? undefined : { start: offset, end: size - 1 }, { signal, verify: false });
    return counted(bytes, (count) => work.tell({ kind: "blob", digest, size, event: "read", bytes: count }));
  };
  try {
    if (blobs.put === undefined) await upload(work, target, open);
    else await blobs.put(target, { size, open }, { signal });
  } catch (error) {
    throw asMismatch(error, digest);
  }
  return "copied";
}

/** What the target says of the bytes is said of the source. */
function asMismatch(error: unknown, digest: Digest): unknown {
  if (!(error instanceof RegistryError) || error.code !== "DIGEST_INVALID") return error;
  return createRegistryError("DIGEST_MISMATCH", { message: `the source sent other bytes than those of ${digest}`, cause: error });
}

async function isThere({ signal, to }: CopyWork, target: DigestReference): Promise<boolean> {
  try {
    await to.registry.blobs.head(target, { signal });
    return true;
  } catch (error) {
    if (error instanceof RegistryError && error.kind === "not found") return false;
    throw error;
  }
}

async function upload(
  { signal, to }: CopyWork,
  { digest, repository }: DigestReference,
  open: (offset: number) => Promise<Readable>,
): Promise<void> {
  const session = await to.registry.blobs.upload(repository, { signal });
  try {
    await session.append(await open(0), { signal });
    await session.commit(digest, { signal });
  } catch (error) {
    await session.cancel().catch(() => undefined); // the first error is what counts; an upload that stays is swept by the target
    throw error;
  }
}

/** The same bytes, counted on their way. */
function counted(bytes: Awaited<ReturnType<OpenBlob["open"]>>, count: (bytes: number) => void): Readable {
  return Readable.from(pieces(), { objectMode: false, highWaterMark: bytes.readableHighWaterMark });

  async function* pieces(): AsyncGenerator<Buffer> {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      count(piece.length);
      yield piece;
    }
  }
}
