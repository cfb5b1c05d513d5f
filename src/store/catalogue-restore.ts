// Undoing the deletion of a tag: the last row of its name is opened again, so image, numbers, push time and pusher are those that it had.
// An image that went to the trash meanwhile comes back with it. What would surprise: no history of the deletion stays, the audit log has it.

import { sql, type Transaction } from "kysely";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { TagReference } from "../oci/reference.ts";
import type { CatalogueParts } from "./catalogue.ts";
import { findRepository } from "./catalogue-lists.ts";
import { putManifest } from "./catalogue-manifests.ts";
import { changeRepository } from "./catalogue-repository.ts";
import { findTag, reopenTag } from "./catalogue-tags.ts";
import type { Schema } from "./schema.ts";

interface EndedTag {
  readonly id: number;
  readonly epoch: number;
  readonly manifest_id: number;
  readonly digest: string;
  readonly media_type: string;
  readonly pushed_ms: number;
  readonly trashed_ms: number;
}

/** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN when no such tag was deleted, CONFLICT when there is one, MANIFEST_BLOB_UNKNOWN when its content is gone */
export async function restoreTag(parts: CatalogueParts, { repository, tag }: TagReference): Promise<Digest> {
  const id = await findRepository(parts.db, repository);
  const ended = id === undefined ? undefined : await parts.db.snapshot((tx) => findEnded(tx, id, tag));
  if (ended !== undefined && ended.trashed_ms !== 0) await revive(parts, repository, ended);
  return changeRepository(parts, repository, { create: false }, async (tx, change) => {
    if ((await findTag(tx, change.id, tag)) !== undefined) {
      throw new RegistryError("CONFLICT", { message: `there is a tag '${tag}' in ${repository}: delete or rename it first` });
    }
    const last = await findEnded(tx, change.id, tag);
    if (last === undefined) {
      throw new RegistryError("MANIFEST_UNKNOWN", { message: `no tag '${tag}' was deleted in ${repository}` });
    }
    if (last.trashed_ms !== 0) throw new RegistryError("CONFLICT");
    await reopenTag(tx, change, { ...last, name: tag });
    change.touched = true;
    return last.digest as Digest;
  });
}

/** The last row of the name, if it was ended by a deletion. */
async function findEnded(tx: Transaction<Schema>, repositoryId: number, name: string): Promise<EndedTag | undefined> {
  return tx
    .selectFrom("tag")
    .innerJoin("manifest", "manifest.id", "tag.manifest_id")
    .select(["tag.id", "epoch", "manifest_id", "tag.digest", "media_type", "pushed_ms", "trashed_ms"])
    .where("tag.repository_id", "=", repositoryId)
    .where("tag.name", "=", name)
    .where("end_reason", "=", sql.lit("deleted"))
    .orderBy("tag.id", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** As if its bytes were pushed again, but not now: what it names must still be there. */
async function revive(
  parts: CatalogueParts,
  repository: TagReference["repository"],
  { manifest_id, digest, media_type, pushed_ms: pushedMs }: EndedTag,
): Promise<void> {
  const { body } = await parts.db.query
    .selectFrom("manifest_body")
    .select("body")
    .where("manifest_id", "=", manifest_id)
    .executeTakeFirstOrThrow();
  const parsed = parseManifest(body, media_type);
  const again = { repository, digest: digest as Digest, bytes: body, parsed, pushedMs };
  await putManifest(parts, { ...again, platforms: [], tags: [], by: "" });
}
