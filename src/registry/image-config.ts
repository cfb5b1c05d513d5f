// The platform of an image, from its config. Other people's bytes: whatever is wrong with them only means that it is not known.

import { RegistryError } from "../oci/errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { LocalParts } from "./local.ts";

const configTypes = ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const maxConfigBytes = 1024 * 1024;
const word = /^[A-Za-z0-9._+-]{1,64}$/;

/** [] unless the config is an image config of at most 1 MiB that this repository has. */
export async function readPlatforms(
  { catalogue, blobs }: Pick<LocalParts, "catalogue" | "blobs">,
  repository: RepositoryName,
  config: Descriptor | undefined,
): Promise<string[]> {
  if (config === undefined || !configTypes.includes(config.mediaType)) return [];
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
  return parsePlatform(text);
}

/** os/architecture[/variant] of an image config, [] when it does not say. */
export function parsePlatform(text: string): string[] {
  let config: { os?: unknown; architecture?: unknown; variant?: unknown } | null;
  try {
    config = JSON.parse(text);
  } catch {
    // Not JSON: the image is pushed all the same, as other registries take it.
    return [];
  }
  const parts = [config?.os, config?.architecture];
  if (config?.variant !== undefined && config.variant !== "") parts.push(config.variant);
  return parts.every((part) => typeof part === "string" && word.test(part)) ? [parts.join("/")] : [];
}
