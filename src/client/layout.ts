// An OCI image layout (image-spec, image layout) as a registry with one repository: whatever name that is asked for by.

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { digestAlgorithm, digestOf, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseManifest, type ParsedManifest } from "../oci/manifest.ts";
import { isForeignLayerType } from "../oci/media-types.ts";
import type { Reference, Tag } from "../oci/reference.ts";
import type { ListPage, Manifests, Page, Registry, StoredManifest } from "../oci/registry.ts";
import { createLayoutContent, type LayoutContent } from "./layout-blobs.ts";
import {
  checkConditions,
  findEntry,
  tagOf,
  tagsOf,
  withEntry,
  withoutChildren,
  withoutDigest,
  withoutTag,
  withTag,
} from "./layout-entries.ts";
import { isErrno, writeDurably } from "./layout-files.ts";
import { createLayoutIndex, layoutRepository, maxManifestBytes, type LayoutIndex } from "./layout-index.ts";
import { addReferrer, findReferrers, removeReferrer } from "./layout-referrers.ts";
import { makeFolder } from "./make-folder.ts";
import { toReferrer } from "./referrers-fallback.ts";
import { cut } from "./referrers.ts";

export interface LayoutOptions {
  /** Makes the folder and an empty layout in it where there is none. Default false. */
  readonly create?: boolean;
}

const versionFile = "oci-layout";

/** Nothing to close. @throws NAME_UNKNOWN when the folder is no layout, UNSUPPORTED for one that cannot be read */
export async function openLayout(folder: string, { create = false }: LayoutOptions = {}): Promise<Registry> {
  const root = resolve(folder);
  const isThere = await isLayout(root);
  if (!isThere && !create)
    throw new RegistryError("NAME_UNKNOWN", { message: `${folder} is no OCI layout: it has no file ${versionFile}` });
  const layout = { folder, content: createLayoutContent(root), index: createLayoutIndex(root) };
  let made: Promise<void> | undefined = isThere ? Promise.resolve() : undefined;
  // Made with the first write: who finds that there is nothing to copy leaves no folder behind.
  const make = (): Promise<void> => (made ??= makeLayout(root));
  const { blobs } = layout.content;
  const manifests = createManifests(layout);
  return {
    blobs: { ...blobs, upload: (...upload) => make().then(() => blobs.upload(...upload)) },
    manifests: { ...manifests, put: (...put) => make().then(() => manifests.put(...put)) },
    repositories: async (page) => pageOf([layoutRepository], page),
    tags: async (_repository, page) => pageOf(tagsOf(await layout.index.read()), page),
  };
}

/** What the index lists, but for what only refers to the rest. A name that is no tag is none. @throws MANIFEST_INVALID */
export async function readImages(folder: string): Promise<readonly { readonly digest: Digest; readonly tag: Tag | undefined }[]> {
  const entries = await createLayoutIndex(resolve(folder)).read();
  const images = entries.map((entry) => ({ digest: entry.digest, tag: tagOf(entry) }));
  return images.filter(({ tag = "" }) => !/^sha256-[0-9a-f]{64}/.test(tag));
}

