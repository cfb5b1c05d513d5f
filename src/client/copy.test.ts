import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeContent, manifest, pushBlob, pushImage, readAll } from "../../test/contract/pushing.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import { blobsOf, image, index, manifestsOf, raw, type Content, type Image } from "../../test/image.ts";
import { digestHex, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { ociIndex } from "../oci/media-types.ts";
import { parseRepositoryName, parseTag } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { copyImage, type CopyEvent, type CopyOptions } from "./copy.ts";
import { openLayout } from "./layout.ts";

const [from, to] = [parseRepositoryName("team/app"), parseRepositoryName("mirror/app")];
const v1 = parseTag("v1");
const whole = index([
  image({ layers: ["base", "a"] }),
  image({ layers: ["base", "b"], platform: "linux/arm64/v8" }),
  image({ layers: ["c"], platform: "linux/s390x" }),
]);

async function sourceOf(...images: readonly Image[]): Promise<Registry> {
  const registry = createMemoryRegistry();
  for (const each of images) await pushImage(registry, from, each, "v1");
  return registry;
}

const copy = (source: Registry, target: Registry, options?: CopyOptions) =>
  copyImage(
    { registry: source, reference: { repository: from, tag: v1 } },
    { registry: target, repository: to, tag: v1 },
    options,
  );

/** What the target was asked to write, in order; a digest for a manifest by digest and for a blob. */
function watched(inner: Registry): { readonly registry: Registry; readonly writes: string[] } {
  const writes: string[] = [];
  return {
    writes,
    registry: {
      ...inner,
      blobs: {
        ...inner.blobs,
        async upload(repository, options) {
          const upload = await inner.blobs.upload(repository, options);
          const commit: typeof upload.commit = async (digest, call) => {
            const facts = await upload.commit(digest, call);
            writes.push(`blob ${digest}`);
            return facts;
          };
          return { ...upload, commit };
        },
      },
      manifests: {
        ...inner.manifests,
        async put(reference, ...rest) {
          writes.push(`manifest ${reference.tag ?? reference.digest}`);
          return inner.manifests.put(reference, ...rest);
        },
      },
    },
  };
}

async function expectAll(target: Registry, each: Image): Promise<void> {
  for (const { bytes, digest, mediaType } of manifestsOf(each)) {
    expect(await target.manifests.get({ repository: to, digest })).toMatchObject({ digest, mediaType });
    expect(Buffer.from((await target.manifests.get({ repository: to, digest })).bytes).equals(bytes)).toBe(true);
  }
  for (const { bytes, digest } of blobsOf(each)) {
    const blob = await target.blobs.get({ repository: to, digest });
    expect((await readAll(await blob.open())).equals(bytes)).toBe(true);
  }
}

describe("an image with all its platforms", () => {
  test("arrives byte for byte, and the result says what was sent", async () => {
    const target = createMemoryRegistry();
    const result = await copy(await sourceOf(whole), target);
    await expectAll(target, whole);
    expect((await target.manifests.head({ repository: to, tag: v1 })).digest).toBe(whole.digest);
    const blobs = blobsOf(whole);
    expect(result).toEqual({
      digest: whole.digest,
      mediaType: whole.mediaType,
      manifests: { copied: 4, mounted: 0, there: 0, left: 0 },
      blobs: { copied: blobs.length, mounted: 0, there: 0, left: 0 },
      bytes: [...blobs, ...manifestsOf(whole)].reduce((sum, { bytes }) => sum + bytes.length, 0),
    });
  });

  test("what it names is there before it, and the tag comes last", async () => {
    const { registry, writes } = watched(createMemoryRegistry());
    await copy(await sourceOf(whole), registry, { concurrency: 2 });
    const place = (digest: string): number => writes.findIndex((write) => write.endsWith(digest));
    for (const part of manifestsOf(whole)) {
      for (const { digest } of [...part.blobs, ...part.children]) expect(place(digest)).toBeLessThan(place(part.digest));
    }
    expect(writes.at(-1)).toBe("manifest v1");
  });

  test("a blob that several images name is sent once", async () => {
    const { registry, writes } = watched(createMemoryRegistry());
    await copy(await sourceOf(whole), registry);
    expect(writes.length).toBe(new Set(writes).size);
  });

  test("copied again nothing is sent, and a moved tag is moved there, too", async () => {
    const { registry, writes } = watched(createMemoryRegistry());
    const source = await sourceOf(whole);
    await copy(source, registry);
    writes.length = 0;
    expect(await copy(source, registry)).toMatchObject({ bytes: 0, manifests: { copied: 0, there: 4 } });
    expect(writes).toEqual([]);
    const newer = index([...whole.children, image({ layers: ["d"], platform: "linux/riscv64" })]);
    await pushImage(source, from, newer, "v1");
    await copy(source, registry);
    expect(writes.filter((write) => write.startsWith("manifest"))).toEqual([
      `manifest ${newer.children[3]!.digest}`,
      `manifest ${newer.digest}`,
      "manifest v1",
    ]);
  });

  test("an index that lost a child at the target gets it back", async () => {
    const target = createMemoryRegistry();
    const source = await sourceOf(whole);
    await copy(source, target);
    const [child] = whole.children;
    await target.manifests.delete({ repository: to, digest: child!.digest });
    expect(await copy(source, target)).toMatchObject({ manifests: { copied: 1, there: 3 } });
    await expectAll(target, whole);
  });

  test("an index within an index, and one of layers, are copied whole; one without end is refused", async () => {
    const nested = index([whole, image({ layers: ["e"] })]);
    const target = createMemoryRegistry();
    await copy(await sourceOf(nested), target);
    await expectAll(target, nested);
    let deep: Image = image({ layers: ["deep"] });
    for (let depth = 0; depth < 12; depth++) deep = index([deep]);
    await expect(copy(await sourceOf(deep), createMemoryRegistry())).rejects.toThrow(
      expect.objectContaining({ code: "MANIFEST_INVALID" }),
    );
    const cache = raw("application/vnd.oci.image.layer.v1.tar+gzip", Buffer.from("cache"));
    const ofLayers = manifest({ manifests: [describeContent(cache)] }, ociIndex);
    const source = createMemoryRegistry();
    await pushBlob(source, from, cache.bytes);
    await source.manifests.put({ repository: from, tag: v1 }, ofLayers.bytes, ociIndex);
    const other = createMemoryRegistry();
    expect(await copy(source, other)).toMatchObject({ digest: ofLayers.digest, blobs: { copied: 1 } });
    expect(await other.blobs.head({ repository: to, digest: cache.digest })).toMatchObject({ size: 5 });
  });
});

describe("one platform", () => {
  test("is the image alone", async () => {
    const target = createMemoryRegistry();
    const [, arm] = whole.children;
    expect(await copy(await sourceOf(whole), target, { platform: "linux/arm64" })).toMatchObject({ digest: arm!.digest });
    await expectAll(target, arm!);
    await expect(target.manifests.head({ repository: to, digest: whole.digest })).rejects.toThrow();
  });

  test("that is not there is answered with those that are", async () => {
    await expect(copy(await sourceOf(whole), createMemoryRegistry(), { platform: "linux/mips" })).rejects.toThrow(
      "there is linux/amd64, linux/arm64/v8, linux/s390x",
    );
  });
});

describe("with referrers", () => {
  const signatureOf = (subject: Content): Image =>
    image({ layers: [`signature of ${subject.digest}`], artifactType: "application/vnd.example.signature", subject });
  const sbom = image({ layers: ["sbom"], artifactType: "application/vnd.example.sbom", subject: whole });
  const signatures = [signatureOf(whole), signatureOf(whole.children[1]!), signatureOf(sbom)];
  const cosigned = image({ layers: ["cosign"] });
  const cosignTag = `sha256-${digestHex(whole.digest)}.sig`;

  async function signed(): Promise<Registry> {
    const registry = await sourceOf(whole);
    for (const each of [sbom, ...signatures]) await pushImage(registry, from, each);
    await pushImage(registry, from, cosigned, cosignTag);
    return registry;
  }

  test("all of them come along: of children, of referrers, and cosign's tags; all before the tag", async () => {
    const { registry, writes } = watched(createMemoryRegistry());
    await copy(await signed(), registry, { referrers: true });
    for (const each of [whole, sbom, ...signatures, cosigned]) await expectAll(registry, each);
    const list = await registry.manifests.referrers({ repository: to, digest: whole.digest }, { limit: 10 });
    expect(list.items.map(({ digest }) => digest)).toEqual([sbom.digest, signatures[0]!.digest].toSorted());
    expect((await registry.manifests.head({ repository: to, tag: parseTag(cosignTag) })).digest).toBe(cosigned.digest);
    expect(writes.at(-1)).toBe("manifest v1");
  });

  test("without the wish none of them is", async () => {
    const target = createMemoryRegistry();
    await copy(await signed(), target);
    for (const { digest } of [sbom, ...signatures, cosigned]) {
      await expect(target.manifests.head({ repository: to, digest })).rejects.toThrow();
    }
  });

  test("to a layout and back they are the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hythe-copy-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const layout = await openLayout(folder, { create: true });
    await copy(await signed(), layout, { referrers: true });
    const back = createMemoryRegistry();
    const again = await openLayout(folder);
    await copyImage(
      { registry: again, reference: { repository: from, tag: v1 } },
      { registry: back, repository: to, tag: v1 },
      { referrers: true },
    );
    for (const each of [whole, sbom, ...signatures, cosigned]) await expectAll(back, each);
  });
});

