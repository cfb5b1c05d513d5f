// Lists and manifests of another registry (`registry=NAME`) in the shapes of our own. What it cannot tell is null, never 0, and what
// goes wrong there is told as such: to our caller its refusals are no refusals of ours.

import type { Remote, Remotes } from "../browse/remotes.ts";
import type { RepositoryListRequest } from "../browse/repositories.ts";
import type { TagListRequest, TagRow } from "../browse/tags.ts";
import { contentKind, type ContentKind } from "../oci/content-kinds.ts";
import { RegistryError, createRegistryError } from "../oci/errors.ts";
import { isIndexType } from "../oci/media-types.ts";
import type { RepositoriesAnswer } from "../wire/repositories.ts";
import type { TagDetailsAnswer } from "../wire/tag-details.ts";
import type { TagsAnswer } from "../wire/tags.ts";
import { toMoment, toPageEnd, toPullCounts, toTime } from "./show.ts";

/** Asks the registry called `name`. @throws NOT_FOUND, and what goes wrong there with a status that fits a server in between */
export async function askRemote<Answer>(
  remotes: Remotes | undefined,
  name: string,
  ask: (remote: Remote) => Promise<Answer>,
): Promise<Answer> {
  if (remotes === undefined) throw new RegistryError("NOT_FOUND", { message: "no other registry is configured" });
  const remote = await remotes.open(name);
  try {
    return await ask(remote);
  } catch (error) {
    throw toRemoteError(error, remote);
  }
}

/** 404 and what is wrong with the question stay as they are. */
function toRemoteError(error: unknown, { name, host }: Remote): unknown {
  if (!(error instanceof RegistryError) || error.kind === "not found") return error;
  if (error.kind === "invalid" && error.request === undefined && error.code !== "MANIFEST_INVALID") return error;
  const { code, kind, detail, request, retryAt } = error;
  const status = { "rate limited": 429, timeout: 504, unsupported: 501 }[kind as string] ?? 502;
  const hint =
    kind === "auth" || kind === "forbidden" ? "; its login is `username` and `password` of this registry in hythe.yaml" : "";
  return createRegistryError(code, {
    message: `registry ${name} (${host}): ${error.message}${hint}`,
    status,
    detail,
    cause: error,
    ...(request && { request }),
    ...(retryAt && { retryAt, headers: { "retry-after": retryAt.toUTCString() } }),
  });
}

/** @throws REQUEST_INVALID when the registry that is asked cannot be sorted by that */
export function chooseSort<const Field extends string>(
  sort: string,
  fields: readonly Field[],
  where: string,
): { readonly sort: Field; readonly descending: boolean } {
  const descending = sort.startsWith("-");
  const field = fields.find((known) => known === (descending ? sort.slice(1) : sort));
  if (field !== undefined) return { sort: field, descending };
  throw new RegistryError("REQUEST_INVALID", {
    message: `${where} cannot be sorted by ${sort}: give one of ${fields.join(", ")}`,
  });
}

/** `filters`: those that only our own registry has, by name. @throws REQUEST_INVALID when one of them is given */
export function assertOurs(filters: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(filters).filter((name) => filters[name] !== undefined);
  if (given.length === 0) return;
  throw new RegistryError("REQUEST_INVALID", { message: `${ofOthers} cannot be filtered by ${given.join(", ")}` });
}

export const ourOwn = "the list of our own registry";
export const ofOthers = "the list of another registry";

export const uncounted = toPullCounts(undefined);
export const never = toMoment({ asOfMs: undefined, replaying: false });
export const toTimeOrNothing = (ms: number | undefined): string | null => (ms === undefined ? null : toTime(ms));

export type Capable = Pick<Remote, "browser">;

export async function remoteRepositories({ browser }: Capable, request: RepositoryListRequest): Promise<RepositoriesAnswer> {
  const page = await browser.repositories(request);
  return {
    items: page.items.map(({ name, tags, bytes, builtMs, problem }) => ({
      name,
      kind: "remote" as const,
      tags: tags ?? null,
      manifests: null,
      bytes: bytes ?? null,
      createdAt: null,
      updatedAt: null,
      pulls: uncounted,
      may: null,
      pushedAt: null,
      usage: null,
      untagged: null,
      builtAt: toTimeOrNothing(builtMs),
      problem: problem ?? null,
    })),
    ...toPageEnd(page),
    ...never,
    capabilities: browser.capabilities(),
  };
}

export async function remoteTags({ browser }: Capable, request: TagListRequest): Promise<TagsAnswer> {
  const page = await browser.tags(request);
  return {
    items: page.items.map((row) => toTag(request.repository, row)),
    ...toPageEnd(page),
    ...never,
    capabilities: browser.capabilities(),
  };
}

/** Of rows that a list gave by name alone. */
export async function remoteTagDetails(
  { browser }: Capable,
  repository: string,
  tags: readonly string[],
): Promise<TagDetailsAnswer> {
  const name = browser.repositoryName(repository);
  const rows = await browser.rows(name, tags);
  return { items: rows.map((row) => toTag(name, row)), capabilities: browser.capabilities() };
}

/** What names no type is an image. */
function kindOf(mediaType: string, artifactType: string | undefined): ContentKind {
  return artifactType === undefined && !isIndexType(mediaType) ? "image" : contentKind(mediaType, artifactType ?? "");
}

function toTag(
  repository: string,
  { name, digest, mediaType, artifactType, platforms, bytes, builtMs, problem }: TagRow,
): TagsAnswer["items"][number] {
  return {
    repository,
    name,
    digest: digest ?? null,
    mediaType: mediaType ?? null,
    artifactType: artifactType ?? null,
    platforms: [...(platforms ?? [])],
    bytes: bytes ?? null,
    pushedAt: null,
    pulls: uncounted,
    imagePulls: uncounted,
    siblings: null,
    may: null,
    kind: mediaType === undefined ? null : kindOf(mediaType, artifactType),
    usage: null,
    pushedBy: null,
    pullBytes: null,
    immutable: null,
    builtAt: toTimeOrNothing(builtMs),
    problem: problem ?? null,
  };
}
