// A read stream over part of an open file that never ends early: fewer bytes than promised destroy it with an error, where
// fs.createReadStream would end and let a truncated file pass as a whole one.

import { once } from "node:events";
import { close, read } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { BlobBody } from "../oci/registry.ts";

/** The read in flight must return before its descriptor is closed, or the number could be another file's by then. */
export class FileRangeStream extends Readable implements BlobBody {
  readonly #fd: number;
  #position: number;
  #left: number;
  #reading = false;
  #closeWhenRead: (() => void) | undefined;

  /** Owns `fd` from now on. `start` and `length` in bytes. */
  constructor(fd: number, start: number, length: number, chunkBytes: number) {
    super({ highWaterMark: chunkBytes });
    this.#fd = fd;
    this.#position = start;
    this.#left = length;
  }

  /** One piece is read while the one before is on its way; a buffer is filled again only after the sink let go of it. */
  async sendTo(sink: Writable): Promise<void> {
    const ended = finished(sink, { readable: false });
    const broken = ended.then(() => undefined);
    broken.catch(() => undefined); // awaited below, whenever it is that the sink breaks
    const length = Math.min(this.readableHighWaterMark, this.#left);
    const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(this.#left > length ? length : 0)];
    let written: Promise<void> | undefined;
    try {
      for (let turn = 0; this.#left > 0; turn++) {
        const piece = await this.#readInto(buffers[turn % 2]!);
        await written;
        written = Promise.race([broken, writeWhole(sink, piece)]);
        written.catch(() => undefined); // awaited in the next round
      }
      await written;
      sink.end();
      await ended;
    } catch (error) {
      sink.destroy();
      throw error;
    } finally {
      const closed = once(this, "close");
      this.destroy();
      await closed;
    }
  }

  #readInto(buffer: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#reading = true;
      read(this.#fd, buffer, 0, Math.min(buffer.length, this.#left), this.#position, (error, count) => {
        this.#reading = false;
        if (this.#closeWhenRead !== undefined) {
          this.#closeWhenRead();
          return reject(new Error("the read was broken off"));
        }
        if (error !== null) return reject(error);
        if (count === 0) return reject(this.#tooShort());
        this.#position += count;
        this.#left -= count;
        resolve(buffer.subarray(0, count));
      });
    });
  }

  #tooShort(): Error {
    return new Error(`a blob ended ${this.#left} bytes before its end`);
  }

  override _read(wanted: number): void {
    if (this.#left === 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(Math.min(Math.max(wanted, this.readableHighWaterMark), this.#left));
    this.#reading = true;
    read(this.#fd, buffer, 0, buffer.length, this.#position, (error, count) => {
      this.#reading = false;
      if (this.#closeWhenRead !== undefined) return this.#closeWhenRead();
      if (error !== null) return void this.destroy(error);
      if (count === 0) return void this.destroy(this.#tooShort());
      this.#position += count;
      this.#left -= count;
      this.push(count === buffer.length ? buffer : buffer.subarray(0, count));
      if (this.#left === 0) this.push(null);
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const finish = (): void => close(this.#fd, (closeError) => callback(error ?? closeError ?? null));
    if (this.#reading) this.#closeWhenRead = finish;
    else finish();
  }
}

function writeWhole(sink: Writable, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => sink.write(piece, (error) => (error == null ? resolve() : reject(error))));
}
