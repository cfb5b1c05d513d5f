// Deleting: a tag ends; a manifest goes to the trash with every tag on it. In the trash it is invisible at every door, keeps its blobs,
// and comes back in place when the same bytes are pushed again.

import { sql, type Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Reference, Tag } from "../oci/reference.ts";
import type { DeleteManifestOptions } from "../oci/registry.ts";
import type { CatalogueParts } from "./catalogue.ts";
import { refuseOther } from "./catalogue-manifests.ts";
import { changeRepository, none } from "./catalogue-repository.ts";
import { deleteTag, findTag, tagsOf } from "./catalogue-tags.ts";
import type { Schema } from "./schema.ts";

export type DeleteConditions = Pick<DeleteManifestOptions, "ifMatch" | "assertMayLeave">;

/** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN, PRECONDITION_FAILED, and what `assertMayLeave` throws */
export async function deleteReference(
  parts: CatalogueParts,
  reference: Reference,
  { ifMatch, assertMayLeave }: DeleteConditions,
): Promise<void> {
  await changeRepository(parts, reference.repository, { create: false }, async (tx, change) => {
    change.touched = true;
    if (reference.tag !== undefined) {
      const tag = await findTag(tx, change.id, reference.tag);
      if (tag === undefined) throw new RegistryError("MANIFEST_UNKNOWN");
      refuseOther(tag.digest, ifMatch);
      assertMayLeave?.(tag.name as Tag);
      return deleteTag(tx, change, tag);
    }
    const manifest = await tx
      .selectFrom("manifest")
      .select(["id", "size"])
      .where("repository_id", "=", change.id)
      .where("digest", "=", reference.digest)
      .where("trashed_ms", "=", none)
      .executeTakeFirst();
    if (manifest === undefined) throw new RegistryError("MANIFEST_UNKNOWN");
    refuseOther(reference.digest, ifMatch);
    if (assertMayLeave !== undefined) for (const name of await tagsThatNeed(tx, manifest.id)) assertMayLeave(name);
    for (const tag of await tagsOf(tx, manifest.id)) await deleteTag(tx, change, tag);
    await tx.updateTable("manifest").set({ trashed_ms: change.now }).where("id", "=", manifest.id).execute();
    change.manifests -= 1;
    change.bytes -= manifest.size;
    change.events.push({ type: "death", repositoryId: change.id, tagEpoch: 0, manifestId: manifest.id });
  });
}

/** The tags on a manifest, and on every index that it is a part of. */
async function tagsThatNeed(tx: Transaction<Schema>, manifestId: number): Promise<Tag[]> {
  const { rows } = await sql<{ name: string }>`
    with recursive needing (id) as (
      select cast(${manifestId} as bigint)
      union
      select edge.parent_id
      from needing
      join manifest as part on part.id = needing.id
      join manifest_edge as edge
        on edge.repository_id = part.repository_id and edge.child_digest = part.digest and edge.kind = 'child'
      join manifest as parent on parent.id = edge.parent_id and parent.trashed_ms = 0
    )
    select tag.name as name from needing join tag on tag.manifest_id = needing.id and tag.end_ms = 0 order by name
  `.execute(tx);
  return rows.map(({ name }) => name as Tag);
}
