// What is in an image, for people and scripts: read from its manifest and config, of an index from those of each of its images.
// Manifests and configs are other people's bytes: what is not as it should be is left out.

import { mapBounded } from "../client/map-bounded.ts";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { imageConfigTypes, parseImageConfig } from "../oci/image-config.ts";
import { parseManifest, type Child, type ParsedManifest } from "../oci/manifest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { readConfig, type ChosenManifest } from "./image-choice.ts";

interface ReportHead {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly subject: Digest | null;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface LayerReport {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** The instruction that made it, as its builder claims. */
  readonly createdBy: string | null;
}

export interface ImageReport extends ReportHead {
  /** What a pull transfers: manifest, config and layers, bytes. */
  readonly size: number;
  readonly platform: string | null;
  readonly created: string | null;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly user: string | null;
  readonly ports: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly layers: readonly LayerReport[];
}

export interface PlatformReport {
  readonly platform: string;
  readonly digest: Digest;
  /** Null when it could not be read, and then `problem` says why. */
  readonly size: number | null;
  readonly layers: number | null;
  readonly created: string | null;
  readonly problem: string | null;
}

export interface IndexReport extends ReportHead {
  readonly platforms: readonly PlatformReport[];
}

/** Manifests that are read at once. The client has limits of its own. */
const atOnce = 4;
/** Of an index with more, the others are listed without being read. */
const maxRead = 64;

export async function reportImage(
  registry: Registry,
  repository: RepositoryName,
  manifest: ChosenManifest,
  signal: AbortSignal,
): Promise<ImageReport> {
  const { parsed } = manifest;
  const config = await readImageConfig(registry, repository, parsed, signal);
  const { createdMs, platform } = parseImageConfig(JSON.stringify(config));
  const settings = recordIn(config["config"]);
  const makers = makersOf(config, parsed.layers.length);
  return {
    ...headOf(manifest),
    size: sizeOf(parsed, manifest.size),
    platform: platform ?? null,
    created: toIso(createdMs),
    entrypoint: stringsIn(settings["Entrypoint"]),
    command: stringsIn(settings["Cmd"]),
    user: typeof settings["User"] === "string" && settings["User"] !== "" ? settings["User"] : null,
    ports: Object.keys(recordIn(settings["ExposedPorts"])),
    labels: Object.fromEntries(Object.entries(recordIn(settings["Labels"])).filter(isText)),
    layers: parsed.layers.map(({ digest, mediaType, size }, at) => ({ digest, mediaType, size, createdBy: makers[at] ?? null })),
  };
}

/** A platform that cannot be read is told in its own line. */
export async function reportIndex(
  registry: Registry,
  repository: RepositoryName,
  manifest: ChosenManifest,
  signal: AbortSignal,
): Promise<IndexReport> {
  const { children } = manifest.parsed;
  const platforms = await mapBounded([...children.entries()], atOnce, ([at, child]) =>
    reportChild(registry, repository, child, at < maxRead, signal),
  );
  return { ...headOf(manifest), platforms };
}

async function reportChild(
  registry: Registry,
  repository: RepositoryName,
  child: Child,
  isRead: boolean,
  signal: AbortSignal,
): Promise<PlatformReport> {
  const { digest, kind } = child;
  const isAttestation = child.annotations?.["vnd.docker.reference.type"] === "attestation-manifest";
  const platform = isAttestation ? "attestation" : child.platform || "unknown/unknown";
  const unread = { platform, digest, size: null, layers: null, created: null };
  if (kind === "blob") return { ...unread, size: child.size, problem: `a blob: ${child.mediaType}` };
  if (!isRead) return { ...unread, problem: `only the first ${maxRead} are read` };
  try {
    const { bytes, mediaType } = await registry.manifests.get({ repository, digest }, { signal });
    const parsed = parseManifest(bytes, mediaType);
    if (parsed.kind === "index") return { ...unread, problem: `an index itself: inspect ${digest}` };
    const config = await readImageConfig(registry, repository, parsed, signal);
    const created = toIso(parseImageConfig(JSON.stringify(config)).createdMs);
    return { platform, digest, size: sizeOf(parsed, bytes.length), layers: parsed.layers.length, created, problem: null };
  } catch (error) {
    if (!(error instanceof RegistryError) || signal.aborted) throw error;
    return { ...unread, problem: error.message };
  }
}

function headOf({ digest, mediaType, parsed }: ChosenManifest): ReportHead {
  const { annotations = {}, artifactType = null, config, subject } = parsed;
  const isArtifact = config !== undefined && !imageConfigTypes.includes(config.mediaType);
  return {
    digest,
    mediaType,
    artifactType: artifactType ?? (isArtifact ? config.mediaType : null),
    subject: subject?.digest ?? null,
    annotations,
  };
}

/** Empty where the manifest is none of an image, and for a config that is no JSON object. */
async function readImageConfig(
  registry: Registry,
  repository: RepositoryName,
  parsed: ParsedManifest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  if (!imageConfigTypes.includes(parsed.config?.mediaType ?? "")) return {};
  const bytes = await readConfig(registry, repository, parsed, signal);
  try {
    return recordIn(JSON.parse(bytes.toString("utf8")));
  } catch {
    return {}; // the image exists all the same
  }
}

function sizeOf({ config, layers }: ParsedManifest, own: number): number {
  return layers.reduce((sum, { size }) => sum + size, own + (config?.size ?? 0));
}

/** The instructions that made layers, where there is one for each. */
function makersOf({ history }: Readonly<Record<string, unknown>>, layers: number): (string | null)[] {
  const steps = Array.isArray(history) ? history.map(recordIn).filter((step) => step["empty_layer"] !== true) : [];
  if (steps.length !== layers) return [];
  return steps.map(({ created_by: text }) => (typeof text === "string" && text !== "" ? text : null));
}

function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function stringsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}

function toIso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
