// What every Registry promises (src/oci/registry.ts): run on the local one, the one in memory and the client. Each test has
// repositories of its own, so one registry serves them all.

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf, type Digest } from "../../src/oci/digest.ts";
import { ociIndex, ociManifest } from "../../src/oci/media-types.ts";
import type { RepositoryName, Tag } from "../../src/oci/reference.ts";
import type { Registry } from "../../src/oci/registry.ts";
import { blobsOf, image, index, manifestsOf, noise, raw, type Content, type Image } from "../image.ts";

export interface OpenRegistry {
  readonly registry: Registry;
  close(): Promise<void>;
}

const anyone = (): boolean => true;
const nobody = (): boolean => false;
const tag = (text: string): Tag => text as Tag;
let repositories = 0;
/** A name that no other test uses; it sorts behind the ones before. */
const fresh = (): RepositoryName => `contract/r${String(++repositories).padStart(6, "0")}` as RepositoryName;
const text = (content: string): Readable => Readable.from([Buffer.from(content)]);
const code = (expected: string) => expect.objectContaining({ name: "RegistryError", code: expected });

export async function readAll(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

export async function pushBlob(registry: Registry, repository: RepositoryName, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  const upload = await registry.blobs.upload(repository);
  await upload.append(Readable.from([bytes]));
  await upload.commit(digest);
  return digest;
}

/** Blobs, then children by digest, then the image under each of `tags`. */
export async function pushImage(registry: Registry, repository: RepositoryName, whole: Image, ...tags: string[]): Promise<void> {
  for (const blob of blobsOf(whole)) await pushBlob(registry, repository, blob.bytes);
  for (const part of manifestsOf(whole)) {
    if (part !== whole) await registry.manifests.put({ repository, digest: part.digest }, part.bytes, part.mediaType);
  }
  await registry.manifests.put({ repository, digest: whole.digest }, whole.bytes, whole.mediaType, { tags: tags.map(tag) });
}

function manifest(value: object, mediaType = ociManifest): Content {
  return raw(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value })));
}

const describeContent = ({ mediaType, digest, bytes }: Content) => ({ mediaType, digest, size: bytes.length });

export function registryContract(name: string, open: () => Promise<OpenRegistry>): void {
  describe(name, () => {
    let opened: OpenRegistry;
    let registry: Registry;
    beforeAll(async () => {
      opened = await open();
      registry = opened.registry;
    });
    afterAll(() => opened?.close());

    blobs(() => registry);
    uploads(() => registry);
    mounts(() => registry);
    manifests(() => registry);
    conditions(() => registry);
    deletes(() => registry);
    lists(() => registry);
    referrers(() => registry);
  });
}

function blobs(get: () => Registry): void {
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
      await expect(get().blobs.head({ repository, digest: digestOf(bytes) })).rejects.toEqual(code("BLOB_UNKNOWN"));
    });

    test("an unknown repository and an unknown blob are told apart", async () => {
      const repository = fresh();
      const digest = digestOf("nobody pushed this");
      await expect(get().blobs.head({ repository, digest })).rejects.toEqual(code("NAME_UNKNOWN"));
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

function uploads(get: () => Registry): void {
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
      await expect(get().blobs.head({ repository, digest: digestOf("what came") })).rejects.toEqual(code("NAME_UNKNOWN"));
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
      expect(await get().tags(repository, { limit: 10 })).toEqual({ items: [], more: false });
    });
  });
}

