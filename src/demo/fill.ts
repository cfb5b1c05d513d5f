// Brings the demo's content into a registry, through the same interface that a push goes through. The clock of that registry can be
// set to the time of each push, so that dates and the history of tags are those of the content.

import { Readable } from "node:stream";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import type { DemoContent, DemoPush } from "./content.ts";
import type { DemoBlob } from "./layers.ts";
import type { DemoManifest } from "./manifests.ts";

/** Blobs on their way at once: enough that the disk is never waited for alone. */
const blobsAtOnce = 12;

export interface Filling {
  readonly registry: Registry;
  /** Called before each push with its time; what it throws ends the filling. */
  readonly setTime: (atMs: number) => void;
  /** Takes an index although children of it are not here. Absent: the registry does not, and gets those children as well. */
  readonly putSparse?: (push: DemoPush) => Promise<void>;
}

/** Pushes one repository after the other, each oldest first. @throws what the registry throws */
export async function fillRegistry({ putSparse, registry, setTime }: Filling, { pushes }: DemoContent): Promise<void> {
  const partsOf = ({ absent, manifest }: DemoPush): DemoManifest[] => [
    manifest,
    ...manifest.children.filter((child) => putSparse === undefined || !absent.includes(child)),
  ];
  const bringBlobs = blobBringer(registry, partsOf);
  for (const own of Map.groupBy(pushes, ({ repository }) => repository).values()) {
    setTime(own[0]!.atMs);
    await bringBlobs(own);
    for (const push of own) {
      const { absent, atMs, by, manifest, repository, tags } = push;
      setTime(atMs);
      const [, ...children] = partsOf(push);
      for (const child of children) {
        await registry.manifests.put({ repository, digest: child.digest }, child.bytes, child.mediaType);
      }
      if (absent.length > 0 && putSparse !== undefined) await putSparse(push);
      else
        await registry.manifests.put({ repository, digest: manifest.digest }, manifest.bytes, manifest.mediaType, { tags, by });
    }
  }
}

interface Wanted {
  readonly repository: RepositoryName;
  readonly blob: DemoBlob;
}

/** Uploads each blob once and mounts it wherever else it is needed. */
function blobBringer(
  registry: Registry,
  partsOf: (push: DemoPush) => readonly DemoManifest[],
): (pushes: readonly DemoPush[]) => Promise<void> {
  const here = new Set<string>();
  const source = new Map<Digest, RepositoryName>();
  return async (pushes) => {
    const uploads: Wanted[] = [];
    const mounts: Wanted[] = [];
    for (const push of pushes) {
      const { repository } = push;
      for (const blob of partsOf(push).flatMap(({ blobs }) => blobs)) {
        const key = `${repository} ${blob.digest}`;
        if (here.has(key)) continue;
        here.add(key);
        (source.has(blob.digest) ? mounts : uploads).push({ repository, blob });
        if (!source.has(blob.digest)) source.set(blob.digest, repository);
      }
    }
    await inTurns(uploads, ({ blob, repository }) => putBlob(registry, repository, blob));
    await inTurns(mounts, async ({ blob, repository }) => {
      const { digest } = blob;
      const mounted = await registry.blobs.mount({ repository, digest }, source.get(digest), () => true);
      if (mounted === undefined) await putBlob(registry, repository, blob);
    });
  };
}

async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: blobsAtOnce }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

async function putBlob({ blobs }: Registry, repository: RepositoryName, blob: DemoBlob): Promise<void> {
  const { digest, size } = blob;
  const open = async (offset = 0): Promise<Readable> => Readable.from([blob.bytes().subarray(offset)], { objectMode: false });
  if (blobs.put !== undefined) return void (await blobs.put({ repository, digest }, { size, open }));
  const upload = await blobs.upload(repository);
  await upload.append(await open(), { length: size });
  await upload.commit(digest);
}
