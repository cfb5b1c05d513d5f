import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushBlob, pushImage, readAll } from "../../test/contract/pushing.ts";
import { registryContract } from "../../test/contract/registry.ts";
import { recount } from "../../test/contract/recount.ts";
import { blobsOf, image, index, noise, raw, type Image } from "../../test/image.ts";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import { digestOf } from "../oci/digest.ts";
import { ociManifest } from "../oci/media-types.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import type { BlobStore } from "../store/blob-store.ts";
import { openDiskBlobs } from "../store/blobs-disk.ts";
import { createCatalogue } from "../store/catalogue.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { createUploads } from "../store/uploads.ts";
import { createLocalRegistry } from "./local.ts";

const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "hythe-registry-"));

async function build(db: Database, blobs: BlobStore): Promise<Registry> {
  const catalogue = createCatalogue(db, Date.now);
  return createLocalRegistry({ catalogue, blobs, uploads: createUploads({ db, blobs, now: Date.now }) });
}

describe.each(databases)("$name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    registryContract("the local registry", async () => {
      const opened = await open();
      const folder = temporaryFolder();
      return {
        registry: await build(opened.db, await openDiskBlobs(folder)),
        async close() {
          const mistakes = await recount(opened.db);
          await opened.close();
          rmSync(folder, { recursive: true });
          if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
        },
      };
    });

    describe("two processes on the same data", () => {
      let opened: TestDatabase;
      let other: Database;
      let folder: string;
      let blobs: BlobStore;
      let registries: Registry[];
      const any = (i: number): Registry => registries[i % registries.length]!;
      beforeAll(async () => {
        opened = await open();
        other = await openDatabase(opened.options);
        folder = temporaryFolder();
        blobs = await openDiskBlobs(folder);
        registries = [await build(opened.db, blobs), await build(other, await openDiskBlobs(folder))];
      });
      afterAll(async () => {
        await other?.close();
        await opened?.close();
        rmSync(folder, { recursive: true });
      });
      const expectInOrder = async (): Promise<void> => {
        const rows = await opened.db.query.selectFrom("blob").select(["key", "size"]).where("state", "=", "present").execute();
        const files = (await Array.fromAsync(blobs.list())).map(({ key, size }) => ({ key, size }));
        const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
        expect(files.toSorted(byKey)).toEqual(rows.toSorted(byKey));
        expect(await Array.fromAsync(blobs.staged())).toEqual([]);
        expect(await opened.db.query.selectFrom("upload").selectAll().execute()).toEqual([]);
        expect(await recount(opened.db)).toEqual([]);
      };

      test("a hundred pushes of the same blob leave one file, one row and no upload", async () => {
        const bytes = noise("pushed a hundred times", 100_000);
        const names = ["a", "b", "c"] as RepositoryName[];
        await Promise.all(Array.from({ length: 100 }, (_, i) => pushBlob(any(i), names[i % 3]!, bytes)));
        for (const repository of names) {
          const blob = await any(1).blobs.get({ repository, digest: digestOf(bytes) });
          expect((await readAll(await blob.open())).equals(bytes)).toBe(true);
        }
        expect(await Array.fromAsync(blobs.list())).toHaveLength(1);
        await expectInOrder();
      });

      test("whole images that are pushed, tagged, mounted and deleted at once leave every tag with a whole image", async () => {
        const images = ["x", "y", "z"].map((layer) => image({ layers: ["base", layer] }));
        const whole = index(images.slice(0, 2));
        const repository = "busy" as RepositoryName;
        const tags = ["v1", "v2", "latest"] as Tag[];
        const work = (i: number): Promise<unknown> => {
          const registry = any(i);
          const tag = tags[i % tags.length]!;
          if (i % 5 === 4) return registry.manifests.delete({ repository, tag });
          if (i % 7 === 6) return registry.manifests.delete({ repository, digest: images[i % 3]!.digest });
          if (i % 11 === 10) return registry.blobs.delete({ repository, digest: images[i % 3]!.blobs[1]!.digest });
          const pushed: Image = i % 4 === 0 ? whole : images[i % 3]!;
          return pushImage(registry, repository, pushed, tag);
        };
        const results = await Promise.allSettled(Array.from({ length: 60 }, (_, i) => work(i)));
        for (const result of results) {
          if (result.status === "rejected") expect(result.reason).toMatchObject({ name: "RegistryError" });
        }
        for (const tag of (await any(0).tags(repository, { limit: 10 })).items) {
          const { digest } = await any(1).manifests.get({ repository, tag });
          const found = [whole, ...images].find((candidate) => candidate.digest === digest)!;
          const own = found === whole ? [] : blobsOf(found);
          for (const blob of own) expect(await any(1).blobs.head({ repository, digest: blob.digest })).toBeDefined();
        }
        await expectInOrder();
      });

      test("an upload that one process began is finished by the other", async () => {
        const repository = "handed/over" as RepositoryName;
        const bytes = noise("handed over", 50_000);
        const { id } = await any(0).blobs.upload(repository);
        for (let i = 0; i < 5; i++) {
          const upload = await any(i).blobs.upload(repository, { id });
          expect(upload.size).toBe(i * 10_000);
          await upload.append(Readable.from([bytes.subarray(i * 10_000, (i + 1) * 10_000)]), { offset: i * 10_000 });
        }
        await (await any(1).blobs.upload(repository, { id })).commit(digestOf(bytes));
        expect(await any(0).blobs.head({ repository, digest: digestOf(bytes) })).toMatchObject({ size: 50_000 });
        await expectInOrder();
      });
    });
  });
});

