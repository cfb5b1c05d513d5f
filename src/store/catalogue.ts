// Facts about content: who has which manifest, blob and tag, and every number that lists sort by, kept up in the transaction that
// changes it. Bytes of blobs are elsewhere (blob-store.ts); bytes of manifests are here, for one statement answers a pull.

import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { DigestReference, Reference, TagReference, RepositoryName, Tag } from "../oci/reference.ts";
import type { ListPage, ManifestFacts, Page, Referrer, StoredManifest } from "../oci/registry.ts";
import { createCatalogueBlobs, type CatalogueBlobs, type StoredBlobRow } from "./catalogue-blobs.ts";
import { createContentLeases } from "./catalogue-leases.ts";
import { findRepository, listChildren, listReferrers, listRepositories, listTags } from "./catalogue-lists.ts";
import { putManifest, type PutManifest } from "./catalogue-manifests.ts";
import { prepareBatchedReads } from "./catalogue-reads-batched.ts";
import { cacheReads } from "./catalogue-reads-cached.ts";
import { prepareReads, type FoundManifest } from "./catalogue-reads.ts";
import { restoreTag } from "./catalogue-restore.ts";
import { deleteReference, type DeleteConditions } from "./catalogue-trash.ts";
import type { Database } from "./database.ts";

/** What began or ended to exist, for the statistics. Ids that do not apply are 0. */
export interface ContentEvent {
  readonly type: "birth" | "death";
  readonly repositoryId: number;
  readonly tagEpoch: number;
  readonly manifestId: number;
}

export interface CatalogueOptions {
  /** How long content that nothing refers to is safe after a HEAD, mount or PUT. */
  readonly graceMs?: number;
  /** Called after the commit that caused the events. Must not throw. */
  readonly changed?: (events: readonly ContentEvent[]) => void;
}

/** What the files of the catalogue share. */
export interface CatalogueParts {
  readonly db: Database;
  readonly now: () => number;
  readonly leaseRefreshMs: number;
  readonly changed: (events: readonly ContentEvent[]) => void;
}

export interface Catalogue {
  readonly blobs: CatalogueBlobs & {
    /** @throws NAME_UNKNOWN, BLOB_UNKNOWN */
    get(reference: DigestReference): Promise<StoredBlobRow>;
    /** As `get`, and renews the lease. */
    head(reference: DigestReference): Promise<StoredBlobRow>;
  };
  readonly manifests: {
    /** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN */
    get(reference: Reference): Promise<StoredManifest>;
    /** As `get`, without the bytes, and renews the lease. */
    head(reference: Reference): Promise<ManifestFacts>;
    /** @throws MANIFEST_BLOB_UNKNOWN, MANIFEST_INVALID, PRECONDITION_FAILED */
    put(manifest: PutManifest): Promise<void>;
    /** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN, PRECONDITION_FAILED */
    delete(reference: Reference, options?: DeleteConditions): Promise<void>;
    /** Undoes the deletion of a tag, which then is as it was. @throws NAME_UNKNOWN, MANIFEST_UNKNOWN, CONFLICT, MANIFEST_BLOB_UNKNOWN */
    restore(tag: TagReference): Promise<Digest>;
    referrers(subject: DigestReference, page: Page & { readonly artifactTypes?: readonly string[] }): Promise<ListPage<Referrer>>;
    /** Digests of the manifests that an index lists; none for an image. */
    childrenOf(manifestId: number): Promise<Digest[]>;
  };
  repositories(page: Page & { readonly visible?: readonly string[] }): Promise<ListPage<RepositoryName>>;
  /** @throws NAME_UNKNOWN */
  tags(repository: RepositoryName, page: Page): Promise<ListPage<Tag>>;
}

const day = 24 * 60 * 60 * 1000;

/** Nothing to close: the database belongs to the caller. */
export function createCatalogue(db: Database, now: () => number, options: CatalogueOptions = {}): Catalogue {
  const { graceMs = day, changed = () => undefined } = options;
  const parts: CatalogueParts = { db, now, leaseRefreshMs: graceMs / 4, changed };
  const reads = db.version === undefined ? prepareBatchedReads(db) : cacheReads(prepareReads(db), db.version);
  const leases = createContentLeases(parts);
  const found = async <T>(
    row: T | undefined,
    repository: RepositoryName,
    code: "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN",
  ): Promise<T> => row ?? (await refuseUnknown(db, repository, code));

  return {
    blobs: {
      ...createCatalogueBlobs(parts),
      get: async (reference) => found(await reads.blob(reference), reference.repository, "BLOB_UNKNOWN"),
      async head(reference) {
        const blob = await found(await reads.blob(reference), reference.repository, "BLOB_UNKNOWN");
        await leases.blob(blob, reference.digest);
        return blob;
      },
    },
    manifests: {
      async get(reference) {
        const row = await found(await reads.manifestWithBody(reference), reference.repository, "MANIFEST_UNKNOWN");
        return { ...toFacts(row), bytes: row.body };
      },
      async head(reference) {
        const row = await found(await reads.manifest(reference), reference.repository, "MANIFEST_UNKNOWN");
        await leases.manifest(row);
        return toFacts(row);
      },
      put: (manifest) => putManifest(parts, manifest),
      delete: (reference, conditions = {}) => deleteReference(parts, reference, conditions),
      restore: (tag) => restoreTag(parts, tag),
      referrers: (subject, page) => listReferrers(db, subject, page),
      childrenOf: (manifestId) => listChildren(db, manifestId),
    },
    repositories: (page) => listRepositories(db, page),
    tags: (repository, page) => listTags(db, repository, page),
  };
}

function toFacts({ digest, mediaType, size, repositoryId, manifestId, tagEpoch }: FoundManifest): ManifestFacts {
  return { digest, mediaType, size, ids: { repositoryId, manifestId, tagEpoch } };
}

async function refuseUnknown(db: Database, name: RepositoryName, code: "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN"): Promise<never> {
  const repository = await findRepository(db, name);
  throw new RegistryError(repository === undefined ? "NAME_UNKNOWN" : code);
}
