// The fleet as rows of our own database, and its two blobs as files where the blob store keeps them.

import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sql, type Transaction } from "kysely";
import { openDatabase, type DatabaseOptions } from "../src/store/database.ts";
import type { Schema } from "../src/store/schema.ts";
import { digestHex } from "../src/oci/digest.ts";
import { naturalKey, versionKey } from "../src/oci/name-orders.ts";
import { fleet, type FleetRepository, type FleetSize } from "./fleet.ts";

/** @param data the data folder, also with PostgreSQL */
export async function writeForHythe(data: string, database: string | undefined, size: FleetSize): Promise<void> {
  mkdirSync(data, { recursive: true });
  const options: DatabaseOptions = { folder: data, ...(database !== undefined && { url: database }) };
  const db = await openDatabase(options);
  try {
    let first = true;
    for (const repository of fleet(size)) {
      if (first) await db.transaction((tx) => insertBlobs(tx, data, repository));
      first = false;
      await db.transaction((tx) => insertRepository(tx, repository), { durable: false });
    }
  } finally {
    await db.close();
  }
}

async function insertBlobs(tx: Transaction<Schema>, data: string, { tags }: FleetRepository): Promise<void> {
  for (const { digest, bytes } of tags[0]!.image.blobs) {
    const hex = digestHex(digest);
    const key = `sha256/${hex.slice(0, 2)}/${hex}.${randomBytes(8).toString("hex")}`;
    const file = join(data, "content", "blobs", key);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes);
    await tx.insertInto("blob").values({ digest, key, size: bytes.length, state: "present", stored_ms: Date.now() }).execute();
  }
}

/** One statement takes only so many values. */
const tagsAtOnce = 1000;

async function insertRepository(tx: Transaction<Schema>, { name, tags }: FleetRepository): Promise<void> {
  const now = Date.now();
  const blobs = tags[0]!.image.blobs;
  const blobBytes = blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const manifestBytes = tags.reduce((sum, { image }) => sum + image.bytes.length, 0);
  const counts = { tag_count: tags.length, manifest_count: tags.length, bytes: blobBytes + manifestBytes };
  const { id: repository_id } = await tx
    .insertInto("repository")
    .values({ name, created_ms: now, updated_ms: now, ...counts })
    .returning("id")
    .executeTakeFirstOrThrow();
  const links = blobs.map(({ digest }) => ({ repository_id, digest, state: "present" as const, linked_ms: now, leased_ms: now }));
  await tx.insertInto("repository_blob").values(links).execute();
  for (let from = 0; from < tags.length; from += tagsAtOnce) {
    await insertTags(tx, repository_id, tags.slice(from, from + tagsAtOnce));
  }
  await tx
    .updateTable("tag")
    .set((eb) => ({ epoch: eb.ref("id") }))
    .where("repository_id", "=", repository_id)
    .where("epoch", "=", 0)
    .execute();
}

async function insertTags(tx: Transaction<Schema>, repository_id: number, tags: FleetRepository["tags"]): Promise<void> {
  const now = Date.now();
  const blobs = tags[0]!.image.blobs;
  const blobBytes = blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const manifests = await tx
    .insertInto("manifest")
    .values(
      tags.map(({ image }) => ({
        repository_id,
        digest: image.digest,
        media_type: image.mediaType,
        config_media_type: blobs[0]!.mediaType,
        config_digest: blobs[0]!.digest,
        size: image.bytes.length,
        image_bytes: image.bytes.length + blobBytes,
        layer_count: blobs.length - 1,
        platforms: '["linux/amd64"]',
        tag_count: 1,
        pushed_ms: now,
        complete_ms: now,
        leased_ms: now,
      })),
    )
    .returning(["id", "digest", "image_bytes"])
    .execute();
  const rowOf = new Map(manifests.map((row) => [row.digest, row]));
  const bodies = tags.map(({ image }) => ({ manifest_id: rowOf.get(image.digest)!.id, body: image.bytes }));
  await tx.insertInto("manifest_body").values(bodies).execute();
  const parts = manifests.flatMap(({ id: manifest_id }) =>
    blobs.map(({ digest, mediaType: media_type, bytes }, i) => {
      const role = i === 0 ? ("config" as const) : ("layer" as const);
      return { repository_id, manifest_id, digest, role, media_type, size: bytes.length };
    }),
  );
  await tx.insertInto("manifest_blob").values(parts).execute();
  const tagRows = tags.map(({ tag, image }) => {
    const { id: manifest_id, image_bytes } = rowOf.get(image.digest)!;
    const keys = { natural_key: naturalKey(tag), version_key: versionKey(tag) };
    return { repository_id, name: tag, ...keys, manifest_id, digest: image.digest, bytes: image_bytes, start_ms: now, by: "" };
  });
  await tx.insertInto("tag").values(tagRows).execute();
}

/** Numbers of pulls for everything, most of them small, as the fold would have written them. */
export async function writePulls(data: string): Promise<void> {
  const db = await openDatabase({ folder: data });
  try {
    const now = Date.now();
    const counted = [
      ["repository", "select id, id as repository_id from repository"],
      ["manifest", "select id, repository_id from manifest"],
      ["tag", "select epoch as id, repository_id from tag"],
    ] as const;
    for (const [kind, ids] of counted) {
      await db.transaction(async (tx) => {
        await sql`
          insert into pull_total (kind, id, repository_id, live, pulls, last_pulled_ms, checks, last_checked_ms)
          select ${kind}, id, repository_id, 1, (id * 7919) % 1009, ${now} - (id * 104729) % 86400000, (id * 31) % 101, ${now}
          from (${sql.raw(ids)}) as counted`.execute(tx);
      });
    }
  } finally {
    await db.close();
  }
}
