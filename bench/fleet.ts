// A store full of small images, the same for everyone: as catalogue rows for us, as files in their own layout for the other registries
// and for nginx. Written directly, because pushing 100,000 images would measure something else for an hour.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { image, type Image } from "../test/image.ts";
import { digestHex, digestOf, type Digest } from "../src/oci/digest.ts";
import type { RepositoryName, Tag } from "../src/oci/reference.ts";

export interface FleetSize {
  readonly repositories: number;
  readonly tagsPerRepository: number;
}

export interface FleetRepository {
  readonly name: RepositoryName;
  readonly tags: readonly { readonly tag: Tag; readonly image: Image }[];
}

/** Repository by repository; every tag has a manifest of its own. */
export function* fleet({ repositories, tagsPerRepository }: FleetSize): Generator<FleetRepository> {
  const base = image({ layers: ["base"], layerBytes: 1000 });
  for (let r = 0; r < repositories; r++) {
    const name = `team-${r % 50}/service-${r}` as RepositoryName;
    const tags = Array.from({ length: tagsPerRepository }, (_, t) => {
      const bytes = Buffer.from(
        JSON.stringify({ ...JSON.parse(String(base.bytes)), annotations: { service: name, build: String(t) } }),
      );
      return { tag: `v1.${t}` as Tag, image: rebuilt(base, bytes) };
    });
    yield { name, tags };
  }
}

/** `/v2/…/manifests/…` of every tag. */
export function manifestPaths(size: FleetSize): string[] {
  const { repositories, tagsPerRepository } = size;
  return Array.from({ length: repositories * tagsPerRepository }, (_, i) => {
    const r = Math.floor(i / tagsPerRepository);
    return `/v2/team-${r % 50}/service-${r}/manifests/v1.${i % tagsPerRepository}`;
  });
}

/** The layout that distribution and docker-registry share. */
export function writeForDistribution(storage: string, size: FleetSize): void {
  const root = join(storage, "docker", "registry", "v2");
  const put = (path: string, content: string | Uint8Array): void => {
    const folder = join(root, path);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, content instanceof Uint8Array ? "data" : "link"), content);
  };
  const putBlob = (digest: Digest, bytes: Uint8Array): void => {
    const hex = digestHex(digest);
    put(join("blobs", "sha256", hex.slice(0, 2), hex), bytes);
  };
  for (const { name, tags } of fleet(size)) {
    const repository = join("repositories", name);
    for (const blob of tags[0]!.image.blobs) {
      putBlob(blob.digest, blob.bytes);
      put(join(repository, "_layers", "sha256", digestHex(blob.digest)), blob.digest);
    }
    for (const {
      tag,
      image: { digest, bytes },
    } of tags) {
      const hex = digestHex(digest);
      putBlob(digest, bytes);
      put(join(repository, "_manifests", "revisions", "sha256", hex), digest);
      put(join(repository, "_manifests", "tags", tag, "current"), digest);
      put(join(repository, "_manifests", "tags", tag, "index", "sha256", hex), digest);
    }
  }
}

/** Every manifest as a file under the path by which it is asked for. */
export function writeForNginx(root: string, size: FleetSize): void {
  for (const { name, tags } of fleet(size)) {
    const folder = join(root, "v2", name, "manifests");
    mkdirSync(folder, { recursive: true });
    for (const {
      tag,
      image: { bytes },
    } of tags)
      writeFileSync(join(folder, tag), bytes);
  }
}

function rebuilt(base: Image, bytes: Uint8Array): Image {
  return { ...base, bytes, digest: digestOf(bytes) };
}
