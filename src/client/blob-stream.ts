// The bytes of one blob as a stream that ends well only when they are those of the digest. What would surprise: the last piece is held
// back until the digest is known to be right, and a broken connection is not seen by the reader: the stream goes on with a Range.

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { digestAlgorithm, toDigest } from "../oci/digest.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import { formatReference, type DigestReference } from "../oci/reference.ts";
import type { ByteRange, OpenBlobOptions } from "../oci/registry.ts";
import { contentRangeOf } from "./content-range.ts";
import { notFoundAs, requestOf, scope, type Operations } from "./operation.ts";
import type { ClientResponse } from "./request.ts";

/** How often one stream goes on after a break, however much came in between: a host that sends a byte each time must not hold us. */
const maxResumes = 100;

/**
 * Opens a blob of `size` bytes, or a range of it. Rejects when the first answer is an error; later breaks are resumed, at most
 * `maxRetries` times without a byte of progress. The bytes of a range cannot be verified, only counted, as are those of which the caller
 * says so.
 * The stream ends in DIGEST_MISMATCH when other bytes came, or more or fewer. Destroying it closes the connection.
 * @throws BLOB_UNKNOWN, NAME_UNKNOWN, RANGE_INVALID
 */
export async function openBlobStream(
  operations: Operations,
  { range, size, ...reference }: DigestReference & { readonly size: number; readonly range: ByteRange | undefined },
  { signal, verify = true }: OpenBlobOptions,
): Promise<Readable> {
  const closing = new AbortController();
  const ends = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  const transfer: Transfer = {
    operations,
    reference,
    whole: range === undefined,
    verified: verify && range === undefined,
    ...(range ?? { start: 0, end: size - 1 }),
    signal: ends,
  };
  const pieces = readPieces(transfer, await ask(transfer, transfer.start));
  const pull = async (stream: Readable): Promise<void> => {
    try {
      const { done, value } = await pieces.next();
      stream.push(done === true ? null : value);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const end = (error: Error | null): void => {
    // A read that waits for the network ends by this, so the pieces can be closed without waiting for it.
    closing.abort(error ?? new Error("the stream was closed"));
    void pieces.return();
  };
  const stream = new Readable({
    highWaterMark: 256 * 1024,
    read() {
      void pull(this);
    },
    destroy(error, done) {
      end(error);
      done(error);
    },
  });
  const abort = (): void => void stream.destroy(asError(signal?.reason));
  signal?.addEventListener("abort", abort, { once: true });
  stream.once("close", () => signal?.removeEventListener("abort", abort));
  return stream;
}

interface Transfer extends ByteRange {
  readonly operations: Operations;
  readonly reference: DigestReference;
  /** Not a range that the caller asked for. */
  readonly whole: boolean;
  /** The digest is checked. */
  readonly verified: boolean;
  readonly signal: AbortSignal;
}

/** The bytes from `start` on, opened at `position`. */
interface Opened {
  readonly response: ClientResponse;
  /** Bytes to pass over: the registry sent the whole although it was asked for a part. */
  skip: number;
}

async function* readPieces(transfer: Transfer, opened: Opened): AsyncGenerator<Buffer, void> {
  const { end, operations, reference, signal, start, verified, whole } = transfer;
  const hash = verified ? createHash(digestAlgorithm(reference.digest)) : undefined;
  let position = start;
  let held: Buffer | undefined;
  let fruitless = 0;
  for (let resumes = 0; ; resumes++) {
    let broken: Error | undefined;
    try {
      for await (const piece of bytesOf(opened, signal)) {
        fruitless = 0;
        if (piece.length > end + 1 - position) {
          // More than announced is read no further; what a range asked for ends where the caller said.
          if (whole) throw mismatch(transfer, opened.response, `more than its ${end + 1} bytes`);
          if (position <= end) yield piece.subarray(0, end + 1 - position);
          return;
        }
        position += piece.length;
        hash?.update(piece);
        if (hash === undefined) yield piece;
        else if (held !== undefined) yield held;
        held = hash && piece;
      }
    } catch (error) {
      if (error instanceof RegistryError && error.code === "DIGEST_MISMATCH") throw error;
      signal.throwIfAborted();
      broken = asError(error);
    } finally {
      opened.response.body.destroy();
    }
    if (position === end + 1) break;
    if (++fruitless > operations.maxRetries || resumes === maxResumes) {
      throw broken ?? mismatch(transfer, opened.response, `only ${position - start} of its ${end + 1 - start} bytes`);
    }
    if (fruitless > 1) await operations.pause(fruitless - 1, signal);
    opened = await ask(transfer, position);
  }
  if (hash !== undefined) {
    const found = toDigest(digestAlgorithm(reference.digest), hash);
    if (found !== reference.digest) throw mismatch(transfer, opened.response, `bytes of ${found}`);
  }
  if (held !== undefined) yield held;
}

async function* bytesOf(opened: Opened, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { body } = opened.response;
  const abort = (): void => void body.destroy(asError(signal.reason));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const passed = Math.min(opened.skip, chunk.length);
      opened.skip -= passed;
      if (passed < chunk.length) yield passed === 0 ? chunk : chunk.subarray(passed);
    }
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** @throws PROTOCOL_VIOLATED when another part comes than was asked for */
async function ask(transfer: Transfer, position: number): Promise<Opened> {
  const { end, operations, reference, signal, start, whole } = transfer;
  const part = !whole || position > start;
  const { digest, repository } = reference;
  try {
    const response = await operations.send({
      method: "GET",
      url: `/v2/${repository}/blobs/${digest}`,
      scopes: scope(repository, "pull"),
      ...(part && { headers: { range: `bytes=${position}-${end}` } }),
      ...(position > start && { answers: [416] }),
      lane: "blob",
      signal,
    });
    if (response.status === 206 && part && contentRangeOf(response)?.start === position) return { response, skip: 0 };
    if (response.status !== 206 && response.status !== 416) return { response, skip: part ? position : 0 };
    await response.discard();
    if (response.status === 416) throw mismatch(transfer, response, `only ${position} of ${end + 1} bytes`);
    throw createRegistryError("PROTOCOL_VIOLATED", {
      message: `${response.url.host} sent another part of the blob than was asked for`,
      request: requestOf("GET", response),
    });
  } catch (error) {
    throw notFoundAs(error, "BLOB_UNKNOWN");
  }
}

function mismatch({ reference }: Transfer, response: ClientResponse, what: string): RegistryError {
  return createRegistryError("DIGEST_MISMATCH", {
    message: `${response.url.host} sent ${what} for ${formatReference(reference)}`,
    request: requestOf("GET", response),
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("aborted", { cause: reason });
}
