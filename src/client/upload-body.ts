// Bytes on their way up: counted and held to the length that was announced, or cut into chunks.

import { Readable } from "node:stream";
import type { RegistryError } from "../oci/errors.ts";
import type { RequestBody } from "./request.ts";

export interface CountedBody extends RequestBody {
  open(): Readable;
  /** Bytes that went out. */
  readonly sent: () => number;
  /** What the source broke off with, for telling its trouble from the registry's. */
  readonly broken: () => unknown;
}

/**
 * A body that is read once. With a length the last piece leaves only when the source has ended, so that a wrong length never
 * looks complete to the registry; the request then fails with what `wrongLength` makes of the bytes that came.
 */
export function countedBody(
  source: () => Promise<Readable>,
  length: number | undefined,
  wrongLength: (came: number) => RegistryError,
): CountedBody {
  let opened = false;
  let sent = 0;
  let broken: unknown;
  async function* pieces(): AsyncGenerator<Buffer> {
    let came = 0;
    let held: Buffer | undefined;
    try {
      for await (const piece of (await source()) as AsyncIterable<Buffer>) {
        came += piece.length;
        if (length !== undefined && came > length) throw wrongLength(came);
        if (held !== undefined) {
          sent += held.length;
          yield held;
        }
        held = piece;
      }
      if (length !== undefined && came < length) throw wrongLength(came);
    } catch (error) {
      broken = error;
      throw error;
    }
    if (held === undefined) return;
    sent += held.length;
    yield held;
  }
  return {
    length,
    open() {
      if (opened) throw new Error("these bytes can be read only once");
      opened = true;
      return Readable.from(pieces(), { objectMode: false, highWaterMark: 256 * 1024 });
    },
    sent: () => sent,
    broken: () => broken,
  };
}

/** The bytes in chunks of exactly `chunkBytes`, but for the last one. Each is a buffer of its own. */
export async function* inChunks(source: Readable, chunkBytes: number): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (let piece of source as AsyncIterable<Buffer>) {
    while (size + piece.length >= chunkBytes) {
      const part = piece.subarray(0, chunkBytes - size);
      yield Buffer.concat([...pieces, part]);
      piece = piece.subarray(part.length);
      pieces = [];
      size = 0;
    }
    if (piece.length > 0) pieces.push(piece);
    size += piece.length;
  }
  if (size > 0) yield Buffer.concat(pieces);
}
