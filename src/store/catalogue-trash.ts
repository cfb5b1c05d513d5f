// Deleting: a tag ends; a manifest goes to the trash with every tag on it. In the trash it is invisible at every door, keeps its blobs,
// and comes back in place when the same bytes are pushed again.

import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Reference } from "../oci/reference.ts";
import type { CatalogueParts } from "./catalogue.ts";
import { refuseOther } from "./catalogue-manifests.ts";
import { changeRepository, none } from "./catalogue-repository.ts";
import { deleteTag, findTag, tagsOf } from "./catalogue-tags.ts";

/** @throws NAME_UNKNOWN, MANIFEST_UNKNOWN, PRECONDITION_FAILED */
export async function deleteReference(
  parts: CatalogueParts,
  reference: Reference,
  ifMatch: readonly Digest[] | undefined,
): Promise<void> {
  await changeRepository(parts, reference.repository, { create: false }, async (tx, change) => {
    change.touched = true;
    if (reference.tag !== undefined) {
      const tag = await findTag(tx, change.id, reference.tag);
      if (tag === undefined) throw new RegistryError("MANIFEST_UNKNOWN");
      refuseOther(tag.digest, ifMatch);
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
    for (const tag of await tagsOf(tx, manifest.id)) await deleteTag(tx, change, tag);
    await tx.updateTable("manifest").set({ trashed_ms: change.now }).where("id", "=", manifest.id).execute();
    change.manifests -= 1;
    change.bytes -= manifest.size;
    change.events.push({ type: "death", repositoryId: change.id, tagEpoch: 0, manifestId: manifest.id });
  });
}
