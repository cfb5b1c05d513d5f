// Manifests of a copy, each once and after everything that it names. What would surprise: an image that the target has is taken to be whole
// there, because registries take no other; an index is not, because many take one without its children.

import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseManifest, type Descriptor, type ParsedManifest } from "../oci/manifest.ts";
import { isIndexType } from "../oci/media-types.ts";
import type { Reference, Tag } from "../oci/reference.ts";
import type { ManifestFacts, StoredManifest } from "../oci/registry.ts";
import type { CopyBlob } from "./copy-blobs.ts";
import type { CopyWork } from "./copy.ts";
import { mapBounded } from "./map-bounded.ts";

type Named = Pick<Descriptor, "digest" | "mediaType">;

export interface ManifestCopier {
  /** With what it names. */
  copy(manifest: StoredManifest): Promise<void>;
  /** As `copy`, but read from the source where the target has not got it. */
  bring(named: Named): Promise<void>;
  /** Of what was copied. */
  tag(manifest: StoredManifest, tag: Tag): Promise<void>;
  /** Everything that was asked for so far. */
  digests(): readonly Digest[];
}

/** Indexes within indexes; one that is deeper cannot be meant well. */
const maxDepth = 8;

export function createManifestCopier(work: CopyWork, copyBlob: CopyBlob): ManifestCopier {
  const { concurrency, from, signal, to } = work;
  const seen = new Set<Digest>();

  function once(digest: Digest, copying: () => Promise<void>): Promise<void> {
    seen.add(digest);
    return work.once("manifest", digest, copying);
  }

  async function copyNamed({ children, config, layers }: ParsedManifest, depth: number): Promise<void> {
    const blobs = [...(config === undefined ? [] : [config]), ...layers, ...children.filter(({ kind }) => kind === "blob")];
    await mapBounded(blobs, concurrency, copyBlob);
    const manifests = children.filter(({ kind }) => kind === "manifest");
    await mapBounded(manifests, concurrency, (child) => bring(child, depth + 1));
  }

  async function copy(manifest: StoredManifest, isThere: boolean, depth: number): Promise<void> {
    const { bytes, digest, mediaType, size } = manifest;
    const facts = { kind: "manifest", digest, size } as const;
    const parsed = parseManifest(bytes, mediaType);
    work.tell({ ...facts, event: "found" });
    if (!isThere || parsed.kind === "index") await copyNamed(parsed, depth);
    if (!isThere) await to.registry.manifests.put({ repository: to.repository, digest }, bytes, mediaType, { signal });
    work.tell({ ...facts, event: "done", how: isThere ? "there" : "copied" });
  }

  const bring = ({ digest, mediaType }: Named, depth: number): Promise<void> =>
    once(digest, async () => {
      if (depth > maxDepth)
        throw new RegistryError("MANIFEST_INVALID", { message: `${digest} is an index within ${maxDepth} others` });
      const there = await findAtTarget(work, { repository: to.repository, digest });
      if (there === undefined || isIndexType(mediaType)) {
        const manifest = await from.registry.manifests.get({ repository: from.repository, digest }, { signal });
        return copy(manifest, there !== undefined, depth);
      }
      const facts = { kind: "manifest", digest, size: there.size } as const;
      work.tell({ ...facts, event: "found" });
      work.tell({ ...facts, event: "done", how: "there" });
    });

  return {
    copy: (manifest) =>
      once(manifest.digest, async () => {
        const there = await findAtTarget(work, { repository: to.repository, digest: manifest.digest });
        await copy(manifest, there !== undefined, 0);
      }),
    bring: (named) => bring(named, 0),
    async tag({ bytes, digest, mediaType }, tag) {
      const reference = { repository: to.repository, tag };
      if ((await findAtTarget(work, reference))?.digest === digest) return;
      await to.registry.manifests.put(reference, bytes, mediaType, { signal });
    },
    digests: () => [...seen],
  };
}

async function findAtTarget({ signal, to }: CopyWork, reference: Reference): Promise<ManifestFacts | undefined> {
  try {
    return await to.registry.manifests.head(reference, { signal });
  } catch (error) {
    if (error instanceof RegistryError && error.kind === "not found") return undefined;
    throw error;
  }
}
