// From what was typed to the manifest that is meant: the whole of an index, or its image for one platform.

import { parseImageConfig } from "../oci/image-config.ts";
import { createRegistryError } from "../oci/errors.ts";
import { parseManifest, type Descriptor, type ParsedManifest } from "../oci/manifest.ts";
import { findPlatform } from "../oci/platform.ts";
import type { Reference, RepositoryName } from "../oci/reference.ts";
import type { Registry, StoredManifest } from "../oci/registry.ts";

export interface ChosenManifest extends StoredManifest {
  readonly parsed: ParsedManifest;
}

const maxConfigBytes = 4 * 1024 * 1024;
/** What crane takes, whatever the machine, so that a script does the same everywhere. */
const usualPlatform = "linux/amd64";

/**
 * The manifest, and with `platform` the one of the image for it. Digest and bytes are those of what was chosen.
 * @throws MANIFEST_UNKNOWN when there is no image for the platform, naming those that there are
 */
export async function chooseManifest(
  registry: Registry,
  reference: Reference,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<ChosenManifest> {
  const whole = await getManifest(registry, reference, signal);
  if (platform === undefined) return whole;
  const { digest, mediaType, parsed, size } = whole;
  if (parsed.kind === "image") {
    const { platform: own = "" } = parseImageConfig(
      (await readConfig(registry, reference.repository, parsed, signal)).toString(),
    );
    findPlatform([{ digest, mediaType, size, kind: "manifest", platform: own }], platform);
    return whole;
  }
  const child = findPlatform(parsed.children, platform);
  return getManifest(registry, { repository: reference.repository, digest: child.digest }, signal);
}

/** One image: of an index its only one, or the one for linux/amd64 unless another platform is wanted. @throws MANIFEST_UNKNOWN */
export async function chooseImage(
  registry: Registry,
  reference: Reference,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<ChosenManifest> {
  const chosen = await chooseManifest(registry, reference, platform, signal);
  if (chosen.parsed.kind === "image") return chosen;
  const images = chosen.parsed.children.filter(({ kind }) => kind === "manifest");
  const [only] = images;
  const child = only !== undefined && images.length === 1 ? only : findPlatform(images, usualPlatform);
  return getManifest(registry, { repository: reference.repository, digest: child.digest }, signal);
}

async function getManifest(registry: Registry, reference: Reference, signal: AbortSignal): Promise<ChosenManifest> {
  const manifest = await registry.manifests.get(reference, { signal });
  return { ...manifest, parsed: parseManifest(manifest.bytes, manifest.mediaType) };
}

/** The bytes of an image's config. @throws UNSUPPORTED for an index, SIZE_INVALID beyond 4 MiB */
export async function readConfig(
  registry: Registry,
  repository: RepositoryName,
  { config }: { readonly config?: Descriptor },
  signal: AbortSignal,
): Promise<Buffer> {
  if (config === undefined)
    throw createRegistryError("UNSUPPORTED", { message: "an index in an index has no config of its own" });
  const { digest, size } = config;
  if (size > maxConfigBytes) {
    throw createRegistryError("SIZE_INVALID", {
      message: `the config claims to have ${size} bytes, and at most ${maxConfigBytes} are read; \`hythe blob\` gets any blob`,
    });
  }
  const blob = await registry.blobs.get({ repository, digest }, { size, signal });
  return Buffer.concat(await (await blob.open(undefined, { signal })).toArray());
}
