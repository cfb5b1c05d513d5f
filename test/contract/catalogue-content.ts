// Content for the contract of the catalogue: rows as the registry would make them, without any bytes of blobs.

import { parseManifest } from "../../src/oci/manifest.ts";
import type { RepositoryName } from "../../src/oci/reference.ts";
import type { AssertMayLeave } from "../../src/oci/registry.ts";
import type { Catalogue, ContentEvent } from "../../src/store/catalogue.ts";
import { blobsOf, manifestsOf, type Content, type Image } from "../image.ts";
import { tag } from "./pushing.ts";

let keys = 0;
let repositories = 0;
export const fresh = (): RepositoryName => `catalogue/r${++repositories}` as RepositoryName;

interface PutOptions {
  readonly tags?: readonly string[];
  readonly sparse?: boolean;
  readonly platforms?: readonly string[];
  readonly assertMayLeave?: AssertMayLeave;
}

export const link = (
  catalogue: Catalogue,
  repository: RepositoryName,
  { digest, bytes }: Content,
): ReturnType<Catalogue["blobs"]["link"]> =>
  catalogue.blobs.link({ repository, digest, size: bytes.length, key: `key ${++keys}` });

export function put(catalogue: Catalogue, repository: RepositoryName, content: Content, options: PutOptions = {}): Promise<void> {
  const { digest, bytes, mediaType } = content;
  const { tags = [], sparse = false, platforms = [], ...guard } = options;
  const parsed = parseManifest(bytes, mediaType);
  return catalogue.manifests.put({
    repository,
    digest,
    bytes,
    parsed,
    platforms,
    tags: tags.map(tag),
    by: "someone",
    sparse,
    ...guard,
  });
}

export async function push(catalogue: Catalogue, repository: RepositoryName, whole: Image, ...tags: string[]): Promise<void> {
  for (const blob of blobsOf(whole)) await link(catalogue, repository, blob);
  for (const part of manifestsOf(whole)) await put(catalogue, repository, part, part === whole ? { tags } : {});
}

/** What the events say is alive. */
export class Lives {
  readonly alive = new Set<string>();
  readonly seen: ContentEvent[] = [];
  readonly take = (events: readonly ContentEvent[]): void => {
    for (const event of events) {
      this.seen.push(event);
      const { type, repositoryId, tagEpoch, manifestId } = event;
      const name =
        tagEpoch !== 0 ? `tag ${tagEpoch}` : manifestId !== 0 ? `manifest ${manifestId}` : `repository ${repositoryId}`;
      if (type === "birth") this.alive.add(name);
      else this.alive.delete(name);
    }
  };
}
