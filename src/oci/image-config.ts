// What an image config says of its image. Other people's bytes: whatever is wrong with them only means that it is not known.

import { readJson } from "./json.ts";

export const imageConfigTypes: readonly string[] = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];

export interface ImageConfig {
  /** os/architecture[/variant]; undefined when it does not say. */
  readonly platform: string | undefined;
  /** When the image was built, as its builder claims; undefined when it does not say. */
  readonly createdMs: number | undefined;
}

const word = /^[A-Za-z0-9._+-]{1,64}$/;

/** Never throws. */
export function parseImageConfig(text: string): ImageConfig {
  let config: { os?: unknown; architecture?: unknown; variant?: unknown; created?: unknown } | null;
  try {
    config = readJson(Buffer.from(text)) as typeof config;
  } catch {
    // Not JSON, or such as takes long to read: the image exists all the same.
    return { platform: undefined, createdMs: undefined };
  }
  const parts = [config?.os, config?.architecture];
  if (config?.variant !== undefined && config.variant !== "") parts.push(config.variant);
  return {
    platform: parts.every((part) => typeof part === "string" && word.test(part)) ? parts.join("/") : undefined,
    createdMs: parseCreated(config?.created),
  };
}

/** RFC 3339; what lies before 1970 is Go's word for "not set". */
export function parseCreated(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return undefined;
  const ms = Date.parse(value);
  return ms >= 0 ? ms : undefined;
}