function mounts(get: () => Registry): void {
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
      expect(await get().blobs.mount({ repository: to, digest }, undefined, (name) => name === from)).toEqual({
        digest,
        size: 100,
      });
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

function manifests(get: () => Registry): void {
  const push = (repository: RepositoryName, content: Content) =>
    get().manifests.put({ repository, digest: content.digest }, content.bytes, content.mediaType);

  describe("manifests", () => {
    test("the exact bytes come back, by tag and by digest, with the type they were pushed as", async () => {
      const repository = fresh();
      for (const types of ["oci", "docker"] as const) {
        const whole = index([image({ types }), image({ types, platform: "linux/arm64" })], types);
        await pushImage(get(), repository, whole, types);
        for (const part of manifestsOf(whole)) {
          const facts = describeContent(part);
          expect(await get().manifests.head({ repository, digest: part.digest })).toMatchObject(facts);
          const stored = await get().manifests.get({ repository, digest: part.digest });
          expect(stored).toMatchObject(facts);
          expect(Buffer.from(stored.bytes).equals(part.bytes)).toBe(true);
        }
        const tagged = await get().manifests.get({ repository, tag: tag(types) });
        expect(tagged.digest).toBe(whole.digest);
        expect(await get().manifests.head({ repository, tag: tag(types) })).toMatchObject(describeContent(whole));
      }
    });

    test("a manifest put by tag gets its sha256, and says what its subject is", async () => {
      const repository = fresh();
      const subject = image({ layers: ["subject"] });
      const referrer = image({ layers: ["referrer"], subject });
      for (const blob of blobsOf(referrer)) await pushBlob(get(), repository, blob.bytes);
      const put = await get().manifests.put({ repository, tag: tag("v1") }, referrer.bytes, referrer.mediaType);
      expect(put).toEqual({ digest: referrer.digest, subject: subject.digest });
    });

    test("tags put along with a digest point at that digest, also at a sha512", async () => {
      const repository = fresh();
      const whole = image({ layers: ["more tags"] });
      for (const blob of blobsOf(whole)) await pushBlob(get(), repository, blob.bytes);
      const digest = digestOf(whole.bytes, "sha512");
      await get().manifests.put({ repository, digest }, whole.bytes, whole.mediaType, { tags: ["a", "b"].map(tag) });
      for (const name of ["a", "b"]) {
        expect((await get().manifests.head({ repository, tag: tag(name) })).digest).toBe(digest);
      }
      await expect(get().manifests.head({ repository, digest: whole.digest })).rejects.toEqual(code("MANIFEST_UNKNOWN"));
    });

    test("bytes that do not have the digest are refused", async () => {
      const repository = fresh();
      const whole = image({ layers: ["altered"] });
      for (const blob of blobsOf(whole)) await pushBlob(get(), repository, blob.bytes);
      const altered = Buffer.concat([whole.bytes, Buffer.from(" ")]);
      const put = get().manifests.put({ repository, digest: whole.digest }, altered, whole.mediaType);
      await expect(put).rejects.toEqual(code("DIGEST_INVALID"));
    });

    test("content that the repository does not have is refused, named one by one", async () => {
      const [repository, other] = [fresh(), fresh()];
      const whole = image({ layers: ["x", "y"] });
      await pushImage(get(), other, whole, "v1");
      const [config, x, y] = whole.blobs;
      await pushBlob(get(), repository, config!.bytes);
      await expect(push(repository, whole)).rejects.toMatchObject({
        code: "MANIFEST_BLOB_UNKNOWN",
        detail: expect.arrayContaining([x, y].map((blob) => ({ digest: blob!.digest }))),
      });
      const many = index([whole]);
      await expect(push(repository, many)).rejects.toMatchObject({
        code: "MANIFEST_BLOB_UNKNOWN",
        detail: [{ digest: whole.digest }],
      });
    });

    test("a descriptor must tell the size that the content has", async () => {
      const repository = fresh();
      const whole = image({ layers: ["sizes"] });
      await pushImage(get(), repository, whole, "v1");
      const [config, layer] = whole.blobs.map(describeContent);
      const wrong = manifest({ config, layers: [{ ...layer, size: layer!.size + 1 }] });
      await expect(push(repository, wrong)).rejects.toEqual(code("MANIFEST_INVALID"));
      const child = { ...describeContent(whole), size: whole.bytes.length + 1 };
      await expect(push(repository, manifest({ manifests: [child] }, ociIndex))).rejects.toEqual(code("MANIFEST_INVALID"));
    });

    test("foreign layers need not be here, and an index may hold layers", async () => {
      const repository = fresh();
      const [config, layer] = image({ layers: ["foreign"] }).blobs;
      await pushBlob(get(), repository, config!.bytes);
      const foreign = {
        ...describeContent(raw("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", Buffer.from("far away"))),
        urls: ["https://example.com/layer"],
      };
      const windows = manifest({ config: describeContent(config!), layers: [foreign] });
      expect(await push(repository, windows)).toMatchObject({ digest: windows.digest });
      await expect(get().blobs.head({ repository, digest: foreign.digest })).rejects.toEqual(code("BLOB_UNKNOWN"));

      const cache = manifest({ manifests: [describeContent(layer!)] }, ociIndex);
      await expect(push(repository, cache)).rejects.toEqual(code("MANIFEST_BLOB_UNKNOWN"));
      await pushBlob(get(), repository, layer!.bytes);
      expect(await push(repository, cache)).toMatchObject({ digest: cache.digest });
    });

    test("an image without layers, with the same layer twice, and an index without images are fine", async () => {
      const repository = fresh();
      const [config, layer] = image({ layers: ["twice"] }).blobs;
      for (const blob of [config, layer]) await pushBlob(get(), repository, blob!.bytes);
      const layers = [layer!, layer!, config!].map(describeContent);
      for (const content of [
        manifest({ config: describeContent(config!), layers: [] }),
        manifest({ config: describeContent(config!), layers }),
        manifest({ manifests: [] }, ociIndex),
      ]) {
        await push(repository, content);
        expect((await get().manifests.get({ repository, digest: content.digest })).size).toBe(content.bytes.length);
      }
    });

    test("a body that is no manifest is refused", async () => {
      const bytes = Buffer.from("{}");
      const put = get().manifests.put({ repository: fresh(), tag: tag("v1") }, bytes, ociManifest);
      await expect(put).rejects.toEqual(code("MANIFEST_INVALID"));
    });

    test("an unknown repository and an unknown manifest are told apart", async () => {
      const repository = fresh();
      for (const reference of [
        { repository, tag: tag("v1") },
        { repository, digest: digestOf("unknown") },
      ] as const) {
        await expect(get().manifests.get(reference)).rejects.toEqual(code("NAME_UNKNOWN"));
        await expect(get().manifests.delete(reference)).rejects.toEqual(code("NAME_UNKNOWN"));
      }
      await pushImage(get(), repository, image({ layers: ["known"] }), "known");
      for (const reference of [
        { repository, tag: tag("v1") },
        { repository, digest: digestOf("unknown") },
      ] as const) {
        await expect(get().manifests.get(reference)).rejects.toEqual(code("MANIFEST_UNKNOWN"));
        await expect(get().manifests.head(reference)).rejects.toEqual(code("MANIFEST_UNKNOWN"));
        await expect(get().manifests.delete(reference)).rejects.toEqual(code("MANIFEST_UNKNOWN"));
      }
    });

    test("racing puts of the same manifest under many tags all succeed", async () => {
      const repository = fresh();
      const whole = image({ layers: ["raced"] });
      for (const blob of blobsOf(whole)) await pushBlob(get(), repository, blob.bytes);
      const names = Array.from({ length: 20 }, (_, i) => tag(`t${10 + i}`));
      await Promise.all(names.map((name) => get().manifests.put({ repository, tag: name }, whole.bytes, whole.mediaType)));
      expect(await get().tags(repository, { limit: 100 })).toEqual({ items: names, more: false });
    });

    test("a tag that many move at once ends at one of them", async () => {
      const repository = fresh();
      const images = ["a", "b", "c", "d"].map((layer) => image({ layers: [layer] }));
      for (const whole of images) await pushImage(get(), repository, whole);
      await Promise.all(
        Array.from({ length: 24 }, (_, i) => {
          const { bytes, mediaType } = images[i % images.length]!;
          return get().manifests.put({ repository, tag: tag("latest") }, bytes, mediaType);
        }),
      );
      const { digest } = await get().manifests.get({ repository, tag: tag("latest") });
      expect(images.map((whole) => whole.digest)).toContain(digest);
      expect((await get().tags(repository, { limit: 10 })).items).toEqual(["latest"]);
    });
  });
}

function conditions(get: () => Registry): void {
  describe("conditions", () => {
    const [a, b] = [image({ layers: ["a"] }), image({ layers: ["b"] })];
    const refused = code("PRECONDITION_FAILED");

    test("a tag is put only where nothing is, or where it points at what the caller saw", async () => {
      const repository = fresh();
      const reference = { repository, tag: tag("v1") };
      await pushImage(get(), repository, a);
      await pushImage(get(), repository, b);
      const put = (whole: Image, options: object) => get().manifests.put(reference, whole.bytes, whole.mediaType, options);
      await expect(put(a, { ifMatch: [a.digest] })).rejects.toEqual(refused);
      await put(a, { ifNoneMatch: true });
      await expect(put(b, { ifNoneMatch: true })).rejects.toEqual(refused);
      await expect(put(b, { ifMatch: [b.digest] })).rejects.toEqual(refused);
      await put(b, { ifMatch: [b.digest, a.digest] });
      expect((await get().manifests.head(reference)).digest).toBe(b.digest);
    });

    test("a digest is put only when it is new, or known", async () => {
      const repository = fresh();
      const reference = { repository, digest: a.digest };
      const put = (options: object) => get().manifests.put(reference, a.bytes, a.mediaType, options);
      for (const blob of blobsOf(a)) await pushBlob(get(), repository, blob.bytes);
      await expect(put({ ifMatch: [a.digest] })).rejects.toEqual(refused);
      await put({ ifNoneMatch: true });
      await expect(put({ ifNoneMatch: true })).rejects.toEqual(refused);
      await put({ ifMatch: [a.digest] });
    });

    test("a delete under a condition spares what has changed", async () => {
      const repository = fresh();
      await pushImage(get(), repository, a, "v1");
      const reference = { repository, tag: tag("v1") };
      await expect(get().manifests.delete(reference, { ifMatch: [b.digest] })).rejects.toEqual(refused);
      expect((await get().manifests.head(reference)).digest).toBe(a.digest);
      await get().manifests.delete(reference, { ifMatch: [a.digest] });
      await expect(get().manifests.head(reference)).rejects.toEqual(code("MANIFEST_UNKNOWN"));
    });

    test("of many who create the same tag at once exactly one succeeds", async () => {
      const repository = fresh();
      await pushImage(get(), repository, a);
      const reference = { repository, tag: tag("once") };
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => get().manifests.put(reference, a.bytes, a.mediaType, { ifNoneMatch: true })),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });
  });
}

