// What refers to a manifest at another registry (distribution-spec "Listing Referrers"; image-spec "Referrers Tag Schema"). What would
// surprise: many registries have no such list; whether this repository's has is found out once and kept for five minutes, and a rate
// limit is never taken for an answer to that.

import { isDigest, type Digest } from "../oci/digest.ts";
import type { Json, JsonObject } from "../oci/json.ts";
import type { ParsedManifest } from "../oci/manifest.ts";
import { ociIndex } from "../oci/media-types.ts";
import type { DigestReference, RepositoryName } from "../oci/reference.ts";
import type { ListPage, Manifests, Page, Referrer } from "../oci/registry.ts";
import { readManifest } from "./manifest-requests.ts";
import { scope, type Operations } from "./operation.ts";
import { stringsOf as entriesOf, walkPages, type RemoteList } from "./paging.ts";
import { createFallback, toReferrer } from "./referrers-fallback.ts";
import type { ClientResponse } from "./request.ts";

const verdictMs = 5 * 60_000;
const maxVerdicts = 10_000;
/** Of one page, so that whoever serves it on can be read by clients that take 4 MiB. */
const maxListBytes = 3 * 1024 * 1024;
const zeroDigest = `sha256:${"0".repeat(64)}` as Digest;

export interface PushedManifest {
  readonly parsed: ParsedManifest;
  readonly digest: Digest;
  readonly size: number;
}

