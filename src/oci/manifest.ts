// Manifests: bytes to a typed value, or an error that says what is wrong where. Pure. What would surprise: a body that could be
// read both as an image and as an index is refused, and so is a key that differs from a known one only by case (Go readers take it).

import { isDigest, type Digest } from "./digest.ts";
import { RegistryError } from "./errors.ts";
import { readJson, type Json, type JsonObject } from "./json.ts";
import { isImageManifestType, isIndexType, isManifestType, ociIndex, ociManifest } from "./media-types.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Places outside of this registry. A foreign layer that has some need not be here. */
  readonly urls?: readonly string[];
}

export interface Child extends Descriptor {
  /** By media type: a manifest, or a blob (BuildKit's older cache is an index of layers). */
  readonly kind: "manifest" | "blob";
  /** os/architecture[/variant], "" when not said. */
  readonly platform: string;
}

export interface ParsedManifest {
  /** Without parameters, lower case; one of the four accepted types. */
  readonly mediaType: string;
  readonly kind: "image" | "index";
  /** Images always have one, an index never. */
  readonly config?: Descriptor;
  /** Empty for an index. */
  readonly layers: readonly Descriptor[];
  /** Empty for an image. */
  readonly children: readonly Child[];
  readonly subject?: Descriptor;
  /** The manifest's own field, nothing derived. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Layers of an image, children of an index: more are refused. */
export const maxDescriptors = 4096;
const maxAnnotations = 1024;
const maxUrls = 32;

/** Wider than RFC 6838: types of configs, layers and artifacts are other people's words, kept as they are. */
const mediaTypePattern = /^[\x21-\x7e]{1,127}\/[\x20-\x7e]{1,127}$/;
const platformPart = /^[A-Za-z0-9._+-]{1,64}$/;
const knownKeys = ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "artifactType", "annotations"];
const descriptorKeys = ["mediaType", "digest", "size", "artifactType", "annotations", "urls", "platform", "data"];

/**
 * Reads a manifest of one of the four accepted types. Without `contentType` the body's `mediaType` decides, else its shape.
 * Unknown fields and unknown config, layer and artifact types are welcome.
 * @throws MANIFEST_INVALID
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined): ParsedManifest {
  const body = asObject(readJson(bytes), "the manifest");
  refuseLookalikes(body, knownKeys, "");
  if (body["schemaVersion"] !== 2)
    invalid("schemaVersion must be 2; schema 1 manifests are not supported, push the image with a current tool");
  const mediaType = decideMediaType(body, contentType);
  if ("fsLayers" in body || "history" in body) invalid("the manifest mixes schema 1 fields with others");
  const subject = body["subject"] == null ? undefined : readDescriptor(body["subject"], "subject");
  const artifactType = readMediaType(body["artifactType"], "artifactType");
  const shared = {
    mediaType,
    ...(subject && { subject }),
    ...(artifactType !== undefined && { artifactType }),
    ...readAnnotations(body, "annotations"),
  };
  if (isIndexType(mediaType)) {
    if ("config" in body || "layers" in body) invalid("an index must not have config or layers");
    return { ...shared, kind: "index", layers: [], children: readList(body, "manifests").map(readChild) };
  }
  if ("manifests" in body) invalid("an image manifest must not have manifests");
  return {
    ...shared,
    kind: "image",
    config: readDescriptor(body["config"], "config"),
    layers: readList(body, "layers").map((layer, i) => readDescriptor(layer, `layers[${i}]`)),
    children: [],
  };
}

function decideMediaType(body: JsonObject, contentType: string | undefined): string {
  const header = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  const own = body["mediaType"];
  if (own != null && typeof own !== "string") invalid("mediaType must be a string");
  if (header && own && header !== own.toLowerCase()) {
    invalid(`Content-Type '${header.slice(0, 160)}' and mediaType '${own.slice(0, 160)}' differ`);
  }
  const mediaType = header || own?.toLowerCase() || ("manifests" in body ? ociIndex : ociManifest);
  if (!isImageManifestType(mediaType) && !isIndexType(mediaType)) {
    invalid(
      `'${mediaType.slice(0, 160)}' is not a supported manifest type: push an OCI or Docker schema 2 image manifest or index`,
    );
  }
  return mediaType;
}

/** Go writes an empty list as null, so null is one; an absent key is a mistake. */
function readList(body: JsonObject, key: string): readonly Json[] {
  const list = body[key];
  if (list === null) return [];
  if (!Array.isArray(list)) invalid(`${key} must be a list`);
  if (list.length > maxDescriptors) invalid(`${key} has more than ${maxDescriptors} entries`);
  return list;
}

