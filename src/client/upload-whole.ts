// A whole blob up to another registry. What would surprise: it first goes in one PUT, which every registry takes; when that breaks off
// it goes on in chunks from where the registry stands, because many drop what a broken request brought.

import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { DigestReference, RepositoryName } from "../oci/reference.ts";
import type { BlobContent, BlobFacts, CallOptions } from "../oci/registry.ts";
import { statusOf, type Operations } from "./operation.ts";
import { countedBody, inChunks } from "./upload-body.ts";
import { cancelQuietly, isCommitted } from "./upload-end.ts";
import type { UploadSession } from "./upload-session.ts";

/** Bytes of a chunk where neither profile nor registry say otherwise: memory that each upload may take after a break. */
const usualChunkBytes = 8 * 1024 * 1024;
/** A registry that finds chunks too large gets smaller ones, down to this. */
const leastChunkBytes = 256 * 1024;

/** How this registry wants its blobs, as was learned from what it refused. */
export interface UploadManner {
  chunked: boolean;
  chunkBytes: number;
}

export function usualManner({ profile: { upload = { way: "monolithic" } } }: Operations): UploadManner {
  return { chunked: upload.way === "chunked", chunkBytes: upload.chunkBytes ?? usualChunkBytes };
}

type Start = (repository: RepositoryName, options: CallOptions) => Promise<UploadSession>;

/**
 * Sends `content` and checks nothing before: whether the blob is there already is the caller's question. Goes on by itself after a break,
 * at most `maxRetries` times without progress; what it cannot finish it cancels.
 * @throws DIGEST_INVALID, SIZE_INVALID (the content has another length), and what `content.open` throws
 */
export async function putWhole(
  operations: Operations,
  { manner, start }: { readonly manner: UploadManner; readonly start: Start },
  { digest, repository }: DigestReference,
  content: BlobContent,
  { signal }: CallOptions,
): Promise<BlobFacts> {
  const transfer: Transfer = { ...manner, content, digest, signal, sourceBroke: false, ending: false };
  let session: UploadSession | undefined;
  let fruitless = 0;
  let most = 0;
  for (;;) {
    try {
      session ??= await start(repository, { signal });
      await (transfer.chunked || session.size > 0 ? sendChunks(session, transfer) : sendWhole(session, transfer));
      return { digest, size: content.size };
    } catch (error) {
      if (session === undefined) throw error;
      if (transfer.ending && (await isCommitted(operations, session, digest, error, signal)))
        return { digest, size: content.size };
      const { size } = session;
      fruitless = size > most ? 1 : fruitless + 1;
      most = Math.max(most, size);
      if (fruitless > operations.maxRetries || !mayGoOn(error, transfer)) {
        await cancelQuietly(session);
        throw error;
      }
      if (manner.chunkBytes > 0) adapt(transfer, manner, error, fruitless);
      if (!isRefusal(error)) await operations.pause(fruitless, signal);
      session = await refreshed(session, transfer);
    }
  }
}

interface Transfer extends UploadManner {
  readonly content: BlobContent;
  readonly digest: DigestReference["digest"];
  readonly signal: AbortSignal | undefined;
  /** The source failed, not the registry. */
  sourceBroke: boolean;
  /** The last request was the one that ends the upload. */
  ending: boolean;
}

async function sendWhole(session: UploadSession, transfer: Transfer): Promise<void> {
  const { content, digest, signal } = transfer;
  const body = countedBody(
    () => content.open(0),
    content.size,
    (came) => wrongSize(content, came),
  );
  try {
    transfer.ending = true;
    await session.finish(digest, body, { signal });
  } catch (error) {
    transfer.sourceBroke = body.broken() !== undefined && body.broken() === error;
    throw error;
  }
}

async function sendChunks(session: UploadSession, transfer: Transfer): Promise<void> {
  const { content, digest, signal } = transfer;
  const chunkBytes = Math.max(transfer.chunkBytes, session.minChunkBytes);
  transfer.ending = false;
  if (session.size < content.size) {
    const source = await fromSource(transfer, () => content.open(session.size));
    const chunks = inChunks(source, chunkBytes);
    try {
      for (;;) {
        const { done, value: chunk } = await fromSource(transfer, () => chunks.next());
        if (done === true) break;
        const end = session.size + chunk.length;
        if (end > content.size) throw wrongSize(content, end);
        await session.patch({ length: chunk.length, open: () => chunk }, { ranged: true, sent: () => chunk.length, signal });
        // It took less than it was sent: the stream has run ahead, so it is opened again where the registry stands.
        if (session.size !== end) throw createRegistryError("BLOB_UPLOAD_INVALID");
      }
    } finally {
      source.destroy();
    }
  }
  if (session.size !== content.size) throw wrongSize(content, session.size);
  transfer.ending = true;
  await session.finish(digest, undefined, { signal });
}

async function fromSource<T>(transfer: Transfer, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    transfer.sourceBroke = true;
    throw error;
  }
}

/** Undefined: it is gone or cannot be continued, another one must be begun. */
async function refreshed(session: UploadSession, { chunked, signal }: Transfer): Promise<UploadSession | undefined> {
  try {
    await session.refresh({ signal });
    if (chunked || session.size === 0) return session;
    await cancelQuietly(session);
    return undefined;
  } catch (error) {
    // A registry that cannot say where the session stands leaves only a new one.
    if (error instanceof RegistryError && error.kind !== "connection" && error.kind !== "timeout") return undefined;
    throw error;
  }
}

/** Chunks after the first failure, and smaller ones as long as none arrives. */
function adapt(transfer: Transfer, manner: UploadManner, error: unknown, fruitless: number): void {
  const status = statusOf(error);
  if (transfer.chunked && (status === 413 || status === 416 || fruitless > 1)) {
    transfer.chunkBytes = Math.max(leastChunkBytes, Math.floor(transfer.chunkBytes / 2));
  }
  transfer.chunked = true;
  if (isRefusal(error)) Object.assign(manner, { chunked: true, chunkBytes: transfer.chunkBytes });
}

/** The registry does not want it this way: waiting would not help. */
function isRefusal(error: unknown): boolean {
  const status = statusOf(error) ?? 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** Whether another attempt can help: a refusal of the content, of the name or of us stays one. */
function mayGoOn(error: unknown, { signal, sourceBroke }: Transfer): boolean {
  if (!(error instanceof RegistryError) || sourceBroke || signal?.aborted === true) return false;
  if (["auth", "forbidden", "digest mismatch", "rate limited"].includes(error.kind)) return false;
  const final = ["DIGEST_INVALID", "NAME_INVALID", "NAME_UNKNOWN", "STORAGE_FULL", "SIZE_INVALID"];
  return !final.includes(error.code) || statusOf(error) === 413;
}

function wrongSize({ size }: BlobContent, came: number): RegistryError {
  return createRegistryError("SIZE_INVALID", { message: `the content has ${came} bytes, not the ${size} that it should have` });
}
