// Blobs as files: blobs/sha256/ab/<hex>.<random>, on their way in as uploads/<uuid>. A file under blobs/ is always whole and durable:
// fsync the file, rename it, fsync the folder. Symbolic links are never followed.

import { randomBytes, randomUUID } from "node:crypto";
import { close, constants, fstatSync, open as openCallback } from "node:fs";
import { copyFile, mkdir, open, opendir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { digestAlgorithm, digestHex, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { BlobStore, StagedBlob, StoredBlob } from "./blob-store.ts";
import { appendToFile } from "./blobs-disk-append.ts";
import { FileRangeStream } from "./blobs-disk-stream.ts";
import { isErrno, toDiskError } from "./disk-errors.ts";

const openDescriptor = promisify(openCallback);
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW;
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const keyPattern = /^sha(?:256|512)\/[a-f0-9]{2}\/[a-f0-9]{64,128}\.[a-f0-9]{16}$/;
const idPattern = /^[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}$/;

export interface DiskBlobsOptions {
  /** Bytes per read of a served blob. */
  readonly chunkBytes?: number;
}

/** Opens (and makes) the store in `folder`. Nothing to close. */
export async function openDiskBlobs(folder: string, { chunkBytes = 512 * 1024 }: DiskBlobsOptions = {}): Promise<BlobStore> {
  const blobs = join(folder, "blobs");
  const uploads = join(folder, "uploads");
  for (const path of [blobs, uploads, join(blobs, "sha256"), join(blobs, "sha512")]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  for (const path of [blobs, folder]) await syncFolder(path);
  const folders = new DurableFolders();

  const pathOf = (key: string): string => {
    if (!keyPattern.test(key)) throw new TypeError(`not a key of the blob store: ${key}`);
    return join(blobs, key);
  };
  const stagedPath = (id: string): string => {
    if (!idPattern.test(id)) throw new TypeError(`not an upload id: ${id}`);
    return join(uploads, id);
  };
  const stagedBlob = (path: string): StagedBlob => new StagedFile(path, { blobs, folders, chunkBytes });

  return {
    async stat(key) {
      return (await statOrNothing(pathOf(key)))?.size;
    },
    async open(key, size, range = { start: 0, end: size - 1 }) {
      return openRange(pathOf(key), size, range, chunkBytes);
    },
    async create(id) {
      const path = stagedPath(id);
      await toDiskError(async () => (await open(path, newFile, 0o600)).close());
      return stagedBlob(path);
    },
    async resume(id) {
      const path = stagedPath(id);
      return (await statOrNothing(path)) === undefined ? undefined : stagedBlob(path);
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
    list: () => listBlobs(blobs),
    async *staged() {
      for await (const name of namesIn(uploads)) {
        const found = idPattern.test(name) ? await statOrNothing(join(uploads, name)) : undefined;
        if (found !== undefined) yield { id: name, modifiedMs: found.mtimeMs };
      }
    },
  };
}

/** fstat is synchronous on purpose: on an open file it never touches the disk, and a trip to the thread pool costs more. */
async function openRange(
  path: string,
  size: number,
  range: { start: number; end: number },
  chunkBytes: number,
): Promise<FileRangeStream> {
  const fd = await openDescriptor(path, readOnly);
  try {
    const actual = fstatSync(fd).size;
    if (actual !== size) throw new Error(`a blob has ${actual} bytes instead of ${size}: ${path}`);
  } catch (error) {
    close(fd);
    throw error;
  }
  return new FileRangeStream(fd, range.start, range.end - range.start + 1, chunkBytes);
}

interface StorePlace {
  readonly blobs: string;
  readonly folders: DurableFolders;
  readonly chunkBytes: number;
}

class StagedFile implements StagedBlob {
  readonly #path: string;
  readonly #place: StorePlace;

  constructor(path: string, place: StorePlace) {
    this.#path = path;
    this.#place = place;
  }

  async size(): Promise<number> {
    const found = await statOrNothing(this.#path);
    if (found === undefined) throw new RegistryError("BLOB_UPLOAD_UNKNOWN");
    return found.size;
  }

  append(body: AsyncIterable<Uint8Array>, at: number, length?: number): Promise<number> {
    return appendToFile(this.#path, body, at, length);
  }

  async read(): Promise<Readable> {
    const size = await this.size();
    return openRange(this.#path, size, { start: 0, end: size - 1 }, this.#place.chunkBytes);
  }

  /** A copy under the same name: the other writer keeps its descriptor of the old file, which nobody can reach any more. */
  async isolate(): Promise<void> {
    // Named like a staged blob: when a kill leaves it behind, it is swept as one that no upload knows.
    const copy = join(dirname(this.#path), randomUUID());
    try {
      await toDiskError(() => copyFile(this.#path, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
      await rename(copy, this.#path);
    } catch (error) {
      await rm(copy, { force: true });
      throw error;
    }
  }

  async commit(digest: Digest): Promise<string> {
    const hex = digestHex(digest);
    const key = `${digestAlgorithm(digest)}/${hex.slice(0, 2)}/${hex}.${randomBytes(8).toString("hex")}`;
    const target = join(this.#place.blobs, key);
    await toDiskError(async () => {
      await syncFile(this.#path);
      await this.#place.folders.make(dirname(target));
      await rename(this.#path, target);
      await syncFolder(dirname(target));
    });
    return key;
  }

  async discard(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** Fan-out folders. One that exists may be another process's, made just now: its entry counts when we have synced it ourselves. */
class DurableFolders {
  readonly #made = new Map<string, Promise<void>>();

  make(path: string): Promise<void> {
    let made = this.#made.get(path);
    if (made === undefined) {
      made = makeFolder(path);
      this.#made.set(path, made);
      made.catch(() => this.#made.delete(path));
    }
    return made;
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(path));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, readOnly);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function statOrNothing(path: string): Promise<{ size: number; mtimeMs: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function* namesIn(path: string): AsyncGenerator<string> {
  for await (const entry of await opendir(path)) yield entry.name;
}

async function* listBlobs(blobs: string): AsyncGenerator<StoredBlob> {
  for (const algorithm of ["sha256", "sha512"]) {
    for await (const fan of namesIn(join(blobs, algorithm))) {
      for await (const name of namesIn(join(blobs, algorithm, fan))) {
        const key = `${algorithm}/${fan}/${name}`;
        const found = keyPattern.test(key) ? await statOrNothing(join(blobs, key)) : undefined;
        if (found !== undefined) yield { key, size: found.size, modifiedMs: found.mtimeMs };
      }
    }
  }
}
