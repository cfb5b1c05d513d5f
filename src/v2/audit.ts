// What a client changed, for the audit log: pushes and deletions, never pulls. The answer waits for the row.

import type { Digest } from "../oci/digest.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { Exchange } from "./exchange.ts";

export interface Change {
  readonly action: "manifest.push" | "manifest.delete" | "tag.push" | "tag.delete" | "blob.delete";
  readonly reference: Reference;
  /** Where a tag points to from now on. */
  readonly digest?: Digest;
}

/** Trouble in writing it is logged and fails nothing: what was done is done. */
export async function recordChanges(
  exchange: Pick<Exchange, "door" | "principal" | "caller">,
  ...changes: readonly Change[]
): Promise<void> {
  const { caller, door, principal } = exchange;
  const { record } = door.access;
  if (record === undefined) return;
  await Promise.all(
    changes.map(({ action, reference, digest }) =>
      record({
        principal,
        caller,
        action,
        objectKind: action.split(".", 1)[0] as "manifest" | "tag" | "blob",
        object: formatReference(reference),
        ...(digest !== undefined && { detail: { digest } }),
      }),
    ),
  );
}
