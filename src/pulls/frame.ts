// The records of one turn of the event loop: CRC-32C, length, time, records. Torn, zeroed or flipped bytes end the reading;
// whatever is before them is whole. (node:zlib's crc32 is another polynomial.)

import { RecordWriter, type PullRecord } from "./record.ts";

const polynomial = 0x82f63b78;
const table = new Int32Array(256).map((_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli) of `bytes[from, to)`. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = -1;
  for (let i = from; i < to; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** Checksum and length; the checksum covers the length, so a zeroed header is never valid. */
export const frameHeadBytes = 8;

/** Builds one frame after another in one buffer: what `finish` returns is valid until the next `start`. */
export class FrameWriter {
  readonly #writer = new RecordWriter();

  /** @param timeMs of every record in the frame */
  start(timeMs: number): void {
    this.#writer.at = frameHeadBytes;
    this.#writer.varint(timeMs);
  }
  add(record: PullRecord): void {
    this.#writer.add(record);
  }
  finish(): Buffer {
    const { bytes, at } = this.#writer;
    bytes.writeUInt32LE(at - frameHeadBytes, 4);
    bytes.writeUInt32LE(crc32c(bytes, 4, at), 0);
    return bytes.subarray(0, at);
  }
}

/**
 * Length of the whole frame at the start of `bytes`: 0 when what is there can never become one, and when more bytes are needed
 * to tell, minus how many there must be at least.
 */
export function frameLength(bytes: Buffer): number {
  if (bytes.length < frameHeadBytes) return -frameHeadBytes;
  const length = frameHeadBytes + bytes.readUInt32LE(4);
  if (length === frameHeadBytes) return 0;
  if (bytes.length < length) return -length;
  return crc32c(bytes, 4, length) === bytes.readUInt32LE(0) ? length : 0;
}
