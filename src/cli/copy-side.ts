// One side of `hythe copy`: an image of a registry, or of an OCI layout in a folder (oci:FOLDER:TAG).

import { isLayoutReference, parseLayoutReference, type LayoutReference } from "../client/layout-reference.ts";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseImageReference } from "../oci/image-reference.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import type { Environment } from "./environment.ts";
import { parseImage, type ImageArgument } from "./image-argument.ts";
import type { RegistryFlags } from "./registry-flags.ts";
import { openSession } from "./registry-session.ts";

export interface CopySide extends AsyncDisposable {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly tag: Tag | undefined;
  readonly digest: Digest | undefined;
  /** host[:port]; undefined: a folder. */
  readonly host: string | undefined;
  /** For people: the image without tag and digest. */
  readonly name: string;
  /** Whether a failure is about this side. */
  isAbout(error: RegistryError): boolean;
  /** The error with what to do about it. Never rejects. */
  explain(error: unknown): Promise<unknown>;
}

export type SideArgument = { readonly layout: LayoutReference } | { readonly image: ImageArgument };

/** An image of a registry is latest when nothing else is said. @throws NAME_INVALID, REQUEST_INVALID, MANIFEST_INVALID, DIGEST_INVALID */
export function parseSource(text: string): SideArgument {
  return isLayoutReference(text) ? { layout: parseLayoutReference(text) } : { image: parseImage(text) };
}

/** What is not said is as at the source. @throws as parseSource */
export function parseTarget(text: string): SideArgument {
  return isLayoutReference(text)
    ? { layout: parseLayoutReference(text) }
    : { image: { ...parseImage(text), image: parseImageReference(text) } };
}

/** The caller closes it. `create`: a folder that is not there is made. @throws what opening a session or a layout throws */
export async function openSide(
  environment: Environment,
  flags: RegistryFlags,
  argument: SideArgument,
  { create = false }: { readonly create?: boolean } = {},
): Promise<CopySide> {
  return "layout" in argument
    ? openFolder(argument.layout, create).catch((error: unknown) => {
        throw explainFiles(error);
      })
    : openHost(environment, flags, argument.image);
}

/** What the disk refuses is no bug. */
export function explainFiles(error: unknown): unknown {
  const { code, message, path, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || syscall === undefined) return error;
  const said = /^[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? code;
  const reason = syscall === "mkdir" && code === "ENOENT" ? "no folder can be made there" : said;
  const kind = code === "EACCES" || code === "EPERM" ? "DENIED" : "UNKNOWN";
  return new RegistryError(kind, { message: `${path ?? syscall}: ${reason}`, cause: error });
}

async function openHost(environment: Environment, flags: RegistryFlags, argument: ImageArgument): Promise<CopySide> {
  const { host, image, repository } = argument;
  const session = await openSession(environment, flags, argument);
  const { registry } = session;
  const hosts = [host, registry.profile.apiHost];
  return {
    registry,
    repository,
    host,
    tag: image.tag,
    digest: image.digest,
    name: `${host}/${repository}`,
    isAbout: ({ request }) =>
      request !== undefined &&
      hosts.includes(request.host) &&
      (request.path.startsWith(`/v2/${repository}/`) || request.path === "/v2/"),
    explain: (error) => session.explain(error),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function openFolder({ folder, ...named }: LayoutReference, create: boolean): Promise<CopySide> {
  const [{ openLayout }, { layoutRepository: repository }] = await Promise.all([
    import("../client/layout.ts"),
    import("../client/layout-index.ts"),
  ]);
  const registry = await openLayout(folder, { create });
  const { digest, tag } = create || named.tag !== undefined || named.digest !== undefined ? named : await onlyImage(folder);
  return {
    registry,
    repository,
    host: undefined,
    tag,
    digest,
    name: `oci:${folder}`,
    isAbout: () => false,
    explain: async (error) => error,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** @throws REQUEST_INVALID when there is a choice, MANIFEST_UNKNOWN when there is none */
async function onlyImage(folder: string): Promise<Pick<LayoutReference, "digest" | "tag">> {
  const { readImages } = await import("../client/layout.ts");
  const images = await readImages(folder);
  const [only] = images;
  if (only === undefined) throw new RegistryError("MANIFEST_UNKNOWN", { message: `${folder} holds no image` });
  if (images.length === 1) return only.tag === undefined ? { digest: only.digest } : { tag: only.tag };
  const names = images.map(({ digest, tag }) => (tag === undefined ? `@${digest}` : `:${tag}`));
  const some = names.length > 10 ? [...names.slice(0, 10), "…"] : names;
  throw new RegistryError("REQUEST_INVALID", {
    message: `${folder} holds several images, name one, as in oci:${folder}${names[0]}: there is ${some.join(", ")}`,
  });
}
