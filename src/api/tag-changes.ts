// POST /api/v1/tags/delete takes tags off their images, which stay; POST /api/v1/tags/{tag}/restore brings one back with its numbers.

import { isAllowed } from "../access/principal.ts";
import { guardTags } from "../access/tag-guard.ts";
import { parseDigest, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { formatReference, parseTag, type RepositoryName, type TagReference } from "../oci/reference.ts";
import { deleteTagsAnswer, deleteTagsBody, restoreTagAnswer, restoreTagQuery, type DeletedTag } from "../wire/tag-changes.ts";
import { tagParams } from "../wire/tags.ts";
import { authorOf, refuse, type Identity } from "./identity.ts";
import { defineRoute, type ApiHouse } from "./route.ts";

export const deleteTags = defineRoute({
  method: "POST",
  path: "/api/v1/tags/delete",
  access: "read",
  summary: "Takes tags off their images; who stands elsewhere by now, or is kept by a rule, stays",
  body: deleteTagsBody,
  answer: deleteTagsAnswer,
  async handle(house, { body, identity, repository: readable }) {
    const repository = readable(body.repository);
    assertMayDelete(identity, repository);
    const wanted = body.tags.map(({ name, digest }) => ({
      tag: parseTag(name),
      digest: digest === undefined ? undefined : parseDigest(digest),
    }));
    const items: DeletedTag[] = [];
    for (const { tag, digest } of wanted) items.push(await deleteTag(house, identity, { repository, tag }, digest, body.dryRun));
    return { items };
  },
});

export const restoreTag = defineRoute({
  method: "POST",
  path: "/api/v1/tags/{tag}/restore",
  access: "read",
  summary: "Undoes the deletion of a tag: it stands where it stood, with the numbers that it had",
  query: restoreTagQuery,
  params: tagParams,
  answer: restoreTagAnswer,
  async handle({ access, content }, { identity, params, query, repository: readable }) {
    const repository = readable(query.repository);
    // Undoing a deletion is for those who may delete: who may only push could bring back what others took away for a reason.
    assertMayDelete(identity, repository);
    const reference: TagReference = { repository, tag: parseTag(params.tag) };
    const author = authorOf(identity);
    const digest = await content.restore(reference, author.principal.name);
    await access.audit.record({
      ...author,
      action: "tag.restore",
      objectKind: "tag",
      object: formatReference(reference),
      detail: { digest },
    });
    return { name: reference.tag, digest };
  },
});

/** One tag in a transaction of its own: what cannot be deleted keeps nothing else from being deleted. */
async function deleteTag(
  { access, content }: ApiHouse,
  identity: Identity,
  reference: TagReference,
  digest: Digest | undefined,
  dryRun: boolean,
): Promise<DeletedTag> {
  const { repository, tag } = reference;
  const author = authorOf(identity);
  const assertMayLeave = guardTags(access.directory, identity.principal, "delete", repository);
  let stood: Digest | null = null;
  try {
    ({ digest: stood } = await content.head(reference));
    if (dryRun) {
      if (digest !== undefined && digest !== stood)
        throw new RegistryError("PRECONDITION_FAILED", { message: `it is ${stood} by now` });
      assertMayLeave(tag);
    } else {
      await content.delete(reference, { ifMatch: [digest ?? stood], assertMayLeave });
      await access.audit.record({
        ...author,
        action: "tag.delete",
        objectKind: "tag",
        object: formatReference(reference),
        detail: { digest: stood },
      });
    }
    return { name: tag, digest: stood, outcome: "deleted", reason: null };
  } catch (error) {
    const outcome = error instanceof RegistryError ? outcomes[error.code] : undefined;
    if (outcome === undefined) throw error;
    return { name: tag, digest: stood, outcome, reason: (error as RegistryError).message };
  }
}

const outcomes: Partial<Record<RegistryError["code"], DeletedTag["outcome"]>> = {
  MANIFEST_UNKNOWN: "missing",
  NAME_UNKNOWN: "missing",
  PRECONDITION_FAILED: "moved",
  DENIED: "kept",
};

/** @throws UNAUTHORIZED who has not signed in, DENIED */
function assertMayDelete({ principal }: Identity, repository: RepositoryName): void {
  if (!isAllowed(principal, "delete", repository)) refuse(principal, `you may not delete in ${repository}`);
}
