// Appending a stream to a file: what arrives while one write is under way is gathered for the next, so memory stays at two batches
// and the disk sees few large writes. Positions are explicit, so a writer that was cut off cannot move another one's end.

import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { RegistryError } from "../oci/errors.ts";
import { toDiskError } from "./disk-errors.ts";

const batchBytes = 1024 * 1024;

/** The contract of StagedBlob.append, for a file that exists. */
export async function appendToFile(
  path: string,
  body: AsyncIterable<Uint8Array>,
  at: number,
  length: number | undefined,
): Promise<number> {
  const handle = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await handle.stat();
    if (size !== at) throw new RegistryError("CONFLICT", { message: "another request is writing to this upload" });
    return await toDiskError(() => new Appender(handle, at, length).run(body));
  } finally {
    await handle.close();
  }
}

class Appender {
  readonly #handle: FileHandle;
  readonly #start: number;
  readonly #limit: number | undefined;
  #end: number;
  #batch: Uint8Array[] = [];
  #gathered = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, at: number, length: number | undefined) {
    this.#handle = handle;
    this.#start = at;
    this.#limit = length === undefined ? undefined : at + length;
    this.#end = at;
  }

  async run(body: AsyncIterable<Uint8Array>): Promise<number> {
    const source = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#keepingWhatArrived(source.next());
        if (next.done === true) break;
        this.#batch.push(next.value);
        this.#gathered += next.value.length;
        if (this.#limit !== undefined && this.#end + this.#gathered > this.#limit) await this.#refuseLength();
        if (this.#gathered >= batchBytes) await this.#write();
      }
    } catch (error) {
      await source.return?.();
      throw error;
    }
    await this.#finish();
    if (this.#limit !== undefined && this.#end !== this.#limit) await this.#refuseLength();
    return this.#end;
  }

  async #refuseLength(): Promise<never> {
    await this.#rollingBack(this.#writing);
    await this.#handle.truncate(this.#start);
    throw new RegistryError("BLOB_UPLOAD_INVALID", { message: "the chunk does not have the length that was announced" });
  }

  async #keepingWhatArrived<T>(next: Promise<T>): Promise<T> {
    try {
      return await next;
    } catch (error) {
      await this.#finish();
      throw error;
    }
  }

  async #finish(): Promise<void> {
    await this.#write();
    await this.#rollingBack(this.#writing);
  }

  /** Starts writing the batch as soon as the one before is written. */
  async #write(): Promise<void> {
    await this.#rollingBack(this.#writing);
    if (this.#gathered === 0) return;
    this.#writing = writeAll(this.#handle, this.#batch, this.#end);
    // Awaited by the next write or by finish; until then a failure must not count as unhandled.
    this.#writing.catch(() => undefined);
    this.#end += this.#gathered;
    this.#batch = [];
    this.#gathered = 0;
  }

  async #rollingBack(writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      await this.#handle.truncate(this.#start);
      throw error;
    }
  }
}

/** A write may come back short (a disk that fills up, a signal): the rest is written, or the reason is thrown. */
async function writeAll(handle: FileHandle, buffers: Uint8Array[], position: number): Promise<void> {
  let rest = buffers;
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest, position);
    position += bytesWritten;
    let whole = 0;
    while (whole < rest.length && bytesWritten >= rest[whole]!.length) bytesWritten -= rest[whole++]!.length;
    rest = rest.slice(whole);
    if (bytesWritten > 0) rest[0] = rest[0]!.subarray(bytesWritten);
  }
}
