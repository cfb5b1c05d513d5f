// Manifests of another registry. What would surprise: conditions are checked before a write, too, because many registries ignore them;
// there a change in the moment between goes unseen.

import { digestAlgorithm, digestOf, type Digest } from "../oci/digest.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import { parseManifest, type ParsedManifest } from "../oci/manifest.ts";
import type { Reference, Tag } from "../oci/reference.ts";
import type { CallOptions, Manifests, PutManifestOptions } from "../oci/registry.ts";
import { deleteManifest, type TagDeletion } from "./deletes.ts";
import { headManifest, putManifest, readManifest } from "./manifest-requests.ts";
import type { Operations } from "./operation.ts";
import { createReferrers } from "./referrers.ts";

/** Every registry takes so many bytes; larger ones only some. */
const maxBytesOut = 4 * 1024 * 1024;

export function createManifests(operations: Operations, tagDeletion: TagDeletion): Manifests {
  const referrers = createReferrers(operations);

  return {
    head: (reference, { signal } = {}) => headManifest(operations, reference, signal),
    async get(reference, { signal } = {}) {
      const { bytes, digest, mediaType, size } = await readManifest(operations, reference, signal);
      return { digest, mediaType, size, bytes };
    },
    async put(reference, bytes, mediaType, options = {}) {
      const { signal, tags = [] } = options;
      const parsed = checkManifest(bytes, mediaType);
      const digest = digestOf(bytes, reference.digest === undefined ? "sha256" : digestAlgorithm(reference.digest));
      if (reference.digest !== undefined && reference.digest !== digest) {
        throw createRegistryError("DIGEST_INVALID", {
          message: `the manifest's bytes are those of ${digest}, not of ${reference.digest}`,
        });
      }
      const condition = await checkConditions(operations, reference, options);
      const query = tags.length === 0 ? "" : `?${tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join("&")}`;
      const request = { reference, bytes, mediaType: parsed.mediaType, query, condition };
      const response = await putManifest(operations, request, digest, signal);
      if (tags.length > 0 && response.header("oci-tag") === undefined)
        await putTags(operations, reference, parsed, bytes, options);
      if (parsed.subject === undefined) return { digest };
      const subject = parsed.subject.digest;
      await referrers.pushed(
        { repository: reference.repository, digest: subject },
        { parsed, digest, size: bytes.length },
        response,
        signal,
      );
      return { digest, subject };
    },
    async delete(reference, options = {}) {
      const { signal } = options;
      await checkConditions(operations, reference, options);
      if (reference.tag !== undefined) return deleteManifest(operations, reference, options, tagDeletion);
      const subject = await referrers.subjectToTidy(reference, signal);
      await deleteManifest(operations, reference, options, tagDeletion);
      if (subject !== undefined) await referrers.deleted(subject, reference.digest, signal);
    },
    referrers: (subject, page) => referrers.list(subject, page),
  };
}

/** @throws MANIFEST_INVALID */
function checkManifest(bytes: Uint8Array, mediaType: string | undefined): ParsedManifest {
  if (bytes.length > maxBytesOut) {
    throw createRegistryError("MANIFEST_INVALID", {
      message: `the manifest has ${bytes.length} bytes: registries take at most ${maxBytesOut}`,
    });
  }
  return parseManifest(bytes, mediaType);
}

/** For a registry that does not know `?tag=` (distribution-spec end-7b): one by one. */
async function putTags(
  operations: Operations,
  { digest, repository }: Reference,
  { mediaType }: ParsedManifest,
  bytes: Uint8Array,
  { signal, tags = [] }: PutManifestOptions,
): Promise<void> {
  if (digest !== undefined && digestAlgorithm(digest) !== "sha256") {
    throw createRegistryError("UNSUPPORTED", { message: "this registry can tag only what is known by its sha256" });
  }
  for (const tag of tags) {
    await putManifest(operations, { reference: { repository, tag }, bytes, mediaType }, digest ?? digestOf(bytes), signal);
  }
}

/** The headers of the condition. @throws PRECONDITION_FAILED when it does not hold now */
async function checkConditions(
  operations: Operations,
  reference: Reference,
  { ifMatch, ifNoneMatch, signal }: CallOptions & { readonly ifMatch?: readonly Digest[]; readonly ifNoneMatch?: boolean },
): Promise<Readonly<Record<string, string>>> {
  if (ifMatch === undefined && ifNoneMatch !== true) return {};
  const current = await currentDigest(operations, reference, signal);
  if (ifNoneMatch === true && current !== undefined) {
    throw createRegistryError("PRECONDITION_FAILED", { message: `there is a manifest already: ${current}` });
  }
  if (ifMatch !== undefined && (current === undefined || !ifMatch.includes(current))) {
    throw createRegistryError("PRECONDITION_FAILED", {
      message: `the manifest is ${current ?? "not there"}, not what was expected`,
    });
  }
  return {
    ...(ifMatch && { "if-match": ifMatch.map((digest) => `"${digest}"`).join(", ") }),
    ...(ifNoneMatch === true && { "if-none-match": "*" }),
  };
}

async function currentDigest(
  operations: Operations,
  reference: Reference & { tag?: Tag },
  signal: AbortSignal | undefined,
): Promise<Digest | undefined> {
  try {
    return (await headManifest(operations, reference, signal)).digest;
  } catch (error) {
    if (error instanceof RegistryError && error.kind === "not found") return undefined;
    throw error;
  }
}
