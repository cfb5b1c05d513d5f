// What every BlobStore promises (src/store/blob-store.ts). Nothing here knows of files. A test that leaves a blob, a staged blob or
// anything else behind fails.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import type { BlobStore } from "../../src/store/blob-store.ts";
import { noise } from "../image.ts";
import { code, readAll } from "./pushing.ts";

export interface OpenBlobStore {
  readonly store: BlobStore;
  /** The same data through another instance, as another process sees them. */
  another(): Promise<BlobStore>;
  /** Makes the stored bytes shorter than they were, behind the store's back. */
  truncate(key: string, size: number): Promise<void>;
  /** What is in use besides blobs and staged blobs (open descriptors, temporary files), in words. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

async function* pieces(...parts: (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield part;
  }
}
const names = async (store: BlobStore) => ({
  blobs: (await Array.fromAsync(store.list())).map(({ key }) => key),
  staged: (await Array.fromAsync(store.staged())).map(({ id }) => id),
});

async function keep(store: BlobStore, bytes: Uint8Array): Promise<string> {
  const staged = await store.create(randomUUID());
  await staged.append(pieces(bytes), 0);
  return staged.commit(digestOf(bytes));
}

export function blobStoreContract(name: string, open: () => Promise<OpenBlobStore>): void {
  describe(name, () => {
    let opened: OpenBlobStore;
    let store: BlobStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(async () => {
      const left = await names(store);
      const leftovers = await opened.leftovers();
      await opened.close();
      expect({ ...left, leftovers }).toEqual({ blobs: [], staged: [], leftovers: [] });
    });

    test("what was committed comes back, whole and in any range", async () => {
      const bytes = noise("ranges", 3_000_000);
      const key = await keep(store, bytes);
      expect(await store.stat(key)).toBe(bytes.length);
      expect((await readAll(await store.open(key, bytes.length))).equals(bytes)).toBe(true);
      for (const [start, end] of [
        [0, 0],
        [0, 65_536],
        [1_000_000, 2_999_998],
        [2_999_999, 2_999_999],
      ] as const) {
        const part = await readAll(await store.open(key, bytes.length, { start, end }));
        expect(part.equals(bytes.subarray(start, end + 1))).toBe(true);
      }
      await store.remove(key);
    });

    test("an empty blob is a blob", async () => {
      const key = await keep(store, new Uint8Array());
      expect(await store.stat(key)).toBe(0);
      expect(await readAll(await store.open(key, 0))).toHaveLength(0);
      await store.remove(key);
    });

    test("the same bytes get another key each time, and removing one leaves the others", async () => {
      const bytes = noise("same", 1000);
      const keys = await Promise.all(Array.from({ length: 20 }, () => keep(store, bytes)));
      expect(new Set(keys).size).toBe(20);
      expect((await names(store)).blobs.toSorted()).toEqual(keys.toSorted());
      for (const key of keys.slice(1)) await store.remove(key);
      expect((await readAll(await store.open(keys[0]!, 1000))).equals(bytes)).toBe(true);
      await store.remove(keys[0]!);
      await store.remove(keys[0]!);
      expect(await store.stat(keys[0]!)).toBeUndefined();
      await expect(store.open(keys[0]!, 1000)).rejects.toThrow();
    });

    test("both digest algorithms have a place", async () => {
      const staged = await store.create(randomUUID());
      await staged.append(pieces(Buffer.from("x")), 0);
      const key = await staged.commit(digestOf("x", "sha512"));
      expect((await Array.fromAsync(store.list())).map(({ key: listed, size }) => [listed, size])).toEqual([[key, 1]]);
      await store.remove(key);
    });

    test("a read of bytes that are fewer than they should be is an error, never a short answer", async () => {
      const key = await keep(store, noise("short", 2_000_000));
      const reading = await store.open(key, 2_000_000);
      const first = (await once(reading, "data"))[0] as Buffer;
      reading.pause();
      await opened.truncate(key, 1_800_000);
      let received = first.length;
      const rest = (async () => {
        for await (const chunk of reading as AsyncIterable<Buffer>) received += chunk.length;
      })();
      await expect(rest).rejects.toThrow();
      expect(received).toBeLessThan(2_000_000);
      await expect(store.open(key, 2_000_000)).rejects.toThrow();
      await store.remove(key);
    });

    test("staged bytes grow piece by piece, in another instance, too", async () => {
      const id = randomUUID();
      const bytes = noise("grows", 5_000_000);
      const staged = await store.create(id);
      expect(await staged.size()).toBe(0);
      const small = Array.from({ length: 100 }, (_, i) => bytes.subarray(i * 10_000, (i + 1) * 10_000));
      expect(await staged.append(pieces(...small), 0)).toBe(1_000_000);
      const again = (await (await opened.another()).resume(id))!;
      expect(await again.size()).toBe(1_000_000);
      expect(await again.append(pieces(bytes.subarray(1_000_000), new Uint8Array()), 1_000_000)).toBe(5_000_000);
      expect((await readAll(await staged.read())).equals(bytes)).toBe(true);
      expect((await names(store)).staged).toEqual([id]);
      const key = await staged.commit(digestOf(bytes));
      expect((await names(store)).staged).toEqual([]);
      expect((await readAll(await store.open(key, 5_000_000))).equals(bytes)).toBe(true);
      await store.remove(key);
    });

    test("a body that fails leaves what it gave", async () => {
      const staged = await store.create(randomUUID());
      const failing = pieces(noise("gave", 1_500_000), Buffer.from("tail"), new Error("went away"));
      await expect(staged.append(failing, 0)).rejects.toThrow("went away");
      expect(await staged.size()).toBe(1_500_004);
      expect((await readAll(await staged.read())).subarray(-4).toString()).toBe("tail");
      await staged.discard();
    });

    test.each([
      ["longer", 3],
      ["shorter", 5],
    ])("a body that is %s than announced leaves nothing", async (_which, length) => {
      const staged = await store.create(randomUUID());
      await staged.append(pieces(Buffer.from("abc")), 0);
      await expect(staged.append(pieces(Buffer.from("de"), Buffer.from("fg")), 3, length)).rejects.toEqual(
        code("BLOB_UPLOAD_INVALID"),
      );
      expect((await readAll(await staged.read())).toString()).toBe("abc");
      expect(await staged.append(pieces(Buffer.from("de"), Buffer.from("fg")), 3, 4)).toBe(7);
      await staged.discard();
    });

    test("an append anywhere but at the end is refused", async () => {
      const staged = await store.create(randomUUID());
      await staged.append(pieces(Buffer.from("abc")), 0);
      for (const at of [0, 2, 4]) {
        await expect(staged.append(pieces(Buffer.from("x")), at)).rejects.toEqual(code("CONFLICT"));
      }
      expect(await staged.size()).toBe(3);
      await staged.discard();
    });

    test("a writer that was cut off writes into nothing", async () => {
      const staged = await store.create(randomUUID());
      const { promise: goOn, resolve: onGoOn } = Promise.withResolvers<void>();
      const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
      const late = staged.append(
        (async function* () {
          yield Buffer.alloc(1_048_576, "a");
          // Asked again, the writer has begun to write what it got, and awaits that before it writes more.
          yield Buffer.alloc(1_048_576, "a");
          onAsked();
          await goOn;
          yield Buffer.alloc(2_000_000, "z");
        })(),
        0,
      );
      await asked;
      await staged.isolate();
      const end = await staged.size();
      await staged.append(pieces(Buffer.from("new writer")), end);
      onGoOn();
      await late;
      const text = (await readAll(await staged.read())).toString();
      expect(text).toBe("a".repeat(end) + "new writer");
      await staged.discard();
    });

    test("a discarded and a committed staged blob are gone, and discarding twice is fine", async () => {
      const [first, second] = [randomUUID(), randomUUID()];
      const discarded = await store.create(first);
      await discarded.discard();
      await discarded.discard();
      const key = await (await store.create(second)).commit(digestOf(""));
      for (const id of [first, second]) expect(await store.resume(id)).toBeUndefined();
      await expect(discarded.size()).rejects.toEqual(code("BLOB_UPLOAD_UNKNOWN"));
      await store.remove(key);
    });

    test("ids and keys that could lead elsewhere are refused", async () => {
      for (const id of ["", "..", "../../etc/passwd", `${randomUUID()}/x`, randomUUID().toUpperCase()]) {
        await expect(store.create(id)).rejects.toThrow();
        await expect(store.resume(id)).rejects.toThrow();
      }
      for (const key of ["", "../uploads/x", "sha256/../../x", `sha256/ab/${"a".repeat(64)}`, "/etc/passwd"]) {
        await expect(store.stat(key)).rejects.toThrow();
        await expect(store.open(key, 1)).rejects.toThrow();
        await expect(store.remove(key)).rejects.toThrow();
      }
    });

    test("a body that can send itself sends just its range, and a sink that breaks off or a file that is short fails it", async () => {
      const bytes = noise("sent", 3_000_000);
      const key = await keep(store, bytes);
      const range = { start: 1000, end: 2_900_000 };
      const body = await store.open(key, bytes.length, range);
      if (body.sendTo === undefined) return void body.destroy();
      const received: Buffer[] = [];
      // Copies what it is given before it says that it is done, as a socket does.
      const slow = new Writable({
        write: (chunk: Buffer, _, done) => setImmediate(() => (received.push(Buffer.from(chunk)), done())),
      });
      await body.sendTo(slow);
      expect(Buffer.concat(received).equals(bytes.subarray(1000, 2_900_001))).toBe(true);

      const breaking = new Writable({ write: (_chunk, _, done) => done(new Error("no more")) });
      await expect((await store.open(key, bytes.length)).sendTo!(breaking)).rejects.toThrow("no more");
      const silent = new Writable({ write: () => setImmediate(() => silent.destroy()) });
      await expect((await store.open(key, bytes.length)).sendTo!(silent)).rejects.toThrow("Premature close");
      const gone = new Writable().destroy();
      await expect((await store.open(key, bytes.length)).sendTo!(gone)).rejects.toThrow();

      const short = await store.open(key, bytes.length);
      await opened.truncate(key, 2_000_000);
      const swallowing = new Writable({ write: (_chunk, _, done) => done() });
      await expect(short.sendTo!(swallowing)).rejects.toThrow("before its end");
      expect(swallowing.destroyed && !swallowing.writableFinished).toBe(true);
      await store.remove(key);
    });

    test("a thousand reads at once, most of them broken off, leave nothing open", async () => {
      const bytes = noise("aborts", 4_000_000);
      const key = await keep(store, bytes);
      await Promise.all(
        Array.from({ length: 1000 }, async (_, i) => {
          const end = i % 4 === 3 ? i * 1000 + 99_999 : bytes.length - 1;
          const stream = await store.open(key, bytes.length, { start: i * 1000, end });
          const closed = once(stream, "close");
          if (i % 4 === 0) stream.destroy();
          else if (i % 4 === 1) stream.once("data", () => stream.destroy());
          else if (i % 4 === 2) {
            stream.read(0);
            setImmediate(() => stream.destroy());
          }
          if (i % 4 === 3) stream.resume();
          await closed;
        }),
      );
      await store.remove(key);
      expect(await opened.leftovers()).toEqual([]);
    });
  });
}
