// Blobs of the local registry. Bytes first, then the row that names them: a kill in between leaves a file that nobody names, never a
// row without its bytes.

import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { BlobFacts, Blobs, Upload } from "../oci/registry.ts";
import type { StagedUpload, VerifiedBytes } from "../store/upload-staged.ts";
import type { LocalParts } from "./local.ts";

export function createLocalBlobs({ catalogue, blobs, uploads }: LocalParts): Blobs {
  const store = async (repository: RepositoryName, digest: Digest, bytes: VerifiedBytes): Promise<void> => {
    const { size, upload } = bytes;
    const known = await catalogue.blobs.link({ repository, digest, size, upload });
    if (known !== undefined) return;
    const key = await bytes.store();
    // When this fails the bytes stay, whoever finds them: an error may also mean that the answer of a commit was lost.
    const { key: used } = (await catalogue.blobs.link({ repository, digest, size, upload, key }))!;
    if (used !== key) await blobs.remove(key);
  };

  const toUpload = (repository: RepositoryName, staged: StagedUpload): Upload => ({
    id: staged.id,
    get size() {
      return staged.size;
    },
    append: (body, options) => staged.append(body, options),
    async commit(digest): Promise<BlobFacts> {
      await staged.finish(digest, (bytes) => store(repository, digest, bytes));
      return { digest, size: staged.size };
    },
    cancel: () => staged.cancel(),
  });

  return {
    async head(reference) {
      const { size } = await catalogue.blobs.head(reference);
      return { digest: reference.digest, size };
    },
    async get(reference) {
      const { key, size } = await catalogue.blobs.get(reference);
      return { digest: reference.digest, size, open: (range) => blobs.open(key, size, range) };
    },
    async upload(repository, { id, principal = 0 } = {}) {
      const staged = await (id === undefined ? uploads.start(repository, principal) : uploads.find(repository, principal, id));
      return toUpload(repository, staged);
    },
    async mount(reference, from, mayPull) {
      const linked = await catalogue.blobs.mount(reference, from, mayPull);
      return linked && { digest: reference.digest, size: linked.size };
    },
    delete: (reference) => catalogue.blobs.remove(reference),
  };
}
