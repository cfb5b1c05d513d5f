// What refers to a copied image: by the `subject` of a manifest (distribution-spec, listing referrers), and by the tags that cosign made
// before there were subjects (`sha256-<hex>.sig`, `.att`, `.sbom`).

import { digestHex, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { Tag } from "../oci/reference.ts";
import type { ManifestCopier } from "./copy-manifests.ts";
import type { CopyWork } from "./copy.ts";
import { mapBounded } from "./map-bounded.ts";

const pageSize = 1000;
/** Of all manifests of one copy: a source that names ever more of them is not believed. */
const maxReferrers = 10_000;

/** Copies what refers to anything that was copied, and what refers to that, until there is nothing more. */
export async function copyReferrers(work: CopyWork, manifests: ManifestCopier): Promise<void> {
  const { concurrency, from, signal } = work;
  const tags = await readDigestTags(work);
  const asked = new Set<Digest>();
  for (;;) {
    const subjects = manifests.digests().filter((digest) => !asked.has(digest));
    if (subjects.length === 0) return;
    await mapBounded(subjects, concurrency, async (subject) => {
      asked.add(subject);
      for (let last: Digest | undefined; ;) {
        const page = { limit: pageSize, signal, ...(last !== undefined && { last }) };
        const { items, more } = await from.registry.manifests.referrers({ repository: from.repository, digest: subject }, page);
        await mapBounded(items, concurrency, (referrer) => manifests.bring(referrer));
        if (manifests.digests().length > maxReferrers) throw tooMany();
        last = items.at(-1)?.digest;
        if (!more || last === undefined) break;
      }
      for (const tag of tags.get(digestHex(subject).slice(0, 64)) ?? []) {
        const manifest = await from.registry.manifests.get({ repository: from.repository, tag }, { signal });
        await manifests.copy(manifest);
        await manifests.tag(manifest, tag);
      }
    });
  }
}

/** The tags that name a digest, by its first 64 digits. `sha256-<hex>` alone is an index that the target makes itself where it needs one. */
async function readDigestTags({ from, signal }: CopyWork): Promise<ReadonlyMap<string, readonly Tag[]>> {
  const found = new Map<string, Tag[]>();
  for (let last = "sha256-"; ;) {
    const { items, more } = await from.registry.tags(from.repository, { limit: pageSize, last, signal });
    for (const tag of items) {
      const hex = /^sha256-([0-9a-f]{64})\.[\w.-]+$/.exec(tag)?.[1];
      if (hex !== undefined) found.set(hex, [...(found.get(hex) ?? []), tag]);
    }
    last = items.at(-1) ?? "";
    if (!more || !last.startsWith("sha256-")) return found;
  }
}

function tooMany(): RegistryError {
  return new RegistryError("UNSUPPORTED", {
    message: `more than ${maxReferrers} manifests refer to each other: copy without referrers`,
  });
}
