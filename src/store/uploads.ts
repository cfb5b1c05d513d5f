// Unfinished blobs: a row that says whose it is and who writes, and staged bytes that alone say how far it got. The row is not durable
// and may be lost by a power cut: the client then starts again. Several processes may share the data, so a writer holds a lease.

import { randomUUID } from "node:crypto";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { BlobStore, StagedBlob } from "./blob-store.ts";
import { ensureRepository, lockRepository, none } from "./catalogue-repository.ts";
import type { Database } from "./database.ts";
import { UploadHashes } from "./upload-hashes.ts";
import { UploadLeases } from "./upload-leases.ts";
import { StagedUpload } from "./upload-staged.ts";

export interface UploadsOptions {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly now: () => number;
  /** How long a writer that stopped moving keeps others out. */
  readonly leaseMs?: number;
  /** Open uploads of one principal, counted without a lock: racing starts may pass it by a few. */
  readonly maxPerPrincipal?: number;
  /** Uploads whose hash is kept between requests; beyond, staged bytes are read again. */
  readonly maxHashes?: number;
  /** Waits for the lease of a writer that may be dead. */
  readonly wait?: (ms: number) => Promise<void>;
}

export interface Uploads {
  /** @throws TOOMANYREQUESTS, STORAGE_FULL */
  start(repository: RepositoryName, principal: number): Promise<StagedUpload>;
  /** @throws BLOB_UPLOAD_UNKNOWN, also for another repository or principal */
  find(repository: RepositoryName, principal: number, id: string): Promise<StagedUpload>;
  /** Removes at most `limit` uploads that nobody touched since `before`; returns how many. Never one that is being written. */
  sweep(options: { readonly before: number; readonly limit: number }): Promise<number>;
}

const idPattern = /^[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}$/;

export function createUploads(options: UploadsOptions): Uploads {
  const { db, blobs, now, maxPerPrincipal = 1000 } = options;
  const hashes = new UploadHashes(options.maxHashes ?? 10_000);
  const leases = new UploadLeases(options);
  const opened = async (id: string, staged: StagedBlob): Promise<StagedUpload> =>
    new StagedUpload({ id, staged, leases, hashes }, await staged.size());

  return {
    async start(repository, principal) {
      const id = randomUUID();
      await refuseTooMany(db, principal, maxPerPrincipal);
      // Bytes before the row that names them, here as everywhere: a row without a file would be an upload that was lost.
      const staged = await blobs.create(id);
      try {
        await db.transaction(
          async (tx) => {
            const { id: repository_id } = await ensureRepository(tx, db.engine, repository, now());
            const row = { id, repository_id, principal, started_ms: now(), touched_ms: now() };
            await tx.insertInto("upload").values(row).execute();
          },
          { durable: false },
        );
      } catch (error) {
        await staged.discard();
        throw error;
      }
      return opened(id, staged);
    },

    async find(repository, principal, id) {
      const row = idPattern.test(id)
        ? await db.query
            .selectFrom("upload")
            .innerJoin("repository", "repository.id", "upload.repository_id")
            .select("upload.id")
            .where("upload.id", "=", id)
            .where("upload.principal", "=", principal)
            .where("repository.name", "=", repository)
            .executeTakeFirst()
        : undefined;
      const staged = row && (await blobs.resume(id));
      if (staged === undefined) throw new RegistryError("BLOB_UPLOAD_UNKNOWN");
      return opened(id, staged);
    },

    sweep: (limits) => sweep(options, limits),
  };
}

async function refuseTooMany(db: Database, principal: number, most: number): Promise<void> {
  const { count } = await db.query
    .selectFrom("upload")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("principal", "=", principal)
    .executeTakeFirstOrThrow();
  if (count < most) return;
  throw new RegistryError("TOOMANYREQUESTS", {
    message: `there are ${most} unfinished uploads already: finish or cancel some`,
    headers: { "Retry-After": "60" },
  });
}

async function sweep({ db, blobs, now }: UploadsOptions, { before, limit }: { before: number; limit: number }): Promise<number> {
  const rows = await db.transaction(
    async (tx) => {
      const expired = tx
        .selectFrom("upload")
        .select("id")
        .where("touched_ms", "<", before)
        .where("writer_until_ms", "<=", now())
        .orderBy("touched_ms")
        .limit(limit);
      // On PostgreSQL a writer may take its lease between the two looks: the condition stands in the delete, too.
      return tx
        .deleteFrom("upload")
        .where("id", "in", expired)
        .where("touched_ms", "<", before)
        .where("writer_until_ms", "<=", now())
        .returning("id")
        .execute();
    },
    { durable: false },
  );
  for (const { id } of rows) await (await blobs.resume(id))?.discard();
  const strays = await sweepStrays(db, blobs, before, limit - rows.length);
  await sweepEmptyRepositories(db, before, limit);
  return rows.length + strays;
}

/** Staged bytes whose row was lost: a kill between the two, or a power cut. */
async function sweepStrays(db: Database, blobs: BlobStore, before: number, limit: number): Promise<number> {
  let removed = 0;
  for await (const { id, modifiedMs } of blobs.staged()) {
    if (removed >= limit) break;
    if (modifiedMs >= before) continue;
    if ((await db.query.selectFrom("upload").select("id").where("id", "=", id).executeTakeFirst()) !== undefined) continue;
    await (await blobs.resume(id))?.discard();
    removed++;
  }
  return removed;
}

/** Names that an upload was started in and nothing was ever pushed to. */
async function sweepEmptyRepositories(db: Database, before: number, limit: number): Promise<void> {
  const candidates = await db.query
    .selectFrom("repository")
    .select(["id", "name"])
    .where("updated_ms", "=", none)
    .where("deleted_ms", "=", none)
    .where("created_ms", "<", before)
    .limit(limit)
    .execute();
  for (const { id, name } of candidates) {
    await db.transaction(
      async (tx) => {
        // The lock keeps a starting upload out until the row is gone, or this out until the upload is there.
        const repository = await lockRepository(tx, db.engine, name as RepositoryName);
        if (repository === undefined || repository.updated_ms !== 0) return;
        const upload = await tx.selectFrom("upload").select("id").where("repository_id", "=", id).limit(1).executeTakeFirst();
        if (upload === undefined) await tx.deleteFrom("repository").where("id", "=", id).execute();
      },
      { durable: false },
    );
  }
}
