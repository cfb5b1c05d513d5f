// Links: a blob's bytes exist once, and a repository sees them only through its own present link. Whoever turns the last missing link of
// a manifest present also marks the manifest complete, in the same transaction.

import { sql, type Transaction } from "kysely";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { DigestReference, RepositoryName } from "../oci/reference.ts";
import type { CatalogueParts } from "./catalogue.ts";
import { changeRepository, none, type RepositoryChange } from "./catalogue-repository.ts";
import type { Schema } from "./schema.ts";

export interface StoredBlobRow {
  readonly key: string;
  readonly size: number;
}

export interface LinkBlob {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly size: number;
  /** Where the caller stored the bytes; absent: link only if the registry has them already. */
  readonly key?: string;
  /** The upload that ends with this link. */
  readonly upload?: { readonly id: string; readonly token: string };
}

export interface CatalogueBlobs {
  /**
   * Makes the blob visible in the repository, which is created if need be, and returns where its bytes are: elsewhere than at `key`
   * when another upload came first. Undefined when there is no `key` and no bytes: nothing happened then, and the upload goes on.
   * @throws CONFLICT when the upload has another writer or is gone
   */
  link(blob: LinkBlob): Promise<StoredBlobRow | undefined>;
  /** Links the blob from a repository that sees it; without `from`, from any that `mayPull` allows. Undefined: not possible. */
  mount(
    reference: DigestReference,
    from: RepositoryName | undefined,
    mayPull: (repository: RepositoryName) => boolean,
  ): Promise<StoredBlobRow | undefined>;
  /** Hides the blob from the repository; the bytes stay. @throws NAME_UNKNOWN, BLOB_UNKNOWN, UNSUPPORTED while a manifest names it */
  remove(reference: DigestReference): Promise<void>;
}

export function createCatalogueBlobs(parts: CatalogueParts): CatalogueBlobs {
  return {
    link: (blob) => linkUpload(parts, blob),
    async mount(reference, from, mayPull) {
      const source = from ?? (await findSource(parts, reference, mayPull));
      return source === undefined ? undefined : mountFrom(parts, reference, source);
    },
    remove: (reference) => removeLink(parts, reference),
  };
}

async function linkUpload(parts: CatalogueParts, blob: LinkBlob): Promise<StoredBlobRow | undefined> {
  return changeRepository(parts, blob.repository, { create: true }, async (tx, change) => {
    if (blob.key !== undefined) await storeBlob(tx, blob.digest, blob.key, blob.size, change.now);
    const stored = await findStored(tx, parts, blob.digest);
    if (stored === undefined) return undefined;
    if (blob.upload !== undefined) await endUpload(tx, blob.upload);
    await linkBlob(tx, change, blob.digest, stored.size);
    return stored;
  });
}

async function endUpload(tx: Transaction<Schema>, { id, token }: { id: string; token: string }): Promise<void> {
  const { numDeletedRows } = await tx
    .deleteFrom("upload")
    .where("id", "=", id)
    .where("writer_token", "=", token)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new RegistryError("CONFLICT", { message: "another request took this upload over" });
}

/** The first one to store the bytes decides where they are; a placeholder becomes the real thing. */
async function storeBlob(tx: Transaction<Schema>, digest: Digest, key: string, size: number, now: number): Promise<void> {
  await tx
    .insertInto("blob")
    .values({ digest, key, size, state: "present", stored_ms: now })
    .onConflict((conflict) =>
      conflict.column("digest").doUpdateSet({ key, size, state: "present", stored_ms: now }).where("blob.state", "<>", "present"),
    )
    .execute();
}

/** On PostgreSQL holds the row, so that no sweep takes the bytes before the link is there. */
async function findStored(tx: Transaction<Schema>, { db }: CatalogueParts, digest: Digest): Promise<StoredBlobRow | undefined> {
  const row = tx.selectFrom("blob").select(["key", "size"]).where("digest", "=", digest).where("state", "=", "present");
  return (db.engine === "postgres" ? row.forKeyShare() : row).executeTakeFirst();
}

