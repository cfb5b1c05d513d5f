// What is behind a tag: digest (one HEAD, which Docker Hub does not count as a pull), then manifest, config and, for an index, its
// children. All but the digest is content, so it is read once and remembered by digest. A part that cannot be read is told, not thrown.

import { parseCreated, imageConfigTypes, parseImageConfig, type ImageConfig } from "../oci/image-config.ts";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseManifest, type Child, type Descriptor, type ParsedManifest } from "../oci/manifest.ts";
import { isForeignLayerType } from "../oci/media-types.ts";
import type { DigestReference, RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { mapBounded } from "../client/map-bounded.ts";
import { readConfigText } from "./config-text.ts";

export interface ImageFacts {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly subject: Digest | undefined;
  /** os/architecture[/variant]; empty when unknown. */
  readonly platforms: readonly string[];
  /** Manifest, config and layers; for an index its children too. Undefined when a part could not be read. */
  readonly bytes: number | undefined;
  /** As its builder claims; of an index, that of its first platform. */
  readonly builtMs: number | undefined;
  /** Why something is missing, a sentence. */
  readonly problem: string | undefined;
  /** Manifests and blobs that `bytes` is made of, each once, so that what images share can be counted once. */
  readonly parts: readonly Part[];
}
export type Part = readonly [digest: Digest, size: number];

export interface ReadImage {
  readonly facts: ImageFacts;
  readonly parsed: ParsedManifest;
  /** As it came. */
  readonly bytes: Uint8Array;
  /** Of an image that has one that could be read. */
  readonly configText: string | undefined;
  /** By digest: whether the registry has it. Those that could not be asked are absent. */
  readonly children: ReadonlyMap<Digest, boolean>;
}

/** An index with more children is not summed up: that would be as many requests. */
const maxChildren = 64;
/** Nor is an image with more layers. What runs containers takes 127. */
const maxLayers = 1000;
const childrenAtOnce = 4;
const createdAnnotation = "org.opencontainers.image.created";

/** @throws what the registry throws for the manifest itself, MANIFEST_INVALID */
export async function readImage(registry: Registry, reference: DigestReference, signal: AbortSignal): Promise<ReadImage> {
  const { mediaType, bytes, digest, size } = await registry.manifests.get(reference, { signal });
  const parsed = parseManifest(bytes, mediaType);
  const { repository } = reference;
  const shared = {
    digest,
    mediaType: parsed.mediaType,
    artifactType: parsed.artifactType ?? artifactOf(parsed),
    subject: parsed.subject?.digest,
  };
  const annotated = parseCreated(parsed.annotations?.[createdAnnotation]);
  if (parsed.kind === "image") {
    const config = await readConfig(registry, repository, parsed.config, signal);
    const platforms = config.platform === undefined ? [] : [config.platform];
    const parts = partsOf(parsed, digest, size);
    const facts = {
      ...shared,
      platforms,
      bytes: parts && sumOf(parts),
      builtMs: config.createdMs ?? annotated,
      problem: parts === undefined ? tooManyLayers(parsed) : config.problem,
      parts: parts ?? [],
    };
    return { facts, parsed, bytes, configText: config.text, children: new Map() };
  }
  const whole = await readChildren(registry, repository, { parsed, size, shared, annotated }, signal);
  return { ...whole, parsed, bytes, configText: undefined };
}

/** What an image is for when its config says so, as in the referrers API. */
function artifactOf({ config }: ParsedManifest): string | undefined {
  return config === undefined || imageConfigTypes.includes(config.mediaType) ? undefined : config.mediaType;
}

interface Index {
  readonly parsed: ParsedManifest;
  readonly size: number;
  readonly shared: Pick<ImageFacts, "digest" | "mediaType" | "artifactType" | "subject">;
  readonly annotated: number | undefined;
}

async function readChildren(
  registry: Registry,
  repository: RepositoryName,
  index: Index,
  signal: AbortSignal,
): Promise<Pick<ReadImage, "facts" | "children">> {
  const { parsed, size, shared, annotated } = index;
  const children = [...new Map(parsed.children.map((child) => [child.digest, child])).values()];
  const named = children.map(({ platform }) => platform).filter((platform) => platform !== "" && platform !== "unknown/unknown");
  const platforms = [...new Set(named)];
  if (children.length > maxChildren) {
    const problem = `the index has ${children.length} children; the size is summed up for at most ${maxChildren}`;
    return { facts: { ...shared, platforms, bytes: undefined, builtMs: annotated, problem, parts: [] }, children: new Map() };
  }
  const read = await mapBounded(children, childrenAtOnce, (child) => readChild(registry, repository, child, signal));
  signal.throwIfAborted();
  const first = read.find(({ child, config: blob }) => child.platform !== "unknown/unknown" && blob !== undefined);
  const config =
    annotated === undefined && first !== undefined ? await readConfig(registry, repository, first.config, signal) : undefined;
  const own: Part = [shared.digest, size];
  const isWhole = read.every(({ parts }) => parts !== undefined);
  // As in the lists of our own registry: what children share counts for each of them.
  const all = [own, ...read.flatMap(({ parts = [] }) => parts)];
  return {
    facts: {
      ...shared,
      platforms,
      bytes: isWhole ? sumOf(all) : undefined,
      parts: [...new Map(all)],
      builtMs: annotated ?? config?.createdMs,
      problem: read.find(({ problem }) => problem !== undefined)?.problem ?? config?.problem,
    },
    children: new Map(read.flatMap(({ child, present }) => (present === undefined ? [] : [[child.digest, present] as const]))),
  };
}

/** No more of a manifest than this is held: an index can have many children, each of them large. */
interface ReadChild {
  readonly child: Child;
  readonly config?: NamedBlob;
  /** Absent: not known. */
  readonly parts?: readonly Part[];
  readonly present?: boolean;
  readonly problem?: string;
}

async function readChild(registry: Registry, repository: RepositoryName, child: Child, signal: AbortSignal): Promise<ReadChild> {
  if (child.kind === "blob") return { child, parts: [[child.digest, child.size]] };
  const about = child.platform === "" ? child.digest : `${child.platform} (${child.digest})`;
  try {
    const { bytes, mediaType } = await registry.manifests.get({ repository, digest: child.digest }, { signal });
    const parsed = parseManifest(bytes, mediaType);
    // An index in an index would be followed without end; its children are not summed up.
    if (parsed.kind === "index") return { child, present: true, problem: `${about} is an index itself and is not summed up` };
    const parts = partsOf(parsed, child.digest, bytes.length);
    return {
      child,
      present: true,
      ...(parsed.config !== undefined && { config: toNamedBlob(parsed.config) }),
      ...(parts === undefined ? { problem: `${about}: ${tooManyLayers(parsed)}` } : { parts }),
    };
  } catch (error) {
    if (signal.aborted || !(error instanceof RegistryError)) throw error;
    return { child, ...(error.kind === "not found" && { present: false }), problem: `${about}: ${error.message}` };
  }
}

type NamedBlob = Pick<Descriptor, "digest" | "size" | "mediaType">;
const toNamedBlob = ({ digest, size, mediaType }: Descriptor): NamedBlob => ({ digest, size, mediaType });

function tooManyLayers({ layers }: ParsedManifest): string {
  return `the image has ${layers.length} layers; the size is summed up for at most ${maxLayers}`;
}

/** The manifest itself and each of its blobs once; foreign layers are elsewhere. Undefined: too many. */
function partsOf({ config, layers }: ParsedManifest, digest: Digest, size: number): Part[] | undefined {
  if (layers.length > maxLayers) return undefined;
  const blobs = [...(config === undefined ? [] : [config]), ...layers.filter(({ mediaType }) => !isForeignLayerType(mediaType))];
  return [...new Map<Digest, number>([[digest, size], ...blobs.map((blob) => [blob.digest, blob.size] as const)])];
}

/** Undefined: descriptors of a hostile manifest can claim any number. */
export function sumOf(parts: Iterable<Part>): number | undefined {
  let sum = 0;
  for (const [, size] of parts) sum += size;
  return Number.isSafeInteger(sum) ? sum : undefined;
}

type ReadConfig = ImageConfig & { readonly text: string | undefined; readonly problem: string | undefined };

async function readConfig(
  registry: Registry,
  repository: RepositoryName,
  config: NamedBlob | undefined,
  signal: AbortSignal,
): Promise<ReadConfig> {
  const unknown = { platform: undefined, createdMs: undefined, text: undefined, problem: undefined };
  if (config === undefined || !imageConfigTypes.includes(config.mediaType)) return unknown;
  const { digest, size } = config;
  const { text, problem } = await readConfigText(registry.blobs, { repository, digest }, { size, signal });
  return text === undefined ? { ...unknown, problem } : { ...parseImageConfig(text), text, problem };
}

/** Of all facts that are remembered. */
const maxRememberedParts = 200_000;

/** Remembers facts by digest, those last used the longest; those with a problem are read again. */
export function createImageMemory(registry: Registry): (reference: DigestReference, signal: AbortSignal) => Promise<ImageFacts> {
  const known = new Map<string, ImageFacts>();
  let held = 0;
  const drop = (key: string): void => {
    const facts = known.get(key);
    if (known.delete(key)) held -= weightOf(facts!);
  };
  return async (reference, signal) => {
    const key = `${reference.repository}@${reference.digest}`;
    const facts = known.get(key) ?? (await readImage(registry, reference, signal)).facts;
    if (facts.problem !== undefined) return facts;
    drop(key);
    known.set(key, facts);
    held += weightOf(facts);
    for (const oldest of known.keys()) {
      if (held <= maxRememberedParts) break;
      drop(oldest);
    }
    return facts;
  };
}

function weightOf({ parts }: ImageFacts): number {
  return parts.length + 1;
}
