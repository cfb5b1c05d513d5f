// index.json of an OCI image layout: what the folder holds, and which name each has (image-spec, image layout). What would surprise: several
// processes may write one layout, so a change is made under a lock file on what is there then, never on what was read before.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { RegistryError } from "../oci/errors.ts";
import { parseManifest, type Child } from "../oci/manifest.ts";
import { ociIndex } from "../oci/media-types.ts";
import { parseRepositoryName } from "../oci/reference.ts";
import { lockFile } from "./file-lock.ts";
import { isErrno, writeDurably } from "./layout-files.ts";

/** An entry as it stands in the file, with whatever other tools wrote into it. */
export type Entry = Readonly<Record<string, unknown>> & Pick<Child, "digest" | "mediaType" | "size" | "annotations">;

export interface LayoutIndex {
  read(): Promise<readonly Entry[]>;
  /** `edit` sees the entries of this moment; the same value means that nothing changes. @throws what `edit` throws, CONFLICT */
  change(edit: (entries: readonly Entry[]) => Promise<readonly Entry[]>): Promise<void>;
}

/** What the one repository is called. */
export const layoutRepository = parseRepositoryName("layout");
export const maxManifestBytes = 4 * 1024 * 1024;
export const nameAnnotation = "org.opencontainers.image.ref.name";

const maxBytes = 16 * 1024 * 1024;
const lockPatienceMs = 10_000;

export function createLayoutIndex(folder: string): LayoutIndex {
  const path = join(folder, "index.json");

  async function read(): Promise<{ readonly body: Readonly<Record<string, unknown>>; readonly entries: readonly Entry[] }> {
    const text = await readText(path);
    if (text === undefined) return { body: { schemaVersion: 2, mediaType: ociIndex }, entries: [] };
    try {
      // Its shape is that of an index; what is in an entry beyond that is kept.
      parseManifest(Buffer.from(text), ociIndex);
      const body = JSON.parse(text) as { readonly manifests?: readonly Entry[] | null };
      return { body, entries: body.manifests ?? [] };
    } catch (error) {
      throw new RegistryError("MANIFEST_INVALID", { message: `${path} is no index: ${(error as Error).message}`, cause: error });
    }
  }

  return {
    read: async () => (await read()).entries,
    async change(edit) {
      const lock = await lockFile(`${path}.lock`, lockPatienceMs);
      try {
        const { body, entries } = await read();
        const edited = await edit(entries);
        if (edited === entries) return;
        await lock.check();
        await writeDurably(path, Buffer.from(JSON.stringify({ ...body, manifests: edited })));
      } finally {
        await lock.release();
      }
    },
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw new RegistryError("MANIFEST_INVALID", { message: `${path} has ${size} bytes, too many for an index` });
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
