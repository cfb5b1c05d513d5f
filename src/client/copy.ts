// Copies an image, with all that belongs to it, from one registry to another, whatever kind both are. Children go before parents and blobs
// before manifests, so that at no time the target holds an image that is not whole; the tag comes last. What is there already is not sent
// again: a copy that was cut off is gone on with by repeating it.

import type { Digest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import { findPlatform } from "../oci/platform.ts";
import type { Reference, RepositoryName, Tag } from "../oci/reference.ts";
import type { Registry, StoredManifest } from "../oci/registry.ts";
import { createBlobCopier } from "./copy-blobs.ts";
import { createManifestCopier } from "./copy-manifests.ts";
import { copyReferrers } from "./copy-referrers.ts";

export interface CopySource {
  readonly registry: Registry;
  readonly reference: Reference;
}

export interface CopyTarget {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  /** Absent: the image is there by its digest alone. */
  readonly tag?: Tag | undefined;
}

export interface CopyOptions {
  /** Only the image for this platform, such as linux/arm64, instead of the whole index. */
  readonly platform?: string | undefined;
  /** Also what refers to the image or to a part of it (signatures, attestations, SBOMs), and what refers to those. Default false. */
  readonly referrers?: boolean | undefined;
  /** A repository of the target's registry that may have the blobs: they are mounted from there where they are and where that is allowed. */
  readonly mountFrom?: RepositoryName | undefined;
  /** Blobs at once, and images of an index at once. Default 4; a client has limits of its own for each host. */
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((event: CopyEvent) => void) | undefined;
  /** Ends the copy, which rejects with the signal's reason when nothing is under way any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Of a manifest or a blob. */
export type CopyEvent = { readonly kind: "manifest" | "blob"; readonly digest: Digest; readonly size: number } & (
  | { readonly event: "found" }
  /** So many more bytes were read at the source. */
  | { readonly event: "read"; readonly bytes: number }
  | { readonly event: "done"; readonly how: CopyWay }
);

/** left: a layer whose image says that it lies elsewhere. */
export type CopyWay = "copied" | "mounted" | "there" | "left";

export interface CopyResult {
  /** What the target's tag now leads to. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifests: Readonly<Record<CopyWay, number>>;
  readonly blobs: Readonly<Record<CopyWay, number>>;
  /** Of what was copied. */
  readonly bytes: number;
}

/**
 * @throws MANIFEST_UNKNOWN (also for a platform that is not there), NAME_UNKNOWN, BLOB_UNKNOWN, DIGEST_MISMATCH, MANIFEST_INVALID (schema 1),
 * and whatever else the source and the target throw
 */
export async function copyImage(source: CopySource, target: CopyTarget, options: CopyOptions = {}): Promise<CopyResult> {
  const ways = { copied: 0, mounted: 0, there: 0, left: 0 };
  const counts = { manifest: { ...ways }, blob: { ...ways }, bytes: 0 };
  const stop = new AbortController();
  const begun = new Map<string, Promise<void>>();
  const work: CopyWork = {
    from: { registry: source.registry, repository: source.reference.repository },
    to: target,
    mountFrom: options.mountFrom,
    concurrency: options.concurrency ?? 4,
    signal: options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]),
    tell(event) {
      if (event.event === "done") {
        counts[event.kind][event.how]++;
        if (event.how === "copied") counts.bytes += event.size;
      }
      options.onProgress?.(event);
    },
    once(kind, digest, copying) {
      const key = `${kind} ${digest}`;
      const copied =
        begun.get(key) ??
        copying().catch((error: unknown) => {
          stop.abort(error);
          throw error;
        });
      begun.set(key, copied);
      return copied;
    },
  };
  const root = await findRoot(source, options, work.signal);
  const manifests = createManifestCopier(work, createBlobCopier(work));
  await manifests.copy(root);
  // Whoever looks for signatures must not see the tag before they are there.
  if (options.referrers === true) await copyReferrers(work, manifests);
  if (target.tag !== undefined) await manifests.tag(root, target.tag);
  const { digest, mediaType } = root;
  return { digest, mediaType, manifests: counts.manifest, blobs: counts.blob, bytes: counts.bytes };
}

/** What the parts of one copy share. */
export interface CopyWork {
  readonly from: { readonly registry: Registry; readonly repository: RepositoryName };
  readonly to: { readonly registry: Registry; readonly repository: RepositoryName };
  readonly mountFrom: RepositoryName | undefined;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  tell(event: CopyEvent): void;
  /** Does it the first time; whoever comes later waits for the same. The first failure ends everything that is under way. */
  once(kind: "manifest" | "blob", digest: Digest, copying: () => Promise<void>): Promise<void>;
}

async function findRoot(
  { reference, registry }: CopySource,
  { platform }: CopyOptions,
  signal: AbortSignal,
): Promise<StoredManifest> {
  const named = await registry.manifests.get(reference, { signal });
  if (platform === undefined) return named;
  const { children, kind } = parseManifest(named.bytes, named.mediaType);
  // An image says only in its config what it is for: whoever names a platform for one gets it as it is.
  if (kind === "image") return named;
  return registry.manifests.get(
    { repository: reference.repository, digest: findPlatform(children, platform).digest },
    { signal },
  );
}
