// How uploads end when something goes wrong: perhaps they did end well and only the answer was lost; otherwise they are cleaned up.

import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { scope, sendEmpty, statusOf, type Operations } from "./operation.ts";
import type { UploadSession } from "./upload-session.ts";

/** Whether `error`, to the request that ended the session, only hides that the blob is there. */
export async function isCommitted(
  { send }: Operations,
  { repository }: UploadSession,
  digest: Digest,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const unheard = error instanceof RegistryError && (error.code === "BLOB_UPLOAD_UNKNOWN" || statusOf(error) === undefined);
  if (!unheard) return false;
  const url = `/v2/${repository}/blobs/${digest}`;
  try {
    const { status } = await sendEmpty(send, { method: "HEAD", url, scopes: scope(repository, "pull"), signal, answers: [404] });
    return status === 200;
  } catch {
    return false; // the first error says more
  }
}

export async function cancelQuietly(session: UploadSession): Promise<void> {
  // Only tidiness: an upload that nobody continues expires at the registry.
  await session.cancel().catch(() => undefined);
}
