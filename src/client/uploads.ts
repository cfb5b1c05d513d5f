// Uploads to another registry: sessions that grow piece by piece, and mounts. What would surprise: the address of a session changes with
// every answer, so this client remembers those that it began by their id, and who began them; a session that a failed mount left open
// serves the next upload to the repository.

import type { Readable } from "node:stream";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { DigestReference, RepositoryName } from "../oci/reference.ts";
import type { AppendOptions, Blobs, CallOptions, Upload, UploadOptions } from "../oci/registry.ts";
import { scope, statusOf, type Operations } from "./operation.ts";
import { countedBody, inChunks } from "./upload-body.ts";
import { cancelQuietly, isCommitted } from "./upload-end.ts";
import { putWhole, usualManner, type UploadManner } from "./upload-whole.ts";
import { findSession, startSession, type UploadSession } from "./upload-session.ts";

export interface Uploads extends Required<Pick<Blobs, "upload" | "put">> {
  /** False: it was not linked, upload it. */
  mount(reference: DigestReference, from: RepositoryName, options: CallOptions): Promise<boolean>;
}

/** Sessions remembered; the oldest are forgotten, and expire at their registry. */
const maxRemembered = 10_000;

interface Remembered {
  readonly session: UploadSession;
  readonly principal: number;
  busy: boolean;
}

export function createUploads(operations: Operations): Uploads {
  const remembered = new Map<string, Remembered>();
  const spare = new Map<RepositoryName, UploadSession[]>();
  const manner = usualManner(operations);
  const keyOf = ({ id, repository }: Pick<UploadSession, "id" | "repository">): string => `${repository} ${id}`;

  function remember(session: UploadSession, principal: number): Remembered {
    const entry: Remembered = { session, principal, busy: false };
    remembered.set(keyOf(session), entry);
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered) remembered.delete(oldest!);
    return entry;
  }

  async function start(repository: RepositoryName, options: CallOptions): Promise<UploadSession> {
    const waiting = spare.get(repository)?.pop();
    if (waiting !== undefined) return waiting;
    const { session } = await startSession(operations, repository, options);
    return session!;
  }

  async function find(repository: RepositoryName, id: string, principal: number, options: CallOptions): Promise<Remembered> {
    const known = remembered.get(keyOf({ id, repository }));
    if (known === undefined) return remember(await findSession(operations, repository, id, options), principal);
    if (known.principal !== principal) throw createRegistryError("BLOB_UPLOAD_UNKNOWN");
    if (!known.busy) await known.session.refresh(options);
    return known;
  }

  return {
    async upload(repository, { id, principal = 0, signal }: UploadOptions = {}) {
      const entry =
        id === undefined
          ? remember(await start(repository, { signal }), principal)
          : await find(repository, id, principal, { signal });
      return toUpload(operations, entry, manner, () => remembered.delete(keyOf(entry.session)));
    },
    put: (reference, content, options = {}) => putWhole(operations, { manner, start }, reference, content, options),
    async mount({ digest, repository }, from, { signal }) {
      const scopes = [...scope(repository, "pull", "push"), ...scope(from, "pull")];
      const query = `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
      try {
        const { session } = await startSession(operations, repository, { query, scopes, signal });
        if (session !== undefined) spare.set(repository, [...(spare.get(repository) ?? []), session]);
        return session === undefined;
      } catch (error) {
        // Whoever may not read the source, or asks a registry that mounts nothing, uploads: that tells what is really wrong.
        const status = statusOf(error) ?? 0;
        if (error instanceof RegistryError && status >= 400 && status < 500 && status !== 408 && status !== 429) return false;
        throw error;
      }
    },
  };
}

function toUpload(operations: Operations, entry: Remembered, manner: UploadManner, forget: () => void): Upload {
  const { session } = entry;
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    if (entry.busy) throw createRegistryError("CONFLICT", { message: "this upload is being written already" });
    entry.busy = true;
    try {
      return await work();
    } finally {
      entry.busy = false;
    }
  }
  return {
    id: session.id,
    get size() {
      return session.size;
    },
    append: (body, options = {}) => alone(() => append(session, manner, body, options)),
    commit: (digest, { signal } = {}) =>
      alone(async () => {
        try {
          await session.finish(digest, undefined, { signal });
        } catch (error) {
          if (!(await isCommitted(operations, session, digest, error, signal))) throw error;
        }
        forget();
        return { digest, size: session.size };
      }).catch(async (error: unknown) => {
        if (error instanceof RegistryError && error.code === "DIGEST_INVALID") {
          forget();
          await cancelQuietly(session);
        }
        throw error;
      }),
    async cancel(options = {}) {
      forget();
      await session.cancel(options);
    },
  };
}

async function append(
  session: UploadSession,
  manner: UploadManner,
  body: Readable,
  { length, offset, signal }: AppendOptions,
): Promise<number> {
  if (offset !== undefined && offset !== session.size) {
    throw createRegistryError("BLOB_UPLOAD_INVALID", { message: `the upload stands at ${session.size} bytes, not at ${offset}` });
  }
  const wrongLength = (came: number): RegistryError =>
    createRegistryError("BLOB_UPLOAD_INVALID", { message: `${length} bytes were announced, ${came} came` });
  const counted = countedBody(async () => body, length, wrongLength);
  try {
    if (manner.chunked) await appendChunks(session, counted.open(), Math.max(manner.chunkBytes, session.minChunkBytes), signal);
    else await session.patch(counted, { ranged: length !== undefined, sent: counted.sent, signal });
    return session.size;
  } catch (error) {
    body.destroy();
    // The next writer begins where the registry really stands. When it cannot be asked now, it is asked when the upload is looked up.
    await session.refresh({ signal: undefined }).catch(() => undefined);
    throw error;
  }
}

async function appendChunks(
  session: UploadSession,
  body: Readable,
  chunkBytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const chunk of inChunks(body, chunkBytes)) {
    await session.patch({ length: chunk.length, open: () => chunk }, { ranged: true, sent: () => chunk.length, signal });
  }
}