describe("what is sent", () => {
  test("blobs that another repository of the target has are mounted", async () => {
    const target = createMemoryRegistry();
    const [first] = whole.children;
    await pushImage(target, from, first!, "old");
    expect(await copy(await sourceOf(whole), target, { mountFrom: from })).toMatchObject({ blobs: { mounted: 3 } });
    await expectAll(target, whole);
  });

  test("data within a descriptor is not believed: the blob itself is copied", async () => {
    const [config] = image().blobs;
    const inlined = { ...describeContent(config!), data: Buffer.from("something else").toString("base64") };
    const artifact = manifest({ config: inlined, layers: [] });
    const [source, target] = [createMemoryRegistry(), createMemoryRegistry()];
    await pushBlob(source, from, config!.bytes);
    await source.manifests.put({ repository: from, tag: v1 }, artifact.bytes, artifact.mediaType);
    expect(await copy(source, target)).toMatchObject({ blobs: { copied: 1 } });
  });

  test("a layer that its image says lies elsewhere stays there", async () => {
    const foreign = {
      ...describeContent(raw("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", Buffer.from("far"))),
      urls: ["https://example.org/layer"],
    };
    const [config] = image().blobs;
    const windows = manifest({ config: describeContent(config!), layers: [foreign] });
    const source = createMemoryRegistry();
    await pushBlob(source, from, config!.bytes);
    await source.manifests.put({ repository: from, tag: v1 }, windows.bytes, windows.mediaType);
    expect(await copy(source, createMemoryRegistry())).toMatchObject({ blobs: { copied: 1, left: 1 } });
  });

  test("is told as it happens: what was found, what was read of it, and how it ended", async () => {
    const events: CopyEvent[] = [];
    await copy(await sourceOf(whole), createMemoryRegistry(), { onProgress: (event) => void events.push(event) });
    for (const { bytes, digest } of blobsOf(whole)) {
      const own = events.filter((event) => event.digest === digest);
      expect(own[0]).toEqual({ event: "found", kind: "blob", digest, size: bytes.length });
      expect(own.at(-1)).toEqual({ event: "done", kind: "blob", digest, size: bytes.length, how: "copied" });
      const read = own.reduce((sum, event) => sum + (event.event === "read" ? event.bytes : 0), 0);
      expect(read).toBe(bytes.length);
    }
  });
});

