// The local registry: blobs and catalogue together are a Registry (oci/registry.ts).

import type { Registry } from "../oci/registry.ts";
import type { BlobStore } from "../store/blob-store.ts";
import type { Catalogue } from "../store/catalogue.ts";
import type { Uploads } from "../store/uploads.ts";
import { createLocalBlobs } from "./local-blobs.ts";
import { createLocalManifests } from "./local-manifests.ts";

export interface LocalParts {
  readonly catalogue: Catalogue;
  readonly blobs: BlobStore;
  readonly uploads: Uploads;
}

/** Nothing to close: the parts belong to the caller. */
export function createLocalRegistry(parts: LocalParts): Registry {
  return {
    blobs: createLocalBlobs(parts),
    manifests: createLocalManifests(parts),
    repositories: (page) => parts.catalogue.repositories(page),
    tags: (repository, page) => parts.catalogue.tags(repository, page),
  };
}
