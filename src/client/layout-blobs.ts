// The content of an OCI image layout: blobs/<algorithm>/<hex>, manifests among them. Bytes come in beside that folder and get their name
// when they are whole, verified and on the disk.

import { createHash, randomUUID, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { digestAlgorithm, digestHex, digestOf, toDigest, type Digest, type DigestAlgorithm } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { BlobFacts, Blobs, ByteRange, Upload } from "../oci/registry.ts";
import { isErrno, publish, toStorageError, writeDurably } from "./layout-files.ts";
import { makeFolder } from "./make-folder.ts";

export interface LayoutContent {
  readonly blobs: Blobs;
  find(digest: Digest): Promise<BlobFacts | undefined>;
  /** Bytes of at most `limit` that are those of the digest; undefined when they are not here. @throws DIGEST_MISMATCH, SIZE_INVALID */
  read(digest: Digest, limit: number): Promise<Uint8Array | undefined>;
  write(digest: Digest, bytes: Uint8Array): Promise<void>;
  remove(digest: Digest): Promise<void>;
}

export function createLayoutContent(folder: string): LayoutContent {
  const uploads = new Map<string, { readonly upload: Upload; readonly principal: number | undefined }>();
  const pathOf = (digest: Digest): string => join(folder, "blobs", digestAlgorithm(digest), digestHex(digest));

  async function find(digest: Digest): Promise<BlobFacts | undefined> {
    try {
      return { digest, size: (await stat(pathOf(digest))).size };
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  async function head(digest: Digest): Promise<BlobFacts> {
    const found = await find(digest);
    if (found === undefined) throw new RegistryError("BLOB_UNKNOWN", { message: `${folder} has no ${digest}` });
    return found;
  }

  return {
    find,
    blobs: {
      head: ({ digest }) => head(digest),
      async get({ digest }) {
        const facts = await head(digest);
        return { ...facts, open: async (range, { verify = true } = {}) => openFile(pathOf(digest), facts, range, verify) };
      },
      async upload(_repository, { id, principal } = {}) {
        if (id === undefined) {
          const upload = await openUpload(folder, pathOf, (gone) => uploads.delete(gone));
          uploads.set(upload.id, { upload, principal });
          return upload;
        }
        const found = uploads.get(id);
        if (found !== undefined && found.principal === principal) return found.upload;
        return fail("BLOB_UPLOAD_UNKNOWN", "there is no such upload");
      },
      // One folder is one repository: what is here needs no link.
      mount: ({ digest }) => find(digest),
      async delete({ digest }) {
        await head(digest);
        await rm(pathOf(digest), { force: true });
      },
    },
    async read(digest, limit) {
      const found = await find(digest);
      if (found === undefined) return undefined;
      if (found.size > limit) fail("SIZE_INVALID", `${pathOf(digest)} has ${found.size} bytes, too many for a manifest`);
      const bytes = await readFile(pathOf(digest));
      if (digestOf(bytes, digestAlgorithm(digest)) !== digest) throw damaged(pathOf(digest));
      return bytes;
    },
    async write(digest, bytes) {
      await makeFolder(dirname(pathOf(digest)));
      await writeDurably(pathOf(digest), bytes);
    },
    remove: (digest) => rm(pathOf(digest), { force: true }),
  };
}

/** Of the whole the digest is checked: a stream of other bytes ends in DIGEST_MISMATCH. */
function openFile(path: string, { digest, size }: BlobFacts, range: ByteRange | undefined, verify: boolean): Readable {
  if (size === 0) return Readable.from([], { objectMode: false });
  if (range !== undefined || !verify) return createReadStream(path, { ...range, highWaterMark: pieceBytes });
  return Readable.from(verified(), { objectMode: false, highWaterMark: pieceBytes });

  async function* verified(): AsyncGenerator<Buffer> {
    const hash = createHash(digestAlgorithm(digest));
    for await (const piece of createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>) {
      hash.update(piece);
      yield piece;
    }
    if (toDigest(digestAlgorithm(digest), hash) !== digest) throw damaged(path);
  }
}
const pieceBytes = 256 * 1024;

async function openUpload(folder: string, pathOf: (digest: Digest) => string, ended: (id: string) => void): Promise<Upload> {
  const id = randomUUID();
  const staged = join(folder, `.upload-${id}`);
  let file: FileHandle | undefined = await open(staged, "wx+");
  let size = 0;
  let busy = false;
  /** Of what came so far; undefined: read it again. */
  let hash: Hash | undefined = createHash("sha256");

  async function digestStaged(algorithm: DigestAlgorithm): Promise<Digest> {
    if (algorithm === "sha256" && hash !== undefined) return toDigest(algorithm, hash.copy());
    const whole = createHash(algorithm);
    for await (const piece of createReadStream(staged, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>)
      whole.update(piece);
    return toDigest(algorithm, whole);
  }

  async function end(): Promise<void> {
    ended(id);
    await file?.close();
    file = undefined;
    await rm(staged, { force: true });
  }

  return {
    id,
    get size() {
      return size;
    },
    async append(body, { length, offset } = {}) {
      if (file === undefined) return fail("BLOB_UPLOAD_UNKNOWN", "the upload has ended");
      if (busy) return fail("CONFLICT", "the upload has a writer already");
      if (offset !== undefined && offset !== size)
        return fail("BLOB_UPLOAD_INVALID", `the upload stands at ${size}, not at ${offset}`);
      const before = size;
      busy = true;
      try {
        for await (const piece of body as AsyncIterable<Buffer>) {
          await writeWhole(file, piece, size);
          size += piece.length;
          hash?.update(piece);
        }
        if (length !== undefined && size - before !== length) {
          await file.truncate(before);
          hash = undefined;
          fail("BLOB_UPLOAD_INVALID", `the body has ${size - before} bytes, not ${length}`);
        }
        return size;
      } catch (error) {
        body.destroy();
        if (error instanceof RegistryError && error.code === "BLOB_UPLOAD_INVALID") size = before;
        throw toStorageError(error);
      } finally {
        busy = false;
      }
    },
    async commit(digest) {
      if (file === undefined) return fail("BLOB_UPLOAD_UNKNOWN", "the upload has ended");
      if (busy) return fail("CONFLICT", "the upload has a writer");
      try {
        const found = await digestStaged(digestAlgorithm(digest));
        if (found !== digest) fail("DIGEST_INVALID", `the bytes are those of ${found}, not of ${digest}`);
        await file.sync();
        await makeFolder(dirname(pathOf(digest)));
        await publish(staged, pathOf(digest));
        return { digest, size };
      } catch (error) {
        throw toStorageError(error);
      } finally {
        await end();
      }
    },
    cancel: end,
  };
}

/** A nearly full disk takes a part of a piece without an error. */
async function writeWhole(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < piece.length;) {
    written += (await file.write(piece, written, piece.length - written, position + written)).bytesWritten;
  }
}

function damaged(path: string): RegistryError {
  return new RegistryError("DIGEST_MISMATCH", { message: `${path} holds other bytes than its name says: it is damaged` });
}

function fail(code: ConstructorParameters<typeof RegistryError>[0], message: string): never {
  throw new RegistryError(code, { message });
}
