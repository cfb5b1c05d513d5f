// A whole blob up to another registry. What would surprise: it first goes in one PUT, which every registry takes; when that breaks off
// it goes on in chunks from where the registry stands, because many drop what a broken request brought.

import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { DigestReference, RepositoryName } from "../oci/reference.ts";
import type { BlobContent, BlobFacts, CallOptions } from "../oci/registry.ts";
import type { Operations } from "./operation.ts";
import { countedBody, inChunks } from "./upload-body.ts";
import type { UploadSession } from "./upload-session.ts";
import { cancelQuietly, isCommitted } from "./upload-end.ts";

/** Bytes of a chunk where neither profile nor registry say otherwise: memory that each upload may take after a break. */
export const usualChunkBytes = 8 * 1024 * 1024;
/** A registry that finds chunks too large gets smaller ones, down to this. */
const leastChunkBytes = 256 * 1024;

type Start = (repository: RepositoryName, options: CallOptions) => Promise<UploadSession>;

/**
 * Sends `content` and checks nothing before: whether the blob is there already is the caller's question. Goes on by itself after a break,
 * at most `maxRetries` times without progress; what it cannot finish it cancels.
 * @throws DIGEST_INVALID, SIZE_INVALID (the content has another length), and what `content.open` throws
 */
export async function putWhole(
  operations: Operations,
  start: Start,
  reference: DigestReference,
  content: BlobContent,
  { signal }: CallOptions,
): Promise<BlobFacts> {
  const { digest, repository } = reference;
  const { chunkBytes = usualChunkBytes, way = "monolithic" } = operations.profile.upload ?? {};
  const transfer: Transfer = {
    content,
    digest,
    signal,
    chunked: way === "chunked",
    chunkBytes,
    sourceBroke: false,
    ending: false,
  };
  let session: UploadSession | undefined;
  let fruitless = 0;
  let most = 0;
  for (;;) {
    try {
      session ??= await start(repository, { signal });
      await (transfer.chunked || session.size > 0 ? sendChunks(session, transfer) : sendWhole(session, transfer));
      return { digest, size: content.size };
    } catch (error) {
      if (session !== undefined && transfer.ending && (await isCommitted(operations, session, digest, error, signal))) {
        return { digest, size: content.size };
      }
      if (session === undefined || transfer.sourceBroke || signal?.aborted === true || !mayGoOn(error)) {
        if (session !== undefined) await cancelQuietly(session);
        throw error;
      }
      session = await refreshed(session, signal, chunkBytes > 0);
      if ((session?.size ?? 0) > most) fruitless = 0;
      most = Math.max(most, session?.size ?? 0);
      if (++fruitless > operations.maxRetries) {
        if (session !== undefined) await cancelQuietly(session);
        throw error;
      }
      if (chunkBytes > 0) adapt(transfer, error);
      await operations.pause(fruitless, signal);
    }
  }
}

interface Transfer {
  readonly content: BlobContent;
  readonly digest: DigestReference["digest"];
  readonly signal: AbortSignal | undefined;
  chunked: boolean;
  chunkBytes: number;
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
async function refreshed(
  session: UploadSession,
  signal: AbortSignal | undefined,
  mayChunk: boolean,
): Promise<UploadSession | undefined> {
  try {
    await session.refresh({ signal });
    if (mayChunk || session.size === 0) return session;
    await cancelQuietly(session);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    // A registry that cannot say where the session stands leaves only a new one.
    if (error instanceof RegistryError && error.kind !== "connection" && error.kind !== "timeout") return undefined;
    throw error;
  }
}

/** Chunks after the first failure, smaller ones when the registry says that they are too large. */
function adapt(transfer: Transfer, error: unknown): void {
  const status = error instanceof RegistryError ? error.request?.status : undefined;
  if (transfer.chunked && (status === 413 || status === 416)) {
    transfer.chunkBytes = Math.max(leastChunkBytes, Math.floor(transfer.chunkBytes / 2));
  }
  transfer.chunked = true;
}

/** Whether another attempt can help: a refusal of the content, of the name or of us stays one. */
function mayGoOn(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  if (["auth", "forbidden", "digest mismatch", "rate limited"].includes(error.kind)) return false;
  return (
    !["DIGEST_INVALID", "NAME_INVALID", "NAME_UNKNOWN", "STORAGE_FULL", "SIZE_INVALID"].includes(error.code) ||
    error.request?.status === 413
  );
}

function wrongSize({ size }: BlobContent, came: number): RegistryError {
  return createRegistryError("SIZE_INVALID", { message: `the content has ${came} bytes, not the ${size} that it should have` });
}