function readChild(value: Json, index: number): Child {
  const where = `manifests[${index}]`;
  const descriptor = readDescriptor(value, where);
  const kind = isManifestType(descriptor.mediaType.toLowerCase()) ? "manifest" : "blob";
  return { ...descriptor, kind, platform: readPlatform((value as JsonObject)["platform"], where) };
}

function readPlatform(value: Json | undefined, where: string): string {
  if (value == null) return "";
  const platform = asObject(value, `${where}.platform`);
  const parts = [platform["os"] || "unknown", platform["architecture"] || "unknown"];
  if (platform["variant"]) parts.push(platform["variant"]);
  for (const part of parts) {
    if (typeof part !== "string" || !platformPart.test(part)) invalid(`${where}.platform must hold plain words`);
  }
  return parts.join("/");
}

function readDescriptor(value: Json | undefined, where: string): Descriptor {
  const descriptor = asObject(value, where);
  refuseLookalikes(descriptor, descriptorKeys, `${where}.`);
  const mediaType = readMediaType(descriptor["mediaType"], `${where}.mediaType`) ?? invalid(`${where}.mediaType is missing`);
  const { digest, size } = descriptor;
  if (typeof digest !== "string" || !isDigest(digest)) invalid(`${where}.digest must be a sha256 or sha512 digest`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    invalid(`${where}.size must be a whole number, 0 or more`);
  const artifactType = readMediaType(descriptor["artifactType"], `${where}.artifactType`);
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...readAnnotations(descriptor, `${where}.annotations`),
    ...readUrls(descriptor["urls"], `${where}.urls`),
  };
}

function readMediaType(value: Json | undefined, where: string): string | undefined {
  if (value == null || value === "") return undefined;
  if (typeof value !== "string" || !mediaTypePattern.test(value)) invalid(`${where} must be a media type`);
  return value;
}

function readAnnotations(holder: JsonObject, where: string): Pick<Descriptor, "annotations"> {
  const value = holder["annotations"];
  if (value == null) return {};
  const annotations = asObject(value, where);
  const values = Object.values(annotations);
  if (values.length > maxAnnotations) invalid(`${where} has more than ${maxAnnotations} entries`);
  if (!values.every((text) => typeof text === "string")) invalid(`${where} must hold strings only`);
  return { annotations: annotations as Readonly<Record<string, string>> };
}

function readUrls(value: Json | undefined, where: string): Pick<Descriptor, "urls"> {
  if (value == null) return {};
  if (!Array.isArray(value) || value.length > maxUrls || !value.every((url) => typeof url === "string")) {
    invalid(`${where} must be a list of at most ${maxUrls} strings`);
  }
  return { urls: value };
}

function asObject(value: Json | undefined, where: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  return invalid(`${where} must be an object`);
}

function refuseLookalikes(object: JsonObject, known: readonly string[], where: string): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const lower = key.toLowerCase();
    const meant = known.find((word) => word.toLowerCase() === lower);
    if (meant !== undefined) invalid(`${where}${key.slice(0, 80)} is spelled ${meant}`);
  }
}

function invalid(message: string): never {
  throw new RegistryError("MANIFEST_INVALID", { message });
}
