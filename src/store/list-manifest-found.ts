// Which manifest somebody means who has a tag, a digest, or only the beginning of a digest.

import { sql, type Transaction } from "kysely";
import { isDigest, parseDigest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseTag } from "../oci/reference.ts";
import type { Database } from "./database.ts";
import { findRepository, type FoundRepository } from "./list-repositories.ts";
import type { InRepository } from "./list-tags.ts";
import type { Schema } from "./schema.ts";

/** The tag that something was asked for by. */
export interface FoundTag {
  readonly name: string;
  readonly epoch: number;
  readonly pushedMs: number;
  readonly by: string;
}
export interface FoundReference {
  readonly manifestId: number;
  /** Undefined: asked by digest. */
  readonly tag: FoundTag | undefined;
}

/** A name that is both is the tag: people call tags after commits. */
const hex = /^[a-f0-9]{12,128}$/;
const prefixed = /^(?:sha256|sha512):[a-f0-9]{12,128}$/;

/** @throws DIGEST_INVALID, MANIFEST_INVALID for what is neither; MANIFEST_UNKNOWN; REQUEST_INVALID when several digests begin so */
export async function findReference(
  tx: Transaction<Schema>,
  repository: Pick<FoundRepository, "id" | "name">,
  text: string,
): Promise<FoundReference> {
  if (text.includes(":")) {
    const manifestId = await findByDigest(tx, repository.id, [prefixed.test(text) ? text : parseDigest(text)]);
    if (manifestId !== undefined) return { manifestId, tag: undefined };
    const what = isDigest(text) ? `no manifest ${text}` : `no manifest whose digest begins with ${text}`;
    throw new RegistryError("MANIFEST_UNKNOWN", { message: `there is ${what} in ${repository.name}` });
  }
  const tag = await tx
    .selectFrom("tag")
    .select(["name", "epoch", "manifest_id as manifestId", "start_ms as pushedMs", "by"])
    .where("repository_id", "=", repository.id)
    .where("name", "=", parseTag(text))
    .where("end_ms", "=", sql.lit(0))
    .executeTakeFirst();
  if (tag !== undefined) return { manifestId: tag.manifestId, tag };
  const manifestId = hex.test(text) ? await findByDigest(tx, repository.id, [`sha256:${text}`, `sha512:${text}`]) : undefined;
  if (manifestId !== undefined) return { manifestId, tag: undefined };
  throw new RegistryError("MANIFEST_UNKNOWN", { message: `there is no tag '${text}' in ${repository.name}` });
}

/** By beginnings, a whole digest is its own. */
async function findByDigest(
  tx: Transaction<Schema>,
  repositoryId: number,
  beginnings: readonly string[],
): Promise<number | undefined> {
  const found: number[] = [];
  for (const beginning of beginnings) {
    const rows = await tx
      .selectFrom("manifest")
      .select("id")
      .where("repository_id", "=", repositoryId)
      .where("digest", ">=", beginning)
      // The first letter that is no hexadecimal digit.
      .where("digest", "<", `${beginning}g`)
      .where("trashed_ms", "=", sql.lit(0))
      .limit(2)
      .execute();
    found.push(...rows.map(({ id }) => id));
  }
  if (found.length > 1) {
    throw new RegistryError("REQUEST_INVALID", { message: `several digests begin with ${beginnings[0]}: give more of it` });
  }
  return found[0];
}

export interface ManifestBytes {
  readonly digest: string;
  readonly mediaType: string;
  /** As it was pushed. */
  readonly body: Uint8Array;
}

/** @throws NAME_UNKNOWN, and what findReference throws */
export function readManifestBytes(db: Database, request: InRepository & { readonly reference: string }): Promise<ManifestBytes> {
  return db.snapshot(async (tx) => {
    const repository = await findRepository(tx, request.repository, request.visible);
    const { manifestId } = await findReference(tx, repository, request.reference);
    return tx
      .selectFrom("manifest")
      .innerJoin("manifest_body", "manifest_body.manifest_id", "manifest.id")
      .select(["digest", "media_type as mediaType", "body"])
      .where("id", "=", manifestId)
      .executeTakeFirstOrThrow();
  });
}