function deletes(get: () => Registry): void {
  describe("deleting", () => {
    const unknown = code("MANIFEST_UNKNOWN");

    test("a deleted tag leaves its manifest and the other tags", async () => {
      const repository = fresh();
      const whole = image({ layers: ["tags"] });
      await pushImage(get(), repository, whole, "a", "b");
      await get().manifests.delete({ repository, tag: tag("a") });
      await expect(get().manifests.get({ repository, tag: tag("a") })).rejects.toEqual(unknown);
      expect((await get().manifests.head({ repository, tag: tag("b") })).digest).toBe(whole.digest);
      expect((await get().manifests.head({ repository, digest: whole.digest })).digest).toBe(whole.digest);
    });

    test("a deleted manifest takes every tag on it along, and its children stay", async () => {
      const repository = fresh();
      const child = image({ layers: ["child"] });
      const whole = index([child]);
      await pushImage(get(), repository, whole, "a", "b");
      await get().manifests.delete({ repository, digest: whole.digest });
      for (const name of ["a", "b"]) await expect(get().manifests.get({ repository, tag: tag(name) })).rejects.toEqual(unknown);
      await expect(get().manifests.head({ repository, digest: whole.digest })).rejects.toEqual(unknown);
      await expect(get().manifests.delete({ repository, digest: whole.digest })).rejects.toEqual(unknown);
      expect((await get().manifests.head({ repository, digest: child.digest })).digest).toBe(child.digest);
      expect(await get().tags(repository, { limit: 10 })).toEqual({ items: [], more: false });
    });

    test("a deleted manifest can be pushed again, and its old tags do not come back", async () => {
      const repository = fresh();
      const whole = image({ layers: ["again"] });
      await pushImage(get(), repository, whole, "old");
      await get().manifests.delete({ repository, digest: whole.digest });
      await get().manifests.put({ repository, tag: tag("new") }, whole.bytes, whole.mediaType);
      expect(Buffer.from((await get().manifests.get({ repository, tag: tag("new") })).bytes).equals(whole.bytes)).toBe(true);
      expect((await get().tags(repository, { limit: 10 })).items).toEqual(["new"]);
    });

    test("a blob cannot be deleted while a manifest names it, and is gone at once afterwards", async () => {
      const repository = fresh();
      const whole = image({ layers: ["named"] });
      await pushImage(get(), repository, whole, "v1");
      const { digest, bytes } = whole.blobs[1]!;
      await expect(get().blobs.delete({ repository, digest })).rejects.toEqual(code("UNSUPPORTED"));
      expect(await get().blobs.head({ repository, digest })).toEqual({ digest, size: bytes.length });
      await get().manifests.delete({ repository, digest: whole.digest });
      await get().blobs.delete({ repository, digest });
      await expect(get().blobs.head({ repository, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
      await expect(get().blobs.delete({ repository, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
      const put = get().manifests.put({ repository, tag: tag("v1") }, whole.bytes, whole.mediaType);
      await expect(put).rejects.toEqual(code("MANIFEST_BLOB_UNKNOWN"));
      await pushBlob(get(), repository, bytes);
      await get().manifests.put({ repository, tag: tag("v1") }, whole.bytes, whole.mediaType);
    });

    test("of a put and a delete of its blob at once, one is refused or the image is whole", async () => {
      const repository = fresh();
      for (let round = 0; round < 10; round++) {
        const whole = image({ layers: [`round ${round}`] });
        for (const blob of blobsOf(whole)) await pushBlob(get(), repository, blob.bytes);
        const { digest } = whole.blobs[1]!;
        const [put, removed] = await Promise.allSettled([
          get().manifests.put({ repository, tag: tag("v") }, whole.bytes, whole.mediaType),
          get().blobs.delete({ repository, digest }),
        ]);
        expect([put.status, removed.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      }
    });
  });
}

function lists(get: () => Registry): void {
  describe("lists", () => {
    test("tags come in byte order, page by page, from any place on", async () => {
      const repository = fresh();
      const whole = image({ layers: ["listed"] });
      await pushImage(get(), repository, whole, "b", "_x", "A", "a", "B", "10", "9");
      const all = ["10", "9", "A", "B", "_x", "a", "b"];
      expect(await get().tags(repository, { limit: 100 })).toEqual({ items: all, more: false });
      expect(await get().tags(repository, { limit: 7 })).toEqual({ items: all, more: false });
      expect(await get().tags(repository, { limit: 3 })).toEqual({ items: ["10", "9", "A"], more: true });
      expect(await get().tags(repository, { limit: 3, last: "A" })).toEqual({ items: ["B", "_x", "a"], more: true });
      expect(await get().tags(repository, { limit: 3, last: "Azzz" })).toEqual({ items: ["B", "_x", "a"], more: true });
      expect(await get().tags(repository, { limit: 3, last: "b" })).toEqual({ items: [], more: false });
      expect(await get().tags(repository, { limit: 0 })).toEqual({ items: [], more: false });
    });

    test("tags of an unknown repository are an error, of one without tags an empty list", async () => {
      const repository = fresh();
      await expect(get().tags(repository, { limit: 1 })).rejects.toEqual(code("NAME_UNKNOWN"));
      await expect(get().tags(repository, { limit: 0 })).rejects.toEqual(code("NAME_UNKNOWN"));
      await pushImage(get(), repository, image({ layers: ["untagged"] }));
      expect(await get().tags(repository, { limit: 1 })).toEqual({ items: [], more: false });
    });

    test("repositories come in byte order, page by page, and only the visible ones", async () => {
      const base = fresh();
      const names = ["a", "a-b", "a/b", "a_b", "b.c"].map((end) => `${base}/${end}` as RepositoryName);
      for (const name of names) await pushBlob(get(), name, Buffer.from("x"));
      const sorted = names.toSorted((x, y) => (x < y ? -1 : 1));
      const under = (...patterns: string[]) => patterns.map((pattern) => `${base}/${pattern}`);
      const list = (visible: string[], limit = 100, last?: string) =>
        get().repositories({ limit, visible, ...(last !== undefined && { last }) });
      expect(await list(under("*"))).toEqual({ items: sorted, more: false });
      expect(await list(under("*"), 2)).toEqual({ items: sorted.slice(0, 2), more: true });
      expect(await list(under("*"), 2, sorted[1])).toEqual({ items: sorted.slice(2, 4), more: true });
      expect((await list(under("a"))).items).toEqual([names[0]]);
      expect((await list(under("a_*", "b.c"))).items).toEqual([names[3], names[4]]);
      expect((await list(under("*b"))).items).toEqual(sorted.filter((name) => name.endsWith("b")));
      for (const nothing of [[], under("A*"), under("a?b"), under("[a]"), under("a%"), under("")]) {
        expect(await list(nothing)).toEqual({ items: [], more: false });
      }
      expect((await get().repositories({ limit: 1000, visible: ["*"] })).items).toEqual(expect.arrayContaining(names));
      expect((await get().repositories({ limit: 1 })).items).toHaveLength(1);
      expect(await get().repositories({ limit: 0 })).toEqual({ items: [], more: false });
    });
  });
}

function referrers(get: () => Registry): void {
  describe("referrers", () => {
    test("those of an unknown repository or subject are an empty list", async () => {
      const repository = fresh();
      const subject = { repository, digest: `sha256:${"0".repeat(64)}` as Digest };
      expect(await get().manifests.referrers(subject, { limit: 10 })).toEqual({ items: [], more: false });
      await pushBlob(get(), repository, Buffer.from("x"));
      expect(await get().manifests.referrers(subject, { limit: 10 })).toEqual({ items: [], more: false });
    });

    test("they carry type, artifact type and annotations, in digest order, filtered and paged", async () => {
      const repository = fresh();
      const subject = image({ layers: ["subject"] });
      await pushImage(get(), repository, subject, "v1");
      const signature = image({ layers: ["s"], subject, artifactType: "application/x.sig", annotations: { by: "me", "": "" } });
      const sbom = image({ layers: ["b"], subject });
      for (const part of [signature, sbom]) await pushImage(get(), repository, part);
      const empty = manifest({ manifests: [], subject: describeContent(subject), annotations: null }, ociIndex);
      await get().manifests.put({ repository, digest: empty.digest }, empty.bytes, ociIndex);

      const expected = [
        { ...describeContent(signature), artifactType: "application/x.sig", annotations: { by: "me", "": "" } },
        { ...describeContent(sbom), artifactType: "application/vnd.oci.image.config.v1+json" },
        describeContent(empty),
      ].toSorted((x, y) => (x.digest < y.digest ? -1 : 1));
      const reference = { repository, digest: subject.digest };
      const list = (page: object) => get().manifests.referrers(reference, { limit: 10, ...page });
      expect(await list({})).toEqual({ items: expected, more: false });
      expect(await list({ limit: 2 })).toEqual({ items: expected.slice(0, 2), more: true });
      expect(await list({ limit: 2, last: expected[1]!.digest })).toEqual({ items: expected.slice(2), more: false });
      expect(await list({ limit: 0 })).toEqual({ items: [], more: false });
      const ofType = (...artifactTypes: string[]) => list({ artifactTypes });
      expect((await ofType("application/x.sig")).items.map(({ digest }) => digest)).toEqual([signature.digest]);
      const both = await ofType("application/x.sig", "application/vnd.oci.image.config.v1+json");
      expect(both.items).toHaveLength(2);
      expect(await ofType("application/other")).toEqual({ items: [], more: false });
    });

    test("a deleted referrer is no longer listed, those of a deleted subject are", async () => {
      const repository = fresh();
      const subject = image({ layers: ["gone"] });
      const referrer = image({ layers: ["stays"], subject });
      await pushImage(get(), repository, subject);
      await pushImage(get(), repository, referrer);
      const list = async () => (await get().manifests.referrers({ repository, digest: subject.digest }, { limit: 10 })).items;
      await get().manifests.delete({ repository, digest: subject.digest });
      expect(await list()).toHaveLength(1);
      await get().manifests.delete({ repository, digest: referrer.digest });
      expect(await list()).toEqual([]);
    });

    test("many referrers with long annotations come in pages that clients can read", { timeout: 60_000 }, async () => {
      const repository = fresh();
      const subject = image({ layers: ["much"] });
      const digests: Digest[] = [];
      for (let i = 0; i < 6; i++) {
        const annotations = { long: createHash("sha512").update(`${i}`).digest("hex").repeat(8000) };
        const bytes = { manifests: [], subject: describeContent(subject), annotations };
        const referrer = manifest(bytes, ociIndex);
        await get().manifests.put({ repository, digest: referrer.digest }, referrer.bytes, ociIndex);
        digests.push(referrer.digest);
      }
      const seen: Digest[] = [];
      for (let more = true; more;) {
        const last = seen.at(-1);
        const page = await get().manifests.referrers(
          { repository, digest: subject.digest },
          { limit: 100, ...(last !== undefined && { last }) },
        );
        expect(JSON.stringify(page.items).length).toBeLessThan(4 * 1024 * 1024);
        seen.push(...page.items.map(({ digest }) => digest));
        more = page.more;
      }
      expect(seen).toEqual(digests.toSorted());
    });
  });
}
