// What people type for an image, a repository or a registry on any host. Without a host it is on Docker Hub, as with docker.

import { RegistryError } from "../oci/errors.ts";
import { isHostPart, parseImageReference, parseRegistryHost, toReference, type ImageReference } from "../oci/image-reference.ts";
import type { Reference, RepositoryName } from "../oci/reference.ts";

/** Where a verb looks, and whether that was typed or goes without saying. */
export interface Place {
  readonly host: string;
  readonly repository?: RepositoryName;
  readonly isImplied: boolean;
}

export interface ImageArgument extends Place {
  readonly repository: RepositoryName;
  readonly reference: Reference;
  readonly image: ImageReference;
}

/** An image: without tag and digest its tag is latest. @throws NAME_INVALID, MANIFEST_INVALID, DIGEST_INVALID */
export function parseImage(text: string): ImageArgument {
  return toArgument(text, parseImageReference(text, { defaultTag: "latest" }));
}

/** An image whose tag or digest must be said, because what follows cannot be undone. */
export function parseNamedImage(text: string): ImageArgument {
  const image = parseImageReference(text);
  if (image.tag === undefined && image.digest === undefined) {
    throw new RegistryError("REQUEST_INVALID", {
      message: `'${text}' names neither a tag nor a digest: add one, as in ${text}:v1`,
    });
  }
  return toArgument(text, image);
}

function toArgument(text: string, image: ImageReference): ImageArgument {
  const { host, repository } = image;
  return { host, repository, isImplied: isImplied(text), reference: toReference(image), image };
}

/** HOST, or a repository with or without one. @throws NAME_INVALID, and REQUEST_INVALID for a tag or a digest */
export function parsePlace(text: string): Place {
  const bare = text.replace(/\/$/, "");
  if (!bare.includes("/") && isHostPart(bare)) return { host: parseRegistryHost(bare), isImplied: false };
  const { host, repository, tag, digest } = parseImageReference(text);
  if (tag === undefined && digest === undefined) return { host, repository, isImplied: isImplied(text) };
  throw new RegistryError("REQUEST_INVALID", {
    message: `'${text}' is an image: \`hythe inspect ${text}\` shows it, \`hythe ls ${host}/${repository}\` lists the tags beside it`,
  });
}

/** Whether a repository is one of another registry than our own: the part before its first slash can only be a host. */
export function namesHost(text: string): boolean {
  const bare = text.replace(schemePattern, "");
  return bare !== text || /^(?:[^/]*[.:[][^/]*|localhost)\//.test(bare);
}
const schemePattern = /^[a-z][a-z0-9+.-]*:\/\//i;

function isImplied(text: string): boolean {
  return !text.includes("/") || !isHostPart(text.split("/", 1)[0]!);
}
