// The config of an image, read whole. It is small where it is what it should be, and not read where it is not.

import { RegistryError } from "../oci/errors.ts";
import type { DigestReference } from "../oci/reference.ts";
import type { Blobs, GetBlobOptions } from "../oci/registry.ts";

const maxConfigBytes = 4 * 1024 * 1024;

export interface ConfigText {
  /** Undefined: `problem` says why. */
  readonly text: string | undefined;
  readonly problem: string | undefined;
}

/** Throws only the reason of the signal, and bugs. */
export async function readConfigText(
  blobs: Pick<Blobs, "get">,
  reference: DigestReference,
  options: GetBlobOptions = {},
): Promise<ConfigText> {
  const failed = (problem: string): ConfigText => ({ text: undefined, problem });
  const { signal } = options;
  if ((options.size ?? 0) > maxConfigBytes) return failed(`the config claims ${options.size} bytes and is not read`);
  try {
    const blob = await blobs.get(reference, options);
    if (blob.size > maxConfigBytes) return failed(`the config has ${blob.size} bytes and is not read`);
    let text = "";
    for await (const chunk of (await blob.open(undefined, { signal })).setEncoding("utf8")) {
      text += chunk;
      if (text.length > maxConfigBytes) return failed("the config is larger than it claims");
    }
    return { text, problem: undefined };
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof RegistryError)) throw error;
    return failed(`the config: ${error.message}`);
  }
}
