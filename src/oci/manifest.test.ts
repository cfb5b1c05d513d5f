import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import { RegistryError } from "./errors.ts";
import { maxDescriptors, parseManifest } from "./manifest.ts";
import { dockerList, dockerManifest, ociIndex, ociManifest } from "./media-types.ts";

const descriptor = (mediaType: string, content = mediaType) => ({ mediaType, digest: digestOf(content), size: content.length });
const layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip");
const config = descriptor("application/vnd.oci.image.config.v1+json");
const image = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [descriptor(ociManifest)] };
const parse = (body: unknown, contentType?: string) => parseManifest(new TextEncoder().encode(JSON.stringify(body)), contentType);

describe("parsing a manifest", () => {
  it("reads an image with its config, layers, subject, artifact type and annotations", () => {
    const subject = descriptor(ociManifest, "subject");
    const parsed = parse({ ...image, subject, artifactType: "application/x", annotations: { a: "b" } }, ociManifest);
    expect(parsed).toMatchObject({ mediaType: ociManifest, kind: "image", config, layers: [layer], children: [], subject });
    expect(parsed).toMatchObject({ artifactType: "application/x", annotations: { a: "b" } });
  });

  it("reads an index with the platforms of its children, and tells manifests from blobs by media type", () => {
    const arm = { ...descriptor(dockerManifest), platform: { os: "linux", architecture: "arm64", variant: "v8" } };
    const cache = descriptor("application/vnd.buildkit.cacheconfig.v0");
    const { children, kind } = parse({ ...index, manifests: [arm, cache, descriptor(ociIndex)] });
    expect(kind).toBe("index");
    expect(children.map((child) => [child.kind, child.platform])).toEqual([
      ["manifest", "linux/arm64/v8"],
      ["blob", ""],
      ["manifest", ""],
    ]);
  });

  it.each([
    ["the Content-Type without its parameters", image, `${ociManifest}; charset=utf-8`, ociManifest],
    ["the Content-Type when the body says nothing", { ...image, mediaType: undefined }, dockerManifest, dockerManifest],
    ["the body when there is no Content-Type", { ...index, mediaType: dockerList }, undefined, dockerList],
    ["the shape of an index when neither says", { ...index, mediaType: undefined }, undefined, ociIndex],
    ["the shape of an image when neither says", { ...image, mediaType: undefined }, undefined, ociManifest],
  ])("takes the media type from %s", (_from, body, contentType, expected) => {
    expect(parse(body, contentType).mediaType).toBe(expected);
  });

  it("accepts empty and null lists, unknown fields, unknown types, null options, data and foreign layers", () => {
    expect(parse({ ...image, layers: [] }).layers).toEqual([]);
    expect(parse({ ...image, layers: null }).layers).toEqual([]);
    expect(parse({ ...index, manifests: [] }).children).toEqual([]);
    expect(parse({ ...index, manifests: null }).children).toEqual([]);
    expect(parse({ ...image, "org.example.extra": { deep: [1.5] }, subject: null, annotations: null }).subject).toBeUndefined();
    const foreign = { ...descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar"), urls: ["https://example.com/x"] };
    expect(parse({ ...image, layers: [foreign, { ...layer, data: "e30=" }] }).layers[0]?.urls).toEqual(foreign.urls);
  });

  it.each([
    ["a body that is both image and index", { ...image, manifests: [] }, "must not have manifests"],
    ["an index with a config", { ...index, config }, "must not have config"],
    ["an index with layers, even null", { ...index, layers: null }, "must not have config or layers"],
    ["a key that differs by case only", { ...image, Manifests: [] }, "is spelled manifests"],
    [
      "a descriptor key that differs by case only",
      { ...image, layers: [{ ...layer, Digest: config.digest }] },
      "is spelled digest",
    ],
    ["schema 1", { schemaVersion: 1, fsLayers: [] }, "schemaVersion must be 2"],
    ["schema 1 fields in a schema 2 body", { ...image, fsLayers: [] }, "schema 1 fields"],
    ["a missing schemaVersion", { ...image, schemaVersion: undefined }, "schemaVersion must be 2"],
    ["the withdrawn artifact type", { ...image, mediaType: "application/vnd.oci.artifact.manifest.v1+json" }, "not a supported"],
    ["a missing config", { ...image, config: undefined }, "config must be an object"],
    ["missing layers", { ...image, layers: undefined }, "layers must be a list"],
    ["an unsupported digest", { ...image, config: { ...config, digest: `blake3:${"0".repeat(64)}` } }, "config.digest"],
    ["an upper-case digest", { ...image, layers: [{ ...layer, digest: layer.digest.toUpperCase() }] }, "layers[0].digest"],
    ["a negative size", { ...image, config: { ...config, size: -1 } }, "config.size"],
    ["a broken size", { ...index, manifests: [{ ...index.manifests[0], size: 1.5 }] }, "manifests[0].size"],
    ["a size in words", { ...image, config: { ...config, size: "1" } }, "config.size"],
    ["a missing descriptor type", { ...image, config: { ...config, mediaType: "" } }, "config.mediaType is missing"],
    ["an annotation that is no string", { ...image, annotations: { a: 1 } }, "strings only"],
    [
      "a platform with a slash in it",
      { ...index, manifests: [{ ...index.manifests[0], platform: { os: "a/b" } }] },
      "plain words",
    ],
    ["too many layers", { ...image, layers: Array(maxDescriptors + 1).fill(layer) }, "more than"],
    ["a list", [image], "must be an object"],
  ])("refuses %s", (_what, body, reason) => {
    expect(() => parse(body)).toThrow(reason);
  });

  it.each([
    ["another known type", dockerManifest],
    ["a type of the other shape", ociIndex],
    ["a type nobody knows", "application/json"],
    ["schema 1", "application/vnd.docker.distribution.manifest.v1+prettyjws"],
  ])("refuses a Content-Type that is %s", (_what, contentType) => {
    expect(() => parse(image, contentType)).toThrow(RegistryError);
  });

  it("throws MANIFEST_INVALID and nothing else, whatever the bytes are", () => {
    const mutated = fc
      .tuple(fc.constantFrom(image, index), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }))
      .map(([body, edits]) => {
        const bytes = new TextEncoder().encode(JSON.stringify(body));
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        return bytes;
      });
    const shaped = fc
      .record({
        schemaVersion: fc.constantFrom<unknown>(2, 1, "2"),
        mediaType: fc.constantFrom<unknown>(ociManifest, ociIndex, undefined, 7),
        config: fc.oneof(fc.constant<unknown>(config), fc.jsonValue()),
        layers: fc.oneof(fc.constant<unknown>([layer]), fc.jsonValue()),
        manifests: fc.option(fc.jsonValue(), { nil: undefined }),
        subject: fc.option(fc.jsonValue(), { nil: undefined }),
        annotations: fc.option(fc.jsonValue(), { nil: undefined }),
      })
      .map((body) => new TextEncoder().encode(JSON.stringify(body)));
    fc.assert(
      fc.property(fc.oneof(mutated, shaped, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        try {
          const parsed = parseManifest(bytes, undefined);
          expect(parsed.kind === "index" ? parsed.config : parsed.children.length).toBe(parsed.kind === "index" ? undefined : 0);
        } catch (error) {
          expect(error).toMatchObject({ name: "RegistryError", code: "MANIFEST_INVALID", status: 400 });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
