// POST /api/v1/tags/delete takes tags off their images, which stay; POST /api/v1/tags/{tag}/restore brings one back with its numbers.

import type { z } from "zod";
import { isAllowed } from "../access/principal.ts";
import { guardTags } from "../access/tag-guard.ts";
import { parseDigest, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { formatReference, parseTag, type RepositoryName, type Tag, type TagReference } from "../oci/reference.ts";
import { readLeftImages } from "../store/list-left-images.ts";
import { listTags } from "../store/list-tags.ts";
import {
  deleteTagsAnswer,
  deleteTagsBody,
  maxTagsAtOnce,
  restoreTagAnswer,
  restoreTagQuery,
  type DeletedTag,
} from "../wire/tag-changes.ts";
import { tagParams } from "../wire/tags.ts";
import { authorOf, refuse, type Identity } from "./identity.ts";
import { defineRoute, type ApiHouse } from "./route.ts";
import { readUsageRules } from "./usage.ts";

/** As many as a call takes, with long names. */
const maxBodyBytes = 512 * 1024;

export const deleteTags = defineRoute({
  method: "POST",
  path: "/api/v1/tags/delete",
  access: "read",
  summary: "Takes tags off their images, by name or by a filter; who stands elsewhere by now, or is kept by a rule, stays",
  body: deleteTagsBody,
  answer: deleteTagsAnswer,
  maxBodyBytes,
  async handle(house, { body, identity, visible, repository: readable }) {
    const repository = readable(body.repository);
    assertMayDelete(identity, repository);
    const { tags, matched, nextCursor } = await chooseTags(house, repository, body);
    const items: DeletionResult[] = [];
    for (const { tag, digest } of tags) items.push(await deleteTag(house, identity, { repository, tag }, digest, body.dryRun));
    const going = items.flatMap(({ name, digest, outcome }) =>
      outcome === "deleted" && digest !== null ? { name, digest } : [],
    );
    const left = await readLeftImages(house.db, repository, going);
    return {
      items: items.map((item) => {
        const image = item.outcome === "deleted" ? left.byDigest.get(item.digest ?? "") : undefined;
        return { ...item, siblings: image === undefined ? null : [...image.tags], referrers: image?.referrers ?? null };
      }),
      matched,
      ...(nextCursor !== undefined && { nextCursor }),
      freesBytes: visible === undefined ? left.freesBytes : null,
      // Images are not pruned, so a tag can always be put back.
      undoUntil: null,
    };
  },
});

type DeletionResult = Omit<DeletedTag, "siblings" | "referrers">;

interface ChosenTags {
  readonly tags: readonly { readonly tag: Tag; readonly digest: Digest | undefined }[];
  readonly matched: number | null;
  readonly nextCursor?: string | undefined;
}

/** What a filter lets through is deleted only where it stood then. @throws TAG_INVALID, DIGEST_INVALID, and what listTags throws */
async function chooseTags(
  house: ApiHouse,
  repository: RepositoryName,
  { tags = [], filter, cursor }: z.output<typeof deleteTagsBody>,
): Promise<ChosenTags> {
  if (filter === undefined) {
    const chosen = tags.map(({ name, digest }) => ({
      tag: parseTag(name),
      digest: digest === undefined ? undefined : parseDigest(digest),
    }));
    return { tags: chosen, matched: null };
  }
  const { items, total, nextCursor } = await listTags(house.db, house.pulls?.openUnfolded, {
    ...filter,
    repository,
    rules: await readUsageRules(house),
    sort: "name",
    descending: false,
    limit: maxTagsAtOnce,
    cursor,
    total: true,
  });
  const found = items.map(({ name, digest }) => ({ tag: name as Tag, digest: digest as Digest }));
  return { tags: found, matched: total ?? null, nextCursor };
}

export const restoreTag = defineRoute({
  method: "POST",
  path: "/api/v1/tags/{tag}/restore",
  access: "read",
  summary: "Undoes the deletion of a tag: it stands where it stood, with the numbers, push time and pusher that it had",
  query: restoreTagQuery,
  params: tagParams,
  answer: restoreTagAnswer,
  async handle({ access, content }, { identity, params, query, repository: readable }) {
    const repository = readable(query.repository);
    // Undoing a deletion is for those who may delete: who may only push could bring back what others took away for a reason.
    assertMayDelete(identity, repository);
    const reference: TagReference = { repository, tag: parseTag(params.tag) };
    const digest = await content.restore(reference);
    await access.audit.record({
      ...authorOf(identity),
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
): Promise<DeletionResult> {
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