async function makeLayout(root: string): Promise<void> {
  await makeFolder(root);
  await writeDurably(join(root, versionFile), Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  // Readers want an index, also of nothing.
  await createLayoutIndex(root).change(async (entries) => [...entries]);
}

async function isLayout(root: string): Promise<boolean> {
  const path = join(root, versionFile);
  try {
    const { imageLayoutVersion: version } = JSON.parse(await readFile(path, "utf8")) as { imageLayoutVersion?: unknown };
    if (typeof version === "string" && version.startsWith("1.")) return true;
    throw new RegistryError("UNSUPPORTED", {
      message: `${path} names the version ${JSON.stringify(version)}: only 1.0.0 is known`,
    });
  } catch (error) {
    if (error instanceof SyntaxError) throw new RegistryError("UNSUPPORTED", { message: `${path} is not JSON`, cause: error });
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

interface Layout {
  /** As it was given, for people. */
  readonly folder: string;
  readonly content: LayoutContent;
  readonly index: LayoutIndex;
}

function createManifests(layout: Layout): Manifests {
  const { content, index } = layout;

  async function get(reference: Reference): Promise<StoredManifest> {
    const entry = findEntry(await index.read(), reference);
    const digest = reference.digest ?? entry?.digest;
    const bytes = digest === undefined ? undefined : await content.read(digest, maxManifestBytes);
    const mediaType = bytes && (entry?.mediaType ?? typeOf(bytes));
    if (digest !== undefined && bytes !== undefined && mediaType !== undefined)
      return { digest, mediaType, size: bytes.length, bytes };
    throw new RegistryError("MANIFEST_UNKNOWN", {
      message: `${layout.folder} has no image ${reference.tag ?? reference.digest}`,
    });
  }

  return {
    get,
    async head(reference) {
      const { bytes: _, ...facts } = await get(reference);
      return facts;
    },
    async put(reference, bytes, type, options = {}) {
      const parsed = parseManifest(bytes, type);
      const { mediaType, subject } = parsed;
      const digest = digestOf(bytes, reference.digest === undefined ? "sha256" : digestAlgorithm(reference.digest));
      if (reference.digest !== undefined && reference.digest !== digest) {
        throw new RegistryError("DIGEST_INVALID", {
          message: `the manifest's bytes are those of ${digest}, not of ${reference.digest}`,
        });
      }
      await checkWhole(layout, parsed);
      const facts = { mediaType, digest, size: bytes.length };
      const tags = [...(reference.tag === undefined ? [] : [reference.tag]), ...(options.tags ?? [])];
      await index.change(async (before) => {
        checkConditions(before, reference, options);
        const isKnown = (await content.read(digest, maxManifestBytes)) !== undefined;
        if (!isKnown) await content.write(digest, bytes);
        let entries = withoutChildren(isKnown ? before : withEntry(before, facts), parsed);
        if (subject !== undefined) {
          entries = await addReferrer(content, entries, subject.digest, toReferrer({ parsed, digest, size: bytes.length }));
        }
        return tags.reduce((all, tag) => withTag(all, facts, tag), entries);
      });
      return { digest, ...(subject && { subject: subject.digest }) };
    },
    async delete(reference, options = {}) {
      const { bytes, digest, mediaType } = await get(reference);
      await index.change(async (before) => {
        checkConditions(before, reference, options);
        if (reference.tag !== undefined) return withoutTag(before, reference.tag);
        const { subject } = parseManifest(bytes, mediaType);
        const entries = withoutDigest(before, digest);
        return subject === undefined ? entries : removeReferrer(content, entries, subject.digest, digest);
      });
      if (reference.tag === undefined) await content.remove(digest);
    },
    async referrers({ digest }, page) {
      return page.limit === 0 ? { items: [], more: false } : cut(await findReferrers(content, await index.read(), digest), page);
    },
  };
}

/** @throws MANIFEST_BLOB_UNKNOWN with a detail per digest, MANIFEST_INVALID for a wrong size */
async function checkWhole({ content, folder }: Layout, { children, config, layers }: ParsedManifest): Promise<void> {
  const missing = new Set<Digest>();
  for (const { digest, mediaType, size, urls } of [...(config === undefined ? [] : [config]), ...layers, ...children]) {
    const found = await content.find(digest);
    if (found !== undefined && found.size !== size) {
      throw new RegistryError("MANIFEST_INVALID", { message: `${digest} has ${found.size} bytes, the manifest says ${size}` });
    }
    if (found === undefined && !(isForeignLayerType(mediaType) && urls !== undefined)) missing.add(digest);
  }
  if (missing.size === 0) return;
  const [first] = missing;
  throw new RegistryError("MANIFEST_BLOB_UNKNOWN", {
    message: `${folder} has not got all that the manifest names: ${first}${missing.size > 1 ? ` and ${missing.size - 1} more` : ""}`,
    detail: [...missing].map((digest) => ({ digest })),
  });
}

/** Undefined: not a manifest. */
function typeOf(bytes: Uint8Array): string | undefined {
  try {
    return parseManifest(bytes, undefined).mediaType;
  } catch {
    return undefined; // a blob like any other
  }
}

function pageOf<Name extends string>(all: readonly Name[], { last = "", limit }: Page): ListPage<Name> {
  const rest = all.filter((name) => name > last);
  return { items: rest.slice(0, limit), more: limit > 0 && rest.length > limit };
}
