// Manifests of the demo: the bytes of a document and everything that it names.

import { digestOf, type Digest } from "../oci/digest.ts";
import { type dockerManifest, ociIndex, ociManifest } from "../oci/media-types.ts";
import { toBlob, type DemoBlob } from "./layers.ts";

export interface DemoManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Buffer;
  /** Config and layers. */
  readonly blobs: readonly DemoBlob[];
  /** Of an index. */
  readonly children: readonly DemoManifest[];
  /** os/architecture[/variant] of an image that runs somewhere. */
  readonly platform?: string;
}

export interface ManifestParts {
  readonly config: DemoBlob;
  readonly layers: readonly (DemoBlob & { readonly annotations?: Readonly<Record<string, string>> })[];
  readonly mediaType?: typeof ociManifest | typeof dockerManifest;
  readonly artifactType?: string;
  readonly subject?: DemoManifest;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: string;
}

export function buildManifest({
  config,
  layers,
  mediaType = ociManifest,
  platform,
  subject,
  ...rest
}: ManifestParts): DemoManifest {
  const document = {
    schemaVersion: 2,
    mediaType,
    ...(rest.artifactType !== undefined && { artifactType: rest.artifactType }),
    config: describe(config),
    layers: layers.map((layer) => ({ ...describe(layer), ...(layer.annotations && { annotations: layer.annotations }) })),
    ...(subject !== undefined && { subject: describe(subject) }),
    ...(rest.annotations !== undefined && { annotations: rest.annotations }),
  };
  return {
    ...toContent(mediaType, document),
    blobs: [config, ...layers],
    children: [],
    ...(platform !== undefined && { platform }),
  };
}

export function buildIndex(
  entries: readonly { readonly manifest: DemoManifest; readonly annotations?: Readonly<Record<string, string>> }[],
  annotations: Readonly<Record<string, string>>,
): DemoManifest {
  const manifests = entries.map(({ manifest, ...entry }) => ({
    ...describe(manifest),
    platform: platformOf(manifest.platform ?? "unknown/unknown"),
    ...entry,
  }));
  const document = { schemaVersion: 2, mediaType: ociIndex, manifests, annotations };
  return { ...toContent(ociIndex, document), blobs: [], children: entries.map(({ manifest }) => manifest) };
}

/** A blob that is a JSON document. */
export function toDocument(mediaType: string, value: unknown): DemoBlob {
  return toBlob(mediaType, Buffer.from(JSON.stringify(value)));
}

export function platformOf(platform: string): Record<string, string> {
  const [os = "", architecture = "", variant] = platform.split("/");
  const version = os === "windows" ? { "os.version": "10.0.20348.2762" } : {};
  return { architecture, os, ...version, ...(variant !== undefined && { variant }) };
}

function toContent(mediaType: string, document: unknown): Pick<DemoManifest, "mediaType" | "digest" | "bytes"> {
  const bytes = Buffer.from(JSON.stringify(document));
  return { mediaType, digest: digestOf(bytes), bytes };
}

function describe(content: DemoBlob | DemoManifest): { mediaType: string; digest: Digest; size: number } {
  const { digest, mediaType } = content;
  return { mediaType, digest, size: "size" in content ? content.size : content.bytes.length };
}
