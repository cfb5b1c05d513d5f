// Brings the demo's content into a registry, through the same interface that a push goes through. The clock of that registry is set to
// the time of each push, so that dates and the history of tags are those of the content.

import { Readable } from "node:stream";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import type { DemoContent } from "./content.ts";
import type { DemoBlob } from "./layers.ts";
import type { DemoManifest } from "./manifests.ts";

/** Blobs on their way at once: enough that the disk is never waited for alone. */
const blobsAtOnce = 8;

export interface Filling {
  readonly registry: Registry;
  /** Called before each push. */
  readonly setTime: (atMs: number) => void;
}

/** Pushes everything, oldest first. @throws what the registry throws */
export async function fillRegistry({ registry, setTime }: Filling, { pushes }: DemoContent): Promise<void> {
  const here = new Set<string>();
  const whereIs = new Map<string, RepositoryName>();

  async function pushBlob(repository: RepositoryName, blob: DemoBlob): Promise<void> {
    const reference = { repository, digest: blob.digest };
    const from = whereIs.get(blob.digest);
    if (from !== undefined && (await registry.blobs.mount(reference, from, () => true)) !== undefined) return;
    await putBlob(registry, repository, blob);
    whereIs.set(blob.digest, repository);
  }

  async function pushBlobs(repository: RepositoryName, manifest: DemoManifest): Promise<void> {
    const blobs = new Map(blobsOf(manifest).map((blob) => [blob.digest, blob]));
    const missing = [...blobs.values()].filter(({ digest }) => !here.has(`${repository} ${digest}`));
    for (let at = 0; at < missing.length; at += blobsAtOnce) {
      await Promise.all(missing.slice(at, at + blobsAtOnce).map((blob) => pushBlob(repository, blob)));
    }
    for (const { digest } of missing) here.add(`${repository} ${digest}`);
  }

  for (const { atMs, manifest, repository, tags } of pushes) {
    setTime(atMs);
    await pushBlobs(repository, manifest);
    for (const child of manifest.children) {
      await registry.manifests.put({ repository, digest: child.digest }, child.bytes, child.mediaType);
    }
    await registry.manifests.put({ repository, digest: manifest.digest }, manifest.bytes, manifest.mediaType, { tags });
  }
}

async function putBlob({ blobs }: Registry, repository: RepositoryName, blob: DemoBlob): Promise<void> {
  const { digest, size } = blob;
  const open = async (offset = 0): Promise<Readable> => Readable.from([blob.bytes().subarray(offset)], { objectMode: false });
  if (blobs.put !== undefined) return void (await blobs.put({ repository, digest }, { size, open }));
  const upload = await blobs.upload(repository);
  await upload.append(await open(), { length: size });
  await upload.commit(digest);
}

function blobsOf({ blobs, children }: DemoManifest): DemoBlob[] {
  return [...blobs, ...children.flatMap(blobsOf)];
}
