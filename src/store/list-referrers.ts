// What refers to a manifest, and what refers to that: by its own `subject`, by cosign's tags, and as an attestation of a build in an
// index. A tree, depth first; bounded in depth and in all.

import { sql, type Transaction } from "kysely";
import { attestedDigest, referrerKind, referrerKindOfTag, referrerTags, type ReferrerKind } from "../oci/content-kinds.ts";
import { parseManifest, type Child, type ParsedManifest } from "../oci/manifest.ts";
import { isManifestType } from "../oci/media-types.ts";
import type { Schema } from "./schema.ts";

export const maxReferrers = 100;
const maxDepth = 3;
/** Indexes that are looked into for attestations of one of their children. */
const maxIndexes = 5;

export interface ReferrerDetails {
  readonly digest: string;
  readonly mediaType: string;
  /** "" when it names none. */
  readonly artifactType: string;
  readonly kind: ReferrerKind;
  /** With its blobs. */
  readonly bytes: number;
  readonly pushedMs: number;
  /** What it refers to. */
  readonly subject: string;
  /** 1: to the manifest that was asked about, or to a child of it. */
  readonly depth: number;
  readonly via: "subject" | "tag" | "index";
}
export interface ReferrerTree {
  /** Of those with depth 1; undefined: more than were read. */
  readonly count: number | undefined;
  readonly items: readonly ReferrerDetails[];
}

type Found = Omit<ReferrerDetails, "depth">;
interface Scope {
  readonly tx: Transaction<Schema>;
  readonly repositoryId: number;
}

export async function readReferrers(scope: Scope, digest: string, parsed: ParsedManifest): Promise<ReferrerTree> {
  const first = [...(await readReferring(scope, [digest])), ...(await readAttestations(scope, digest, parsed))];
  const known = new Map<string, readonly Found[]>();
  const seen = new Set([digest]);
  const take = (found: readonly Found[]): Found[] => {
    const fresh = [...new Map(found.filter((one) => !seen.has(one.digest)).map((one) => [one.digest, one])).values()];
    for (const one of fresh) seen.add(one.digest);
    return fresh;
  };
  const roots = take(first);
  let level = roots;
  for (let depth = 2; depth <= maxDepth && level.length > 0 && seen.size <= maxReferrers; depth++) {
    const next = take(await readReferring(scope, level.map((one) => one.digest).slice(0, maxReferrers)));
    for (const [subject, own] of Map.groupBy(next, (one) => one.subject)) known.set(subject, own);
    level = next;
  }
  const walk = (found: readonly Found[], depth: number): ReferrerDetails[] =>
    found.flatMap((one) => [{ ...one, depth }, ...walk(known.get(one.digest) ?? [], depth + 1)]);
  const isAll = roots.length <= maxReferrers;
  return { count: isAll ? roots.length : undefined, items: walk(roots, 1).slice(0, maxReferrers) };
}

const columns = [
  "manifest.digest as digest",
  "manifest.media_type as mediaType",
  "manifest.artifact_type as artifactType",
  "manifest.image_bytes as bytes",
  "manifest.pushed_ms as pushedMs",
] as const;

/** One more than is shown. */
async function readReferring({ tx, repositoryId }: Scope, subjects: readonly string[]): Promise<Found[]> {
  const bySubject = await tx
    .selectFrom("manifest")
    .select([...columns, "subject_digest as subject"])
    .where("repository_id", "=", repositoryId)
    .where("subject_digest", "in", subjects)
    .where("subject_digest", "<>", sql.lit(""))
    .where("trashed_ms", "=", sql.lit(0))
    .orderBy("digest")
    .limit(maxReferrers + 1)
    .execute();
  const named = new Map<string, string>(
    subjects.flatMap((subject) => referrerTags(subject).map((name) => [name, subject] as const)),
  );
  const byTag = await tx
    .selectFrom("tag")
    .innerJoin("manifest", "manifest.id", "tag.manifest_id")
    .select([...columns, "tag.name as name"])
    .where("tag.repository_id", "=", repositoryId)
    .where("tag.name", "in", [...named.keys()])
    .where("tag.end_ms", "=", sql.lit(0))
    .execute();
  return [
    ...bySubject.map((row): Found => ({ ...row, kind: referrerKind(row.artifactType), via: "subject" })),
    ...byTag.map(({ name, ...row }): Found => ({
      ...row,
      subject: named.get(name)!,
      kind: referrerKindOfTag(name),
      via: "tag",
    })),
  ];
}

/** Those of the children of an index, or of an image in the indexes that list it. */
async function readAttestations(scope: Scope, digest: string, parsed: ParsedManifest): Promise<Found[]> {
  const children = parsed.kind === "index" ? parsed.children : await readSiblings(scope, digest);
  const attested = new Map<string, string>();
  for (const child of children) {
    const subject = attestedDigest(child);
    if (subject !== undefined && (parsed.kind === "index" || subject === digest)) attested.set(child.digest, subject);
  }
  if (attested.size === 0) return [];
  const rows = await scope.tx
    .selectFrom("manifest")
    .select(columns)
    .where("repository_id", "=", scope.repositoryId)
    .where("digest", "in", [...attested.keys()].slice(0, maxReferrers + 1))
    .where("trashed_ms", "=", sql.lit(0))
    .execute();
  return rows.map((row) => ({ ...row, subject: attested.get(row.digest)!, kind: "attestation", via: "index" }));
}

async function readSiblings({ tx, repositoryId }: Scope, digest: string): Promise<Child[]> {
  const rows = await tx
    .selectFrom("manifest_edge as edge")
    .innerJoin("manifest", "manifest.id", "edge.parent_id")
    .innerJoin("manifest_body as held", "held.manifest_id", "edge.parent_id")
    .select(["held.body", "media_type"])
    .where("edge.repository_id", "=", repositoryId)
    .where("edge.child_digest", "=", digest)
    .where("edge.kind", "=", "child")
    .where("trashed_ms", "=", sql.lit(0))
    .orderBy("edge.parent_id", "desc")
    .limit(maxIndexes)
    .execute();
  return rows
    .filter(({ media_type: type }) => isManifestType(type))
    .flatMap(({ body, media_type: type }) => parseManifest(body, type).children);
}
