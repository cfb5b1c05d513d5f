// Repositories, manifests and tags as rows, without a registry: for tests of lists that need many of them quickly.

import { digestOf, type Digest } from "../src/oci/digest.ts";
import { ociManifest } from "../src/oci/media-types.ts";
import { naturalKey, versionKey } from "../src/oci/name-orders.ts";
import type { Database } from "../src/store/database.ts";
import { defaultPullSettings } from "../src/pulls/settings.ts";
import { openPulls, type Pulls } from "../src/pulls/pulls.ts";
import type { TestDatabase } from "./peers/databases.ts";

export interface RepositoryRow {
  readonly id: number;
  readonly name: string;
}
export interface ManifestRow {
  readonly id: number;
  readonly digest: Digest;
  readonly repositoryId: number;
  readonly bytes: number;
}
export interface TagRow {
  readonly id: number;
  readonly epoch: number;
  readonly name: string;
  readonly manifest: ManifestRow;
}

export async function addRepository(db: Database, name: string, updatedMs = 1_000): Promise<RepositoryRow> {
  const values = { name, created_ms: 500, updated_ms: updatedMs };
  const { id } = await db.transaction((tx) =>
    tx.insertInto("repository").values(values).returning("id").executeTakeFirstOrThrow(),
  );
  return { id, name };
}

interface ManifestOptions {
  readonly body?: Uint8Array;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly subject?: string;
  readonly platforms?: readonly string[];
  readonly bytes?: number;
  readonly pushedMs?: number;
}

export function addManifest(
  db: Database,
  repository: RepositoryRow,
  seed: string,
  options: ManifestOptions = {},
): Promise<ManifestRow> {
  const { mediaType = ociManifest, artifactType = "", subject = "", bytes = 100, pushedMs = 1_000 } = options;
  const body = options.body ?? Buffer.from(`{"seed":"${repository.name} ${seed}"}`);
  const digest = digestOf(body);
  return db.transaction(async (tx) => {
    const values = {
      repository_id: repository.id,
      digest,
      media_type: mediaType,
      artifact_type: artifactType,
      subject_digest: subject,
      size: body.byteLength,
      image_bytes: bytes,
      platforms: JSON.stringify(options.platforms ?? ["linux/amd64"]),
      pushed_ms: pushedMs,
      complete_ms: pushedMs,
      leased_ms: pushedMs,
    };
    const { id } = await tx.insertInto("manifest").values(values).returning("id").executeTakeFirstOrThrow();
    await tx.insertInto("manifest_body").values({ manifest_id: id, body }).execute();
    await tx
      .updateTable("repository")
      .set((eb) => ({ manifest_count: eb("manifest_count", "+", 1), bytes: eb("bytes", "+", bytes) }))
      .where("id", "=", repository.id)
      .execute();
    return { id, digest, repositoryId: repository.id, bytes };
  });
}

/** Puts a tag on a manifest, as a move when the tag is there already. */
export function putTag(db: Database, name: string, manifest: ManifestRow, startMs = 1_000): Promise<TagRow> {
  const { repositoryId } = manifest;
  return db.transaction(async (tx) => {
    const before = await tx
      .updateTable("tag")
      .set({ end_ms: startMs, end_reason: "moved" })
      .where("repository_id", "=", repositoryId)
      .where("name", "=", name)
      .where("end_ms", "=", 0)
      .returning(["epoch", "manifest_id"])
      .executeTakeFirst();
    const values = {
      repository_id: repositoryId,
      name,
      epoch: before?.epoch ?? 0,
      manifest_id: manifest.id,
      digest: manifest.digest,
      bytes: manifest.bytes,
      natural_key: naturalKey(name),
      version_key: versionKey(name),
      start_ms: startMs,
    };
    const { id } = await tx.insertInto("tag").values(values).returning("id").executeTakeFirstOrThrow();
    const epoch = before?.epoch ?? id;
    if (before === undefined) await tx.updateTable("tag").set({ epoch }).where("id", "=", id).execute();
    const count = (manifestId: number, by: number) =>
      tx
        .updateTable("manifest")
        .set((eb) => ({ tag_count: eb("tag_count", "+", by) }))
        .where("id", "=", manifestId)
        .execute();
    if (before !== undefined) await count(before.manifest_id, -1);
    await count(manifest.id, 1);
    if (before === undefined) {
      await tx
        .updateTable("repository")
        .set((eb) => ({ tag_count: eb("tag_count", "+", 1) }))
        .where("id", "=", repositoryId)
        .execute();
    }
    return { id, epoch, name, manifest };
  });
}

/** Counting on a test's database, with a fold only when it is asked for. The caller closes it before the database. */
export function openTestPulls(opened: TestDatabase, now: () => number): Promise<Pulls> {
  return openPulls({
    folder: opened.options.folder,
    database: opened.options,
    db: opened.db,
    settings: { ...defaultPullSettings, foldEvery: 1e9, foldLatest: 1e9, attribution: false },
    childrenOf: async () => [],
    now,
    monotonic: () => performance.now(),
    log: () => undefined,
    failpoint: () => undefined,
  });
}

/** One answered GET (a pull) or HEAD (a check) of a manifest, by tag or by digest. */
export function record(pulls: Pulls, method: "GET" | "HEAD", manifest: ManifestRow, tag?: TagRow): Promise<void> {
  return pulls.record({
    method,
    byTag: tag !== undefined,
    status: 200,
    ids: { repositoryId: manifest.repositoryId, manifestId: manifest.id, tagEpoch: tag?.epoch ?? 0 },
    digest: manifest.digest,
    isIndex: false,
    principal: 0,
    client: 1,
    address: "127.0.0.1",
    answerable: () => true,
  });
}

export async function born(pulls: Pulls, tag: TagRow): Promise<void> {
  const { repositoryId } = tag.manifest;
  await pulls.born("repository", [{ id: repositoryId, repositoryId }]);
  await pulls.born("manifest", [{ id: tag.manifest.id, repositoryId }]);
  await pulls.born("tag", [{ id: tag.epoch, repositoryId }]);
}