async function linkBlob(tx: Transaction<Schema>, change: RepositoryChange, digest: Digest, size: number): Promise<void> {
  const { id: repository_id, now } = change;
  const link = await tx
    .selectFrom("repository_blob")
    .select("state")
    .where("repository_id", "=", repository_id)
    .where("digest", "=", digest)
    .executeTakeFirst();
  const present = { state: "present", linked_ms: now, leased_ms: now } as const;
  change.touched = true;
  if (link?.state === "present") {
    await updateLink(tx, repository_id, digest, { leased_ms: now });
    return;
  }
  change.bytes += size;
  if (link === undefined) {
    await tx
      .insertInto("repository_blob")
      .values({ repository_id, digest, ...present })
      .execute();
    return;
  }
  await updateLink(tx, repository_id, digest, present);
  await completeManifests(tx, repository_id, digest, now);
}

async function updateLink(
  tx: Transaction<Schema>,
  repositoryId: number,
  digest: Digest,
  values: { state?: "present" | "trashed"; linked_ms?: number; leased_ms?: number },
): Promise<void> {
  await tx
    .updateTable("repository_blob")
    .set(values)
    .where("repository_id", "=", repositoryId)
    .where("digest", "=", digest)
    .execute();
}

/** Every manifest that waited for this blob and for no other. */
async function completeManifests(tx: Transaction<Schema>, repositoryId: number, digest: Digest, now: number): Promise<void> {
  await tx
    .updateTable("manifest")
    .set({ complete_ms: now })
    .where("complete_ms", "=", none)
    .where("id", "in", (eb) =>
      eb.selectFrom("manifest_blob").select("manifest_id").where("repository_id", "=", repositoryId).where("digest", "=", digest),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("manifest_blob as part")
            .innerJoin("repository_blob as link", (join) =>
              join.onRef("link.repository_id", "=", "part.repository_id").onRef("link.digest", "=", "part.digest"),
            )
            .select(sql.lit(1).as("one"))
            .whereRef("part.manifest_id", "=", "manifest.id")
            .where("link.state", "in", ["missing", "trashed"]),
        ),
      ),
    )
    .execute();
}

/** Names are tried in the order of their links; a caller who may pull few of very many repositories may have to upload. */
async function findSource(
  { db }: CatalogueParts,
  { digest }: DigestReference,
  mayPull: (repository: RepositoryName) => boolean,
): Promise<RepositoryName | undefined> {
  const rows = await db.query
    .selectFrom("repository_blob as link")
    .innerJoin("repository", "repository.id", "link.repository_id")
    .select("repository.name")
    .where("link.digest", "=", digest)
    .where("link.state", "=", "present")
    .where("repository.deleted_ms", "=", none)
    .orderBy("link.repository_id")
    .limit(1000)
    .execute();
  return rows.map((row) => row.name as RepositoryName).find(mayPull);
}

async function mountFrom(
  parts: CatalogueParts,
  { repository, digest }: DigestReference,
  from: RepositoryName,
): Promise<StoredBlobRow | undefined> {
  // Looked up before the target is locked or made: a mount that cannot be leaves no trace.
  const visible = await parts.db.query
    .selectFrom("repository_blob as link")
    .innerJoin("repository", "repository.id", "link.repository_id")
    .select("link.digest")
    .where("repository.name", "=", from)
    .where("repository.deleted_ms", "=", none)
    .where("link.digest", "=", digest)
    .where("link.state", "=", "present")
    .executeTakeFirst();
  return visible === undefined ? undefined : linkUpload(parts, { repository, digest, size: 0 });
}

async function removeLink(parts: CatalogueParts, { repository, digest }: DigestReference): Promise<void> {
  await changeRepository(parts, repository, { create: false }, async (tx, change) => {
    const link = await tx
      .selectFrom("repository_blob as link")
      .innerJoin("blob", "blob.digest", "link.digest")
      .select("blob.size")
      .where("link.repository_id", "=", change.id)
      .where("link.digest", "=", digest)
      .where("link.state", "=", "present")
      .executeTakeFirst();
    if (link === undefined) throw new RegistryError("BLOB_UNKNOWN");
    const user = await tx
      .selectFrom("manifest_blob as part")
      .innerJoin("manifest", "manifest.id", "part.manifest_id")
      .select("manifest.digest")
      .where("part.repository_id", "=", change.id)
      .where("part.digest", "=", digest)
      .where("manifest.trashed_ms", "=", none)
      .limit(1)
      .executeTakeFirst();
    if (user !== undefined) {
      throw new RegistryError("UNSUPPORTED", {
        message: `the manifest ${user.digest} needs this blob: delete the manifest first`,
      });
    }
    await updateLink(tx, change.id, digest, { state: "trashed" });
    change.bytes -= link.size;
    change.touched = true;
  });
}
