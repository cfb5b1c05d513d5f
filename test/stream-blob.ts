// A process of its own that reads one large blob through the client, writes it back, and prints how much its memory grew meanwhile.
// Node's flag: --expose-gc. Arguments: registry, digest, bytes. The blob is one piece of 1 MiB again and again, so that nobody has to hold it.

import { Readable } from "node:stream";
import { createRegistryClient, parseDigest, parseRepositoryName, type BlobContent } from "../src/client/client.ts";
import { noise } from "./image.ts";

export const piece = Buffer.from(noise("a large blob", 1024 * 1024));

export interface Grown {
  /** Bytes that were read. */
  readonly read: number;
  /** How much more memory was ever held over the last three quarters of the blob than at its first quarter, bytes. */
  readonly whileReading: number;
  readonly whileWriting: number;
}

/** What is in use, without what nobody uses any more: how much of that the process keeps for later is up to the machine. */
function held(): number {
  globalThis.gc!();
  globalThis.gc!(); // the second one finishes what the first has left to other threads
  const { external, heapUsed } = process.memoryUsage();
  return heapUsed + external;
}

/** Whatever it takes to stream at all (code, connections) has been taken when a quarter has come. */
function watched(bytes: number): { note: (come: number) => void; grown: () => number } {
  const step = bytes / 16;
  let next = bytes / 4;
  let atQuarter: number | undefined;
  let most = 0;
  return {
    note(come) {
      if (come < next) return;
      next += step;
      const now = held();
      atQuarter ??= now;
      most = Math.max(most, now - atQuarter);
    },
    grown: () => most,
  };
}

async function stream(registryUrl: string, digest: string, bytes: number): Promise<Grown> {
  await using registry = createRegistryClient({ registryUrl });
  const reference = { repository: parseRepositoryName("team/app"), digest: parseDigest(digest) };

  const reading = watched(bytes);
  let read = 0;
  const blob = await registry.blobs.get(reference, { size: bytes });
  for await (const chunk of await blob.open()) reading.note((read += (chunk as Buffer).length));
  const whileReading = reading.grown();

  const writing = watched(bytes);
  async function* pieces(from: number): AsyncGenerator<Buffer> {
    for (let at = from; at < bytes;) {
      writing.note(at);
      const next = piece.subarray(at % piece.length).subarray(0, bytes - at);
      yield next;
      at += next.length;
    }
  }
  const content: BlobContent = { size: bytes, open: async (from) => Readable.from(pieces(from), { objectMode: false }) };
  await registry.blobs.put!(reference, content);
  return { read, whileReading, whileWriting: writing.grown() };
}

if (import.meta.main) {
  const [registryUrl, digest, bytes] = process.argv.slice(2) as [string, string, string];
  process.stdout.write(`${JSON.stringify(await stream(registryUrl, digest, Number(bytes)))}\n`);
}
