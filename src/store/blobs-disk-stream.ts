// A read stream over part of an open file that never ends early: fewer bytes than promised destroy it with an error, where
// fs.createReadStream would end and let a truncated file pass as a whole one.

import { close, read } from "node:fs";
import { Readable } from "node:stream";

/** The read in flight must return before its descriptor is closed, or the number could be another file's by then. */
export class FileRangeStream extends Readable {
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
      if (count === 0) return void this.destroy(new Error(`a blob ended ${this.#left} bytes before its end`));
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
