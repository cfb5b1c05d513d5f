// The part of the registry contract about manifests and tags: putting, moving under conditions, deleting.

import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { ociIndex, ociManifest } from "../../src/oci/media-types.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import { blobsOf, image, index, manifestsOf, raw, type Content, type Image } from "../image.ts";
import { code, describeContent, fresh, manifest, pushBlob, pushImage, tag } from "./pushing.ts";
import type { Subject } from "./registry.ts";

export function manifests({ get, lacks }: Subject): void {
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
      if (lacks("sha512")) {
        const put = get().manifests.put({ repository, digest }, whole.bytes, whole.mediaType, { tags: [tag("a")] });
        await expect(put).rejects.toEqual(code("DIGEST_INVALID"));
        return;
      }
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
      if (lacks("sizes")) {
        expect(await push(repository, wrong)).toMatchObject({ digest: wrong.digest });
        return;
      }
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
      if (lacks("unusual manifests")) {
        await expect(push(repository, windows)).rejects.toEqual(code("UNKNOWN"));
        return;
      }
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
      const missing = code(lacks("unknown repositories") ? "MANIFEST_UNKNOWN" : "NAME_UNKNOWN");
      for (const reference of [
        { repository, tag: tag("v1") },
        { repository, digest: digestOf("unknown") },
      ] as const) {
        await expect(get().manifests.get(reference)).rejects.toEqual(missing);
        const undeletable = reference.tag !== undefined && lacks("deletion of tags");
        await expect(get().manifests.delete(reference)).rejects.toEqual(undeletable ? code("UNSUPPORTED") : missing);
      }
      await pushImage(get(), repository, image({ layers: ["known"] }), "known");
      for (const reference of [
        { repository, tag: tag("v1") },
        { repository, digest: digestOf("unknown") },
      ] as const) {
        await expect(get().manifests.get(reference)).rejects.toEqual(code("MANIFEST_UNKNOWN"));
        await expect(get().manifests.head(reference)).rejects.toEqual(code("MANIFEST_UNKNOWN"));
        const undeletable = reference.tag !== undefined && lacks("deletion of tags");
        const refusal = code(undeletable ? "UNSUPPORTED" : "MANIFEST_UNKNOWN");
        await expect(get().manifests.delete(reference)).rejects.toEqual(refusal);
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

export function conditions({ get, lacks }: Subject): void {
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
      if (lacks("deletion of tags")) {
        await expect(get().manifests.delete(reference, { ifMatch: [a.digest] })).rejects.toEqual(code("UNSUPPORTED"));
        return;
      }
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
      const done = results.filter(({ status }) => status === "fulfilled");
      const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
      if (!lacks("atomic conditions")) {
        expect(done).toHaveLength(1);
        for (const reason of reasons) expect(reason).toEqual(refused);
        return;
      }
      expect(done.length).toBeGreaterThan(0);
      // Distribution 2 answers 500 to who reads a tag while another one writes it: its file is empty for that moment.
      const torn = expect.objectContaining({
        code: "UNKNOWN",
        request: expect.objectContaining({ method: "HEAD", status: 500 }),
      });
      for (const reason of reasons) expect([refused, torn]).toContainEqual(reason);
    });
  });
}

export function deletes({ get, lacks }: Subject): void {
  describe("deleting", () => {
    const unknown = code("MANIFEST_UNKNOWN");

    test("a deleted tag leaves its manifest and the other tags", async () => {
      const repository = fresh();
      const whole = image({ layers: ["tags"] });
      await pushImage(get(), repository, whole, "a", "b");
      if (lacks("deletion of tags")) {
        await expect(get().manifests.delete({ repository, tag: tag("a") })).rejects.toMatchObject({
          code: "UNSUPPORTED",
          detail: { reason: expect.any(String) },
        });
      } else {
        await get().manifests.delete({ repository, tag: tag("a") });
        await expect(get().manifests.get({ repository, tag: tag("a") })).rejects.toEqual(unknown);
      }
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
      if (lacks("protected blobs")) {
        await get().blobs.delete({ repository, digest });
        await expect(get().blobs.delete({ repository, digest })).rejects.toEqual(code("BLOB_UNKNOWN"));
        return;
      }
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
        if (lacks("protected blobs")) expect(removed.status).toBe("fulfilled");
        else expect([put.status, removed.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      }
    });
  });
}
