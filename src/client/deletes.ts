// Deleting at another registry. What would surprise: a tag is never resolved to its digest to delete that, because every other tag on
// it would go, too. Where a registry cannot delete a tag by name that is said, or, when the caller asks for it, the tag is first moved
// to a manifest that nothing else uses, and that one is deleted.

import { digestOf, type Digest } from "../oci/digest.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import { ociManifest } from "../oci/media-types.ts";
import type { DigestReference, Reference, TagReference } from "../oci/reference.ts";
import type { DeleteManifestOptions } from "../oci/registry.ts";
import { headManifest, manifestPath, putManifest } from "./manifest-requests.ts";
import { notFoundAs, renamed, scope, sendEmpty, statusOf, type Operations } from "./operation.ts";
import type { Scope } from "./scope.ts";
import { startSession } from "./upload-session.ts";

/** What to do where tags cannot be deleted by name: say so, or overwrite the tag with a manifest of its own and delete that. */
export type TagDeletion = "by name" | "by overwriting";

/** @throws UNSUPPORTED with the reason, MANIFEST_UNKNOWN, NAME_UNKNOWN, PRECONDITION_FAILED */
export async function deleteManifest(
  operations: Operations,
  reference: Reference,
  { ifMatch, signal }: DeleteManifestOptions,
  way: TagDeletion,
): Promise<void> {
  const { name, noDelete, noTagDelete } = operations.profile;
  if (noDelete !== undefined) throw unsupported(`${name} deletes nothing this way: ${noDelete}`, noDelete);
  if (reference.tag === undefined) return remove(operations, reference, ifMatch, signal);
  if (noTagDelete === undefined) {
    const error = await removeTag(operations, reference, ifMatch, signal);
    if (error === undefined) return;
    if (way === "by name") throw error;
  } else if (way === "by name") {
    throw unsupported(`${name} deletes no tag by its name: ${noTagDelete}`, noTagDelete);
  }
  await overwriteAndDelete(operations, reference, signal);
}

/** The error of a registry that has no such deletion. */
async function removeTag(
  operations: Operations,
  reference: TagReference,
  ifMatch: readonly Digest[] | undefined,
  signal: AbortSignal | undefined,
): Promise<RegistryError | undefined> {
  try {
    await remove(operations, reference, ifMatch, signal);
    return undefined;
  } catch (error) {
    // Registries that want a digest here call the tag an invalid one, or the method unsupported.
    const status = statusOf(error) ?? 0;
    if (!(error instanceof RegistryError) || ![400, 405, 415, 501].includes(status)) throw error;
    const reason = "it deletes manifests by digest only, and with a manifest all of its tags would go";
    return renamed(error, "UNSUPPORTED", {
      message: `${error.request?.host} cannot delete a tag by its name: ${reason}`,
      detail: { reason },
    });
  }
}

async function remove(
  operations: Operations,
  reference: Reference,
  ifMatch: readonly Digest[] | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const headers = ifMatch && { "if-match": ifMatch.map((digest) => `"${digest}"`).join(", ") };
  try {
    await sendEmpty(operations.send, {
      method: "DELETE",
      url: manifestPath(reference),
      scopes: deletionScopes(operations, reference),
      ...(headers && { headers }),
      signal,
    });
  } catch (error) {
    throw notFoundAs(error, "MANIFEST_UNKNOWN");
  }
}

export function deletionScopes({ profile }: Operations, { repository }: Reference): readonly Scope[] {
  return scope(repository, ...(profile.deleteActions ?? ["delete"]));
}

const emptyConfig = Buffer.from("{}");

/** The tag is moved to a manifest whose digest nobody else can have, which then goes, and the tag with it. */
async function overwriteAndDelete(
  operations: Operations,
  reference: TagReference,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { repository, tag } = reference;
  // A tag that is not there must not come into being for a moment.
  await headManifest(operations, reference, signal);
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(emptyConfig), size: emptyConfig.length };
  const { session } = await startSession(operations, repository, { signal });
  await session!.finish(config.digest, { length: emptyConfig.length, open: () => emptyConfig }, { signal });
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    artifactType: "application/vnd.hythe.deleted-tag",
    config,
    layers: [],
    annotations: { "hythe.deleted-tag": `${tag} ${operations.nonce()}` },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const throwaway: DigestReference = { repository, digest: digestOf(bytes) };
  await putManifest(operations, { reference, bytes, mediaType: ociManifest }, throwaway.digest, signal);
  await remove(operations, throwaway, undefined, signal);
}

function unsupported(message: string, reason: string): RegistryError {
  return createRegistryError("UNSUPPORTED", { message, detail: { reason } });
}
