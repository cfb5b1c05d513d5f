// Manifests of the local registry: parsed strictly, stored as they came, found by their bytes' digest.

import { digestAlgorithm, digestOf, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { Reference } from "../oci/reference.ts";
import type { Manifests } from "../oci/registry.ts";
import { readPlatforms } from "./image-config.ts";
import type { LocalParts } from "./local.ts";

export function createLocalManifests(parts: LocalParts): Manifests {
  const { manifests } = parts.catalogue;
  return {
    head: (reference) => manifests.head(reference),
    get: (reference) => manifests.get(reference),
    async put(reference, bytes, mediaType, { tags = [], ifMatch, ifNoneMatch, by = "", assertMayLeave } = {}) {
      const digest = verify(reference, bytes);
      const parsed = parseManifest(bytes, mediaType);
      const { repository, tag } = reference;
      await manifests.put({
        repository,
        digest,
        bytes,
        parsed,
        // Read before the transaction, where nothing may wait for a disk.
        platforms: await readPlatforms(parts, repository, parsed.config),
        tags: [...new Set(tag === undefined ? tags : [tag, ...tags])],
        by,
        ...(assertMayLeave !== undefined && { assertMayLeave }),
        ...(tag !== undefined && { conditionTag: tag }),
        ...(ifMatch !== undefined && { ifMatch }),
        ...(ifNoneMatch !== undefined && { ifNoneMatch }),
      });
      return { digest, ...(parsed.subject && { subject: parsed.subject.digest }) };
    },
    delete: (reference, options = {}) => manifests.delete(reference, options),
    referrers: (subject, page) => manifests.referrers(subject, page),
  };
}

/** The digest that the manifest is stored under: the one it was put by, sha256 when it was put by tag. @throws DIGEST_INVALID */
function verify(reference: Reference, bytes: Uint8Array): Digest {
  const wanted = reference.digest;
  const digest = digestOf(bytes, wanted === undefined ? "sha256" : digestAlgorithm(wanted));
  if (wanted === undefined || wanted === digest) return digest;
  throw new RegistryError("DIGEST_INVALID", { message: `the manifest has the digest ${digest}` });
}
