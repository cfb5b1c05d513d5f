// The part of the registry contract about blobs: pushing in every way, mounting, deleting.

import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { noise } from "../image.ts";
import { code, fresh, pushBlob, readAll, text } from "./pushing.ts";
import type { Subject } from "./registry.ts";

const anyone = (): boolean => true;
const nobody = (): boolean => false;

export function blobs({ get, lacks }: Subject): void {
  describe("blobs", () => {
    test("a pushed blob comes back whole and in ranges", async () => {
      const repository = fresh();
      const bytes = noise("whole and in ranges", 300_000);
      const digest = await pushBlob(get(), repository, bytes);
      expect(await get().blobs.head({ repository, digest })).toEqual({ digest, size: bytes.length });
      const blob = await get().blobs.get({ repository, digest });
      expect(blob.size).toBe(bytes.length);
      expect(digestOf(await readAll(await blob.open()))).toBe(digest);
      for (const [start, end] of [
        [0, 0],
        [299_999, 299_999],
        [1000, 200_000],
      ] as const) {
        expect((await readAll(await blob.open({ start, end }))).equals(bytes.subarray(start, end + 1))).toBe(true);
      }
    });

    test("the empty blob is a blob", async () => {
      const repository = fresh();
      const digest = digestOf("");
      const upload = await get().blobs.upload(repository);
      expect(await upload.commit(digest)).toEqual({ digest, size: 0 });
      expect(await get().blobs.head({ repository, digest })).toEqual({ digest, size: 0 });
      const blob = await get().blobs.get({ repository, digest });
      expect(await readAll(await blob.open())).toHaveLength(0);
    });

    test("a blob can be pushed by its sha512 and is then known by that digest only", async () => {
      const repository = fresh();
      const bytes = noise("sha512", 5000);
      const digest = digestOf(bytes, "sha512");
      const upload = await get().blobs.upload(repository);
      await upload.append(Readable.from([bytes]));
      expect(await upload.commit(digest)).toEqual({ digest, size: 5000 });
      expect(await get().blobs.head({ repository, digest })).toEqual({ digest, size: 5000 });
      const byOther = get().blobs.head({ repository, digest: digestOf(bytes) });
      if (lacks("sha512")) expect(await byOther).toMatchObject({ size: 5000 });
      else await expect(byOther).rejects.toEqual(code("BLOB_UNKNOWN"));
    });

    test("an unknown repository and an unknown blob are told apart", async () => {
      const repository = fresh();
      const digest = digestOf("nobody pushed this");
      const missing = code(lacks("reasons of HEAD") ? "BLOB_UNKNOWN" : "NAME_UNKNOWN");
      await expect(get().blobs.head({ repository, digest })).rejects.toEqual(missing);
      await pushBlob(get(), repository, noise("something else", 10));
      await expect(get().blobs.head({ repository, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
      await expect(get().blobs.get({ repository, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
      await expect(get().blobs.delete({ repository, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
    });

    test("a blob is visible only in the repository that it was pushed to", async () => {
      const [here, there] = [fresh(), fresh()];
      const digest = await pushBlob(get(), here, noise("only here", 100));
      await pushBlob(get(), there, noise("only there", 100));
      await expect(get().blobs.get({ repository: there, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
    });

    test("a hundred pushes of the same blob at once all succeed", async () => {
      const repository = fresh();
      const bytes = noise("a hundred times", 20_000);
      const digests = await Promise.all(Array.from({ length: 100 }, () => pushBlob(get(), repository, bytes)));
      expect(new Set(digests)).toEqual(new Set([digestOf(bytes)]));
      const blob = await get().blobs.get({ repository, digest: digestOf(bytes) });
      expect(digestOf(await readAll(await blob.open()))).toBe(digestOf(bytes));
    });
  });
}

export function uploads({ get, lacks }: Subject): void {
  describe("uploads", () => {
    test("an upload grows piece by piece, and every piece says where it starts", async () => {
      const repository = fresh();
      const bytes = noise("pieces", 10_000);
      const { id, size } = await get().blobs.upload(repository);
      expect(size).toBe(0);
      for (const [start, end] of [
        [0, 3000],
        [3000, 3001],
        [3001, 10_000],
      ] as const) {
        const upload = await get().blobs.upload(repository, { id });
        expect(upload.size).toBe(start);
        const piece = Readable.from([bytes.subarray(start, end)]);
        expect(await upload.append(piece, { offset: start, length: end - start })).toBe(end);
      }
      const last = await get().blobs.upload(repository, { id });
      expect(await last.commit(digestOf(bytes))).toEqual({ digest: digestOf(bytes), size: 10_000 });
    });

    test("a piece that starts elsewhere is refused and changes nothing", async () => {
      const repository = fresh();
      const upload = await get().blobs.upload(repository);
      await upload.append(text("abc"));
      for (const offset of [0, 2, 4]) {
        await expect(upload.append(text("d"), { offset })).rejects.toEqual(code("BLOB_UPLOAD_INVALID"));
      }
      expect(await upload.append(text("d"), { offset: 3 })).toBe(4);
      await upload.commit(digestOf("abcd"));
    });

    test.each([
      ["longer", "defgh"],
      ["shorter", "d"],
    ])("a piece that is %s than announced is refused and changes nothing", async (_which, piece) => {
      const repository = fresh();
      const upload = await get().blobs.upload(repository);
      await upload.append(text("abc"));
      await expect(upload.append(text(piece), { length: 2 })).rejects.toEqual(code("BLOB_UPLOAD_INVALID"));
      expect((await get().blobs.upload(repository, { id: upload.id })).size).toBe(3);
      await upload.append(text("de"), { length: 2 });
      await upload.commit(digestOf("abcde"));
    });

    test("a body that breaks off leaves an upload that can be continued where it says it stands", async () => {
      const repository = fresh();
      const bytes = noise("breaks off", 200_000);
      const upload = await get().blobs.upload(repository);
      const breaking = Readable.from(
        (async function* () {
          yield bytes.subarray(0, 150_000);
          throw new Error("the client went away");
        })(),
      );
      await expect(upload.append(breaking)).rejects.toThrow();
      const resumed = await get().blobs.upload(repository, { id: upload.id });
      expect(resumed.size).toBeLessThanOrEqual(150_000);
      await resumed.append(Readable.from([bytes.subarray(resumed.size)]), { offset: resumed.size });
      await resumed.commit(digestOf(bytes));
    });

    test("a digest that does not fit ends the upload", async () => {
      const repository = fresh();
      const upload = await get().blobs.upload(repository);
      await upload.append(text("what came"));
      await expect(upload.commit(digestOf("what was meant"))).rejects.toEqual(code("DIGEST_INVALID"));
      await expect(get().blobs.upload(repository, { id: upload.id })).rejects.toEqual(code("BLOB_UPLOAD_UNKNOWN"));
      const missing = code(lacks("reasons of HEAD") ? "BLOB_UNKNOWN" : "NAME_UNKNOWN");
      await expect(get().blobs.head({ repository, digest: digestOf("what came") })).rejects.toEqual(missing);
    });

    test("a finished and a cancelled upload are unknown", async () => {
      const repository = fresh();
      const finished = await get().blobs.upload(repository);
      await finished.commit(digestOf(""));
      const cancelled = await get().blobs.upload(repository);
      await cancelled.append(text("abc"));
      await cancelled.cancel();
      for (const { id } of [finished, cancelled]) {
        await expect(get().blobs.upload(repository, { id })).rejects.toEqual(code("BLOB_UPLOAD_UNKNOWN"));
      }
    });

    test("nobody finds an upload through another repository, as another principal, or by a made-up id", async () => {
      const [repository, other] = [fresh(), fresh()];
      await pushBlob(get(), other, noise("exists", 10));
      const { id } = await get().blobs.upload(repository, { principal: 7 });
      const unknown = code("BLOB_UPLOAD_UNKNOWN");
      await expect(get().blobs.upload(other, { id, principal: 7 })).rejects.toEqual(unknown);
      await expect(get().blobs.upload(repository, { id, principal: 8 })).rejects.toEqual(unknown);
      await expect(get().blobs.upload(repository, { id: "../../etc/passwd", principal: 7 })).rejects.toEqual(unknown);
      await expect(get().blobs.upload(repository, { id: id.toUpperCase(), principal: 7 })).rejects.toEqual(unknown);
      expect((await get().blobs.upload(repository, { id, principal: 7 })).size).toBe(0);
    });

    test("a second writer is refused while the first one writes", async () => {
      const repository = fresh();
      const first = await get().blobs.upload(repository);
      const second = await get().blobs.upload(repository, { id: first.id });
      const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
      const { promise: goOn, resolve: onGoOn } = Promise.withResolvers<void>();
      const slow = Readable.from(
        (async function* () {
          onAsked();
          await goOn;
          yield Buffer.from("first");
        })(),
      );
      const writing = first.append(slow);
      await asked;
      await expect(second.append(text("second"))).rejects.toEqual(code("CONFLICT"));
      await expect(second.commit(digestOf("first"))).rejects.toEqual(code("CONFLICT"));
      onGoOn();
      expect(await writing).toBe(5);
      await second.commit(digestOf("first"));
    });

    test("an upload alone does not make a repository", async () => {
      const repository = fresh();
      const upload = await get().blobs.upload(repository);
      await expect(get().tags(repository, { limit: 10 })).rejects.toEqual(code("NAME_UNKNOWN"));
      await upload.commit(digestOf(""));
      const tags = get().tags(repository, { limit: 10 });
      if (lacks("repositories without tags")) await expect(tags).rejects.toEqual(code("NAME_UNKNOWN"));
      else expect(await tags).toEqual({ items: [], more: false });
    });
  });
}

export function mounts({ get, lacks }: Subject): void {
  describe("mounting", () => {
    test("a blob is linked from the named repository", async () => {
      const [from, to] = [fresh(), fresh()];
      const bytes = noise("linked", 100);
      const digest = await pushBlob(get(), from, bytes);
      expect(await get().blobs.mount({ repository: to, digest }, from, anyone)).toEqual({ digest, size: 100 });
      const blob = await get().blobs.get({ repository: to, digest });
      expect((await readAll(await blob.open())).equals(bytes)).toBe(true);
      await get().blobs.delete({ repository: from, digest });
      expect(await get().blobs.head({ repository: to, digest })).toEqual({ digest, size: 100 });
    });

    test("without a name it is linked from a repository that the caller may pull, and from no other", async () => {
      const [from, to] = [fresh(), fresh()];
      const digest = await pushBlob(get(), from, noise("anonymous mount", 100));
      expect(await get().blobs.mount({ repository: to, digest }, undefined, nobody)).toBeUndefined();
      const mounted = await get().blobs.mount({ repository: to, digest }, undefined, (name) => name === from);
      expect(mounted).toEqual(lacks("mounts from anywhere") ? undefined : { digest, size: 100 });
    });

    test("what cannot be linked leaves no trace", async () => {
      const [from, to] = [fresh(), fresh()];
      const digest = digestOf("nobody has this");
      await pushBlob(get(), from, noise("something", 10));
      expect(await get().blobs.mount({ repository: to, digest }, from, anyone)).toBeUndefined();
      expect(await get().blobs.mount({ repository: to, digest }, fresh(), anyone)).toBeUndefined();
      expect(await get().blobs.mount({ repository: to, digest }, undefined, anyone)).toBeUndefined();
      await expect(get().tags(to, { limit: 1 })).rejects.toEqual(code("NAME_UNKNOWN"));
    });

    test("mounts and deletes of the same blob at once leave it visible or not, and never half", async () => {
      const from = fresh();
      const digest = await pushBlob(get(), from, noise("mounted and deleted", 1000));
      const targets = Array.from({ length: 10 }, fresh);
      await Promise.all(
        targets.map(async (repository) => {
          expect(await get().blobs.mount({ repository, digest }, from, anyone)).toBeDefined();
          await get().blobs.delete({ repository, digest });
        }),
      );
      for (const repository of targets) {
        await expect(get().blobs.head({ repository, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
        expect(await get().blobs.mount({ repository, digest }, from, anyone)).toEqual({ digest, size: 1000 });
      }
    });
  });
}