describe("the platforms of an image", () => {
  const platformsOf = async (config: string, mediaType = "application/vnd.oci.image.config.v1+json"): Promise<string> => {
    const opened = await databases[0].open();
    const folder = temporaryFolder();
    try {
      const registry = await build(opened.db, await openDiskBlobs(folder));
      const repository = "platforms" as RepositoryName;
      const { digest, bytes } = raw(mediaType, Buffer.from(config));
      await pushBlob(registry, repository, bytes);
      const manifest = {
        schemaVersion: 2,
        mediaType: ociManifest,
        config: { mediaType, digest, size: bytes.length },
        layers: [],
      };
      await registry.manifests.put({ repository, tag: "v1" as Tag }, Buffer.from(JSON.stringify(manifest)), ociManifest);
      return (await opened.db.query.selectFrom("manifest").select("platforms").executeTakeFirstOrThrow()).platforms;
    } finally {
      await opened.close();
      rmSync(folder, { recursive: true });
    }
  };

  test.each([
    ["os and architecture", '{"os":"linux","architecture":"amd64"}', '["linux/amd64"]'],
    ["a variant", '{"os":"linux","architecture":"arm","variant":"v7"}', '["linux/arm/v7"]'],
    ["an empty variant", '{"os":"linux","architecture":"arm","variant":""}', '["linux/arm"]'],
    ["no architecture", '{"os":"linux"}', "[]"],
    ["words with slashes", '{"os":"linux/x","architecture":"amd64"}', "[]"],
    ["something that is no text", '{"os":1,"architecture":{}}', "[]"],
    ["null", "null", "[]"],
    ["no JSON", "not JSON", "[]"],
    ["far too much", `{"os":"linux","architecture":"amd64","x":"${"x".repeat(1024 * 1024)}"}`, "[]"],
  ])("come from a config with %s", async (_what, config, expected) => {
    expect(await platformsOf(config)).toBe(expected);
  });

  test("are unknown when the config is of another type", async () => {
    expect(await platformsOf('{"os":"linux","architecture":"amd64"}', "application/vnd.cncf.helm.config.v1+json")).toBe("[]");
  });
});
