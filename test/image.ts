// Images from symbolic names: the same names give the same bytes, everywhere. `image({ layers: ["a"] })` has one layer, a tar with
// one file called "a". No clock and no randomness goes in.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import { digestHex, digestOf, type Digest } from "../src/oci/digest.ts";
import { dockerList, dockerManifest, ociIndex, ociManifest } from "../src/oci/media-types.ts";

export interface Content {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** A manifest, the blobs it names and, for an index, the images it names. */
export interface Image extends Content {
  readonly blobs: readonly Content[];
  readonly children: readonly Image[];
  /** os/architecture[/variant]; undefined for an index. */
  readonly platform?: string;
  /** Of an attestation: the image that it is about. */
  readonly attests?: Digest;
}

export interface ImageOptions {
  readonly layers?: readonly string[];
  readonly platform?: string;
  readonly types?: "oci" | "docker";
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly subject?: Content;
  /** When it says that it was built, ISO 8601. */
  readonly created?: string;
  /** Bytes in each layer's file, which do not compress. */
  readonly layerBytes?: number;
  /** More of its config, or something else there. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export function image(options: ImageOptions = {}): Image {
  const { layers = ["a"], platform = "linux/amd64", types = "oci", layerBytes = 100 } = options;
  const docker = types === "docker";
  const tars = layers.map((name) => tar(name, noise(name, layerBytes)));
  const [os, architecture, variant] = platform.split("/");
  const config = content(docker ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json", {
    created: options.created ?? "1970-01-01T00:00:00Z",
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: {},
    rootfs: { type: "layers", diff_ids: tars.map((bytes) => digestOf(bytes)) },
    history: layers.map((name) => ({ created: "1970-01-01T00:00:00Z", created_by: `COPY ${name}` })),
    ...options.config,
  });
  const layerType = docker ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : "application/vnd.oci.image.layer.v1.tar+gzip";
  const blobs = tars.map((bytes) => raw(layerType, gzip(bytes)));
  const mediaType = docker ? dockerManifest : ociManifest;
  const manifest = content(mediaType, {
    schemaVersion: 2,
    mediaType,
    ...(options.artifactType === undefined ? {} : { artifactType: options.artifactType }),
    config: descriptor(config),
    layers: blobs.map(descriptor),
    ...(options.subject === undefined ? {} : { subject: descriptor(options.subject) }),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  });
  return { ...manifest, blobs: [config, ...blobs], children: [], platform };
}

/** One image for several platforms. */
export function index(children: readonly Image[], types: "oci" | "docker" = "oci"): Image {
  const mediaType = types === "docker" ? dockerList : ociIndex;
  const manifests = children.map((child) => {
    const [os, architecture, variant] = (child.platform ?? "unknown/unknown").split("/");
    const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    return { ...descriptor(child), platform, ...(child.attests === undefined ? {} : { annotations: attesting(child.attests) }) };
  });
  return { ...content(mediaType, { schemaVersion: 2, mediaType, manifests }), blobs: [], children };
}

/** What BuildKit says about an image, to be put beside it into an index. */
export function attestation(of: Image): Image {
  return { ...image({ layers: [`attestation of ${of.digest}`], platform: "unknown/unknown" }), attests: of.digest };
}

function attesting(digest: Digest): Record<string, string> {
  return { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest };
}

/** Any bytes as content, for blobs that no image names. */
export function raw(mediaType: string, bytes: Uint8Array): Content {
  return { mediaType, bytes, digest: digestOf(bytes) };
}

/** Bytes that do not compress, of a seed. */
export function noise(seed: string, size: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = crc32(seed) || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** Every manifest of an image, children first, each once. */
export function manifestsOf(whole: Image): Image[] {
  return [...new Map([...whole.children.flatMap(manifestsOf), whole].map((part) => [part.digest, part])).values()];
}

/** Every blob of an image, each once. */
export function blobsOf(whole: Image): Content[] {
  return [...new Map(manifestsOf(whole).flatMap(({ blobs }) => blobs.map((blob) => [blob.digest, blob]))).values()];
}

/** Writes an OCI image layout that holds `whole` under `tag`. */
export function writeLayout(folder: string, whole: Image, tag: string): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  for (const { digest, bytes } of [...blobsOf(whole), ...manifestsOf(whole)])
    writeFileSync(join(blobs, digestHex(digest)), bytes);
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const manifests = [{ ...descriptor(whole), annotations: { "org.opencontainers.image.ref.name": tag } }];
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
}

/** Writes the folder that skopeo calls `dir:`, which keeps Docker manifests as they are. */
export function writeSkopeoFolder(folder: string, whole: Image): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "version"), "Directory Transport Version: 1.1\n");
  writeFileSync(join(folder, "manifest.json"), whole.bytes);
  for (const child of whole.children) writeFileSync(join(folder, `${digestHex(child.digest)}.manifest.json`), child.bytes);
  for (const { digest, bytes } of blobsOf(whole)) writeFileSync(join(folder, digestHex(digest)), bytes);
}

function descriptor({ mediaType, digest, bytes }: Content): { mediaType: string; digest: Digest; size: number } {
  return { mediaType, digest, size: bytes.length };
}

function content(mediaType: string, value: unknown): Content {
  return raw(mediaType, Buffer.from(JSON.stringify(value)));
}

/** The operating system byte of the header differs between machines. */
function gzip(bytes: Uint8Array): Uint8Array {
  const zipped = gzipSync(bytes);
  zipped[9] = 255;
  return zipped;
}

function tar(name: string, bytes: Uint8Array): Uint8Array {
  const block = 512;
  const header = Buffer.alloc(block);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(bytes.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  const padding = Buffer.alloc(((block - (bytes.length % block)) % block) + 2 * block);
  return Buffer.concat([header, bytes, padding]);
}
