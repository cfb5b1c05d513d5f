// The platform of an image, from its config. Other people's bytes: whatever is wrong with them only means that it is not known.

import { RegistryError } from "../oci/errors.ts";
import { imageConfigTypes, parseImageConfig } from "../oci/image-config.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { LocalParts } from "./local.ts";

const maxConfigBytes = 1024 * 1024;

/** [] unless the config is an image config of at most 1 MiB that this repository has. */
export async function readPlatforms(
  { catalogue, blobs }: Pick<LocalParts, "catalogue" | "blobs">,
  repository: RepositoryName,
  config: Descriptor | undefined,
): Promise<string[]> {
  if (config === undefined || !imageConfigTypes.includes(config.mediaType)) return [];
  let text = "";
  try {
    const { key, size } = await catalogue.blobs.get({ repository, digest: config.digest });
    if (size > maxConfigBytes) return [];
    for await (const chunk of (await blobs.open(key, size)).setEncoding("utf8")) text += chunk;
  } catch (error) {
    // A config that is not here is the transaction's to refuse.
    if (error instanceof RegistryError && (error.code === "BLOB_UNKNOWN" || error.code === "NAME_UNKNOWN")) return [];
    throw error;
  }
  const { platform } = parseImageConfig(text);
  return platform === undefined ? [] : [platform];
}
