// A registry full of small images whose names, dates and sizes a test can tell in advance.

import { image, index, type Image } from "../image.ts";
import { pushImage } from "../contract/pushing.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import type { Registry } from "../../src/oci/registry.ts";

export const dayMs = 86_400_000;
export const firstBuiltMs = Date.parse("2026-01-01T00:00:00Z");

/** The n-th image: built n days after the first, 100 bytes larger each time, so that dates and sizes sort as the numbers do. */
export function nthImage(n: number, platforms: readonly string[] = ["linux/amd64"]): Image {
  const created = new Date(firstBuiltMs + n * dayMs).toISOString();
  const images = platforms.map((platform) => image({ layers: [`layer-${n}`], layerBytes: 1000 + 100 * n, platform, created }));
  return images.length === 1 ? images[0]! : index(images);
}

/** `team-X/service-N` for N from 0, with the tags `v1.0` up to `v1.N`. */
export async function fillRepositories(registry: Registry, count: number): Promise<RepositoryName[]> {
  const names: RepositoryName[] = [];
  for (let r = 0; r < count; r++) {
    const repository = `team-${r % 5}/service-${r}` as RepositoryName;
    names.push(repository);
    for (let t = 0; t <= r % 7; t++) await pushImage(registry, repository, nthImage((r * 3 + t) % 120), `v1.${t}`);
  }
  return names;
}

/** One repository with the tags `1.0.0` up to `1.0.(count - 1)`, the n-th on the n-th image. */
export async function fillTags(
  registry: Registry,
  repository: RepositoryName,
  count: number,
  platforms?: readonly string[],
): Promise<void> {
  for (let n = 0; n < count; n++) await pushImage(registry, repository, nthImage(n, platforms), `1.0.${n}`);
}