describe("when something goes wrong", () => {
  const failing = (inner: Registry, digest: Digest): Registry => ({
    ...inner,
    blobs: {
      ...inner.blobs,
      async get(reference, options) {
        const blob = await inner.blobs.get(reference, options);
        if (reference.digest !== digest) return blob;
        const broken = async function* (): AsyncGenerator<Buffer> {
          yield Buffer.from("x");
          throw new RegistryError("DIGEST_MISMATCH");
        };
        return { ...blob, open: async () => Readable.from(broken(), { objectMode: false }) };
      },
    },
  });

  test("the first failure is told, nothing is tagged, and repeating goes on with what is missing", async () => {
    const target = createMemoryRegistry();
    const source = await sourceOf(whole);
    const { digest } = whole.children[2]!.blobs[1]!;
    await expect(copy(failing(source, digest), target)).rejects.toThrow(expect.objectContaining({ code: "DIGEST_MISMATCH" }));
    await expect(target.manifests.head({ repository: to, tag: v1 })).rejects.toThrow();
    const { blobs } = await copy(source, target);
    expect(blobs.there + blobs.copied).toBeLessThanOrEqual(blobsOf(whole).length);
    expect(blobs.copied).toBeGreaterThan(0);
    await expectAll(target, whole);
  });

  test("other bytes than those of the digest are found out by the side that keeps them, and said of the source", async () => {
    const source = await sourceOf(whole);
    const { digest } = whole.children[0]!.blobs[1]!;
    const lying: Registry = {
      ...source,
      blobs: {
        ...source.blobs,
        async get(reference, options) {
          const blob = await source.blobs.get(reference, options);
          if (reference.digest !== digest) return blob;
          return { ...blob, open: async () => Readable.from([Buffer.alloc(blob.size)], { objectMode: false }) };
        },
      },
    };
    const folder = mkdtempSync(join(tmpdir(), "hythe-copy-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const target of [createMemoryRegistry(), await openLayout(folder, { create: true })]) {
      await expect(copy(lying, target)).rejects.toThrow(expect.objectContaining({ code: "DIGEST_MISMATCH" }));
      await expect(target.blobs.head({ repository: to, digest })).rejects.toThrow();
    }
  });

  test("the signal ends it with its reason", async () => {
    const stop = new AbortController();
    const source = await sourceOf(whole);
    const reason = new Error("enough");
    const options: CopyOptions = { signal: stop.signal, onProgress: () => stop.abort(reason) };
    const waiting: Registry = {
      ...source,
      blobs: {
        ...source.blobs,
        get: async (reference, call) => {
          call?.signal?.throwIfAborted();
          return source.blobs.get(reference, call);
        },
      },
    };
    await expect(copy(waiting, createMemoryRegistry(), options)).rejects.toBe(reason);
  });

  test("an image that is not there is MANIFEST_UNKNOWN", async () => {
    const registry = createMemoryRegistry();
    await pushImage(registry, from, image(), "v2");
    await expect(copy(registry, createMemoryRegistry())).rejects.toThrow(expect.objectContaining({ code: "MANIFEST_UNKNOWN" }));
  });
});