export interface Referrers {
  list: Manifests["referrers"];
  /** After the push of a manifest with a subject: writes it into the fallback index where the registry keeps no list itself. */
  pushed(
    subject: DigestReference,
    manifest: PushedManifest,
    response: ClientResponse,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Before a deletion: the subject whose fallback index must forget the manifest afterwards. */
  subjectToTidy(reference: DigestReference, signal: AbortSignal | undefined): Promise<DigestReference | undefined>;
  deleted(subject: DigestReference, digest: Digest, signal: AbortSignal | undefined): Promise<void>;
}

export function createReferrers(operations: Operations): Referrers {
  const { now, profile } = operations;
  const fallback = createFallback(operations);
  const verdicts = new Map<RepositoryName, { readonly supported: boolean; readonly until: number }>();

  function verdictOf(repository: RepositoryName): boolean | undefined {
    if (profile.noReferrers === true) return false;
    const verdict = verdicts.get(repository);
    return verdict !== undefined && verdict.until > now() ? verdict.supported : undefined;
  }
  function judge(repository: RepositoryName, supported: boolean): boolean {
    const [oldest] = verdicts.keys();
    if (verdicts.size >= maxVerdicts) verdicts.delete(oldest!);
    verdicts.set(repository, { supported, until: now() + verdictMs });
    return supported;
  }
  async function isSupported(repository: RepositoryName, signal: AbortSignal | undefined): Promise<boolean> {
    const known = verdictOf(repository);
    if (known !== undefined) return known;
    const { response } = await ask(operations, { repository, digest: zeroDigest }, undefined, signal);
    await response?.discard();
    return judge(repository, response !== undefined);
  }

  async function readAll(
    subject: DigestReference,
    types: readonly string[] | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly Referrer[]> {
    const { repository } = subject;
    if (verdictOf(repository) === false) return fallback.read(subject, signal);
    const { missing, response } = await ask(operations, subject, types?.length === 1 ? types[0] : undefined, signal);
    if (missing === true) return [];
    if (!judge(repository, response !== undefined)) return fallback.read(subject, signal);
    const all: Referrer[] = [];
    for await (const page of walkPages(operations, listOf(subject), { first: response!, signal })) all.push(...page);
    return all;
  }

  return {
    async list(subject, page) {
      if (page.limit === 0) return { items: [], more: false };
      const all = await readAll(subject, page.artifactTypes, page.signal);
      return cut(all, page);
    },
    async pushed(subject, manifest, response, signal) {
      // Not even a registry that says it took the subject into account is believed: some did so without having the list.
      if (await isSupported(subject.repository, signal)) return;
      await fallback.add(subject, toReferrer(manifest), signal);
    },
    async subjectToTidy(reference, signal) {
      if (await isSupported(reference.repository, signal)) return undefined;
      const { repository } = reference;
      const digest = await subjectOf(operations, reference, signal);
      return digest && { repository, digest };
    },
    deleted: (subject, digest, signal) => fallback.remove(subject, digest, signal),
  };
}

/** Nothing to tidy for what is not there or cannot be read; the deletion itself will say so. */
async function subjectOf(
  operations: Operations,
  reference: DigestReference,
  signal: AbortSignal | undefined,
): Promise<Digest | undefined> {
  try {
    return (await readManifest(operations, reference, signal)).parsed.subject?.digest;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

interface Answer {
  /** The first page; undefined: there is no such list. */
  readonly response?: ClientResponse;
  /** It is the repository that is missing, which says nothing of the list. */
  readonly missing?: boolean;
}

async function ask(
  operations: Operations,
  { digest, repository }: DigestReference,
  artifactType: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const path = `/v2/${repository}/referrers/${digest}`;
  const url = artifactType === undefined ? path : `${path}?artifactType=${encodeURIComponent(artifactType)}`;
  const request = { method: "GET", url, scopes: scope(repository, "pull"), headers: { accept: ociIndex }, signal } as const;
  let response = await operations.send({ ...request, answers: [...unsupported, 429] });
  if (response.status === 429 && response.url.pathname === path) {
    await response.discard();
    response = await operations.send({ ...request, answers: unsupported });
  }
  const type = response.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (response.status === 200 && type === ociIndex) return { response };
  if (response.status === 404 && (await saysNameUnknown(response))) return { missing: true };
  await response.discard();
  return {};
}
const unsupported = [400, 404, 405, 406, 501];

async function saysNameUnknown(response: ClientResponse): Promise<boolean> {
  try {
    const body = JSON.parse(new TextDecoder().decode(await response.bytes(64 * 1024))) as {
      errors?: readonly { code?: unknown }[];
    };
    return body.errors?.[0]?.code === "NAME_UNKNOWN";
  } catch {
    return false; // a page for people: there is no such route
  }
}

function listOf({ digest, repository }: DigestReference): RemoteList<Referrer> {
  return {
    path: `/v2/${repository}/referrers/${digest}`,
    scopes: scope(repository, "pull"),
    accept: ociIndex,
    keyOf: (referrer) => referrer.digest,
    read(body) {
      const raw = entriesOf(body, "manifests");
      return raw && { raw, items: raw.flatMap((entry) => readReferrer(entry as Json) ?? []) };
    },
  };
}

function readReferrer(value: Json): Referrer | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { annotations, artifactType, digest, mediaType, size } = value as JsonObject;
  if (typeof digest !== "string" || !isDigest(digest) || typeof mediaType !== "string" || !Number.isSafeInteger(size))
    return undefined;
  return {
    mediaType,
    digest,
    size: size as number,
    ...(typeof artifactType === "string" && artifactType !== "" && { artifactType }),
    ...(annotations != null && { annotations: stringsIn(annotations as JsonObject) }),
  };
}

function stringsIn(annotations: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

export function cut(
  all: readonly Referrer[],
  { artifactTypes, last, limit }: Page & { readonly artifactTypes?: readonly string[] },
): ListPage<Referrer> {
  // Filtered here in any case: a registry that says it did so loses nothing by it.
  const wanted = all.filter(
    ({ artifactType = "", digest }) => (artifactTypes?.includes(artifactType) ?? true) && (last === undefined || digest > last),
  );
  const sorted = [...new Map(wanted.map((referrer) => [referrer.digest, referrer])).values()].sort((a, b) =>
    a.digest < b.digest ? -1 : 1,
  );
  let left = maxListBytes;
  const items = sorted.slice(0, limit).filter((item, i) => (left -= JSON.stringify(item).length) >= 0 || i === 0);
  return { items, more: sorted.length > items.length };
}
