import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { digestOf, type Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { BlobStore } from "./blob-store.ts";
import { openDiskBlobs } from "./blobs-disk.ts";
import { openDatabase, type Database } from "./database.ts";
import { UploadLeases } from "./upload-leases.ts";
import type { StagedUpload } from "./upload-staged.ts";
import { createUploads, type Uploads } from "./uploads.ts";

const code = (expected: string) => expect.objectContaining({ name: "RegistryError", code: expected });
const body = (text: string): Readable => Readable.from([Buffer.from(text)]);
const repository = "some/where" as RepositoryName;

/** A body that gives one piece and then waits: `started` when the piece was taken, `go` lets it end. */
function slowBody(text: string): { stream: Readable; started: Promise<void>; go: (more?: string) => void } {
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<string>();
  const stream = Readable.from(
    (async function* () {
      yield Buffer.from(text);
      started.resolve();
      const more = await go.promise;
      if (more !== "") yield Buffer.from(more);
    })(),
    { highWaterMark: 1 },
  );
  return { stream, started: started.promise, go: (more = "") => go.resolve(more) };
}

describe.each(databases)("uploads on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let other: Database;
    let folder: string;
    let blobs: BlobStore;
    let now = Date.UTC(2026, 0, 1);
    const waits: number[] = [];
    /** As a process of its own: nothing is shared but database and folder. */
    const instance = (db: Database = opened.db, options: object = {}): Uploads =>
      createUploads({
        db,
        blobs,
        now: () => now,
        leaseMs: 5000,
        wait: async (ms) => {
          waits.push(ms);
          now += ms;
        },
        ...options,
      });
    /** Ends the upload without a catalogue; the committed bytes are read back. */
    const finish = (upload: StagedUpload, digest: Digest): Promise<string> =>
      upload.finish(digest, async ({ size, store, upload: { id } }) => {
        const key = await store();
        await opened.db.transaction((tx) => tx.deleteFrom("upload").where("id", "=", id).execute());
        return Buffer.concat(await (await blobs.open(key, size)).toArray()).toString();
      });
    const stagedIds = async () => (await Array.fromAsync(blobs.staged())).map(({ id }) => id);

    beforeAll(async () => {
      opened = await open();
      other = await openDatabase(opened.options);
      folder = mkdtempSync(join(tmpdir(), "hythe-uploads-"));
      blobs = await openDiskBlobs(folder);
    });
    afterAll(async () => {
      await other?.close();
      await opened?.close();
      rmSync(folder, { recursive: true });
    });

    test("after a restart an upload goes on where the bytes end", async () => {
      const { id } = await instance().start(repository, 0);
      await (await instance().find(repository, 0, id)).append(body("before "));
      const upload = await instance(other).find(repository, 0, id);
      expect(upload.size).toBe(7);
      expect(await upload.append(body("after"), { offset: 7 })).toBe(12);
      expect(await finish(await instance().find(repository, 0, id), digestOf("before after"))).toBe("before after");
    });

    test("a hash that was kept is not believed when the bytes are others", async () => {
      const first = instance();
      const { id } = await first.start(repository, 0);
      await (await first.find(repository, 0, id)).append(body("one "));
      await (await instance(other).find(repository, 0, id)).append(body("two "));
      const upload = await first.find(repository, 0, id);
      await upload.append(body("three"));
      expect(await finish(upload, digestOf("one two three"))).toBe("one two three");
    });

    test("many uploads at once are right though few hashes are kept", async () => {
      const uploads = instance(opened.db, { maxHashes: 2 });
      const started = await Promise.all(Array.from({ length: 10 }, () => uploads.start(repository, 0)));
      for (const piece of ["a", "b", "c"]) {
        for (const [i, { id }] of started.entries()) await (await uploads.find(repository, 0, id)).append(body(`${piece}${i}`));
      }
      for (const [i, { id }] of started.entries()) {
        const text = `a${i}b${i}c${i}`;
        expect(await finish(await uploads.find(repository, 0, id), digestOf(text))).toBe(text);
      }
    });

    test("a writer in another process is waited for, once, and then refused", async () => {
      const { id } = await instance().start(repository, 0);
      const slow = slowBody("slow");
      const writing = (await instance().find(repository, 0, id)).append(slow.stream);
      await slow.started;
      const second = await instance(other, {
        wait: async (ms: number) => {
          expect(ms).toBeGreaterThan(0);
          // Bytes keep coming: the first writer moves its lease on.
          now += 4000;
          slow.go(" and steady");
          await writing;
        },
      }).find(repository, 0, id);
      expect(await second.append(body("!"))).toBe(16);
      expect(await finish(second, digestOf("slow and steady!"))).toBe("slow and steady!");
    });

    test("a writer that stands still is replaced, and what it sends later is not part of the upload", async () => {
      const { id } = await instance().start(repository, 0);
      const stuck = slowBody("stuck");
      const first = instance();
      const writing = (await first.find(repository, 0, id)).append(stuck.stream);
      await stuck.started;
      waits.length = 0;
      const second = await instance(other).find(repository, 0, id);
      const stands = second.size;
      await second.append(body("fresh"));
      expect(waits).toEqual([5000]);
      stuck.go(" woke up");
      await expect(writing).rejects.toEqual(code("CONFLICT"));
      const text = "stuck".slice(0, stands) + "fresh";
      expect(await finish(await first.find(repository, 0, id), digestOf(text))).toBe(text);
    });

    test("a process that was killed keeps others out for one lease at most", async () => {
      const { id } = await instance().start(repository, 0);
      await opened.db.transaction((tx) =>
        tx
          .updateTable("upload")
          .set({ writer_token: "of a dead process", writer_until_ms: now + 5000 })
          .where("id", "=", id)
          .execute(),
      );
      waits.length = 0;
      const upload = await instance().find(repository, 0, id);
      await upload.append(body("alive"));
      expect(waits).toEqual([5000]);
      await upload.cancel();
    });

    test("the lease is kept while the disk takes longer than it lasts", async () => {
      const upload = await instance().start(repository, 0);
      const leases = new UploadLeases({ db: opened.db, now: Date.now, leaseMs: 60 });
      const until = async (): Promise<number> => {
        const row = opened.db.query.selectFrom("upload").select("writer_until_ms").where("id", "=", upload.id);
        return (await row.executeTakeFirstOrThrow()).writer_until_ms;
      };
      const lease = await leases.acquire(upload.id);
      const first = await until();
      await leases.during(lease, async () => {
        while ((await until()) === first) await new Promise((resolve) => setImmediate(resolve));
      });
      await expect(leases.release(lease)).resolves.toBeUndefined();
      await upload.cancel();
    });

    test("a body that was refused is left to its owner, who may still answer on its socket", async () => {
      const upload = await instance().start(repository, 0);
      const source = body("too long");
      await expect(upload.append(source, { length: 3 })).rejects.toEqual(code("BLOB_UPLOAD_INVALID"));
      expect(source.destroyed).toBe(false);
      await expect(upload.append(source, { offset: 9 })).rejects.toEqual(code("BLOB_UPLOAD_INVALID"));
      expect(source.destroyed).toBe(false);
      await upload.cancel();
    });

    test("a failed commit leaves an upload that can be committed", async () => {
      const upload = await instance().start(repository, 0);
      await upload.append(body("again"));
      const failing = upload.finish(digestOf("again"), async () => {
        throw new Error("the database is away");
      });
      await expect(failing).rejects.toThrow("the database is away");
      expect(await finish(await instance().find(repository, 0, upload.id), digestOf("again"))).toBe("again");
    });

    test("one principal cannot keep more uploads open than allowed", async () => {
      const uploads = instance(opened.db, { maxPerPrincipal: 3 });
      const started = await Promise.all([1, 2, 3].map(() => uploads.start(repository, 42)));
      await expect(uploads.start(repository, 42)).rejects.toEqual(code("TOOMANYREQUESTS"));
      await (await uploads.start(repository, 43)).cancel();
      await started[0]!.cancel();
      await (await uploads.start(repository, 42)).cancel();
      for (const upload of started.slice(1)) await upload.cancel();
    });

    test("the sweep removes what nobody touched, and nothing else", async () => {
      const uploads = instance();
      const lonely = "never/pushed/to" as RepositoryName;
      const old = await uploads.start(lonely, 0);
      await old.append(body("old"));
      const writing = await uploads.start(repository, 0);
      const slow = slowBody("in use");
      const append = writing.append(slow.stream);
      await slow.started;
      await opened.db.transaction((tx) =>
        tx
          .updateTable("upload")
          .set({ writer_until_ms: now + 10_000_000 })
          .where("id", "=", writing.id)
          .execute(),
      );
      const stray = crypto.randomUUID();
      await blobs.create(stray);
      now += 3_600_000;
      const young = await uploads.start(repository, 0);
      expect((await stagedIds()).toSorted()).toEqual([old.id, writing.id, young.id, stray].toSorted());

      // Times of staged bytes are the clock of the disk, far ahead of the one of this test.
      expect(await uploads.sweep({ before: now, limit: 100 })).toBe(1);
      await expect(uploads.find(lonely, 0, old.id)).rejects.toEqual(code("BLOB_UPLOAD_UNKNOWN"));
      expect((await stagedIds()).toSorted()).toEqual([writing.id, young.id, stray].toSorted());
      const names = await opened.db.query.selectFrom("repository").select("name").execute();
      expect(names.map(({ name }) => name)).toEqual([repository]);
      expect(await uploads.sweep({ before: Date.now() + 1000, limit: 0 })).toBe(0);

      now = Math.max(now, Date.now());
      slow.go();
      await append;
      const later = await uploads.start(repository, 0);
      for (const upload of [writing, young]) {
        await opened.db.transaction((tx) =>
          tx
            .updateTable("upload")
            .set({ touched_ms: now - 1 })
            .where("id", "=", upload.id)
            .execute(),
        );
      }
      expect(await uploads.sweep({ before: now, limit: 1 })).toBe(1);
      expect(await uploads.sweep({ before: now, limit: 100 })).toBeGreaterThanOrEqual(1);
      expect(await stagedIds()).toContain(later.id);
      await later.cancel();
    });
  });
});
