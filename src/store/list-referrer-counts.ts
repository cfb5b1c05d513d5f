// How many signatures, SBOMs and the like the images of one page have: by their `subject`, and by the names that cosign gives its tags.

import { sql, type RawBuilder, type Transaction } from "kysely";
import { referrerKind, referrerKindOfTag, referrerTags, type ReferrerKind } from "../oci/content-kinds.ts";
import type { Database } from "./database.ts";
import { jsonTuples } from "./json-rows.ts";
import type { Schema } from "./schema.ts";

export type ReferrerCounts = Readonly<Record<ReferrerKind, number>>;
const noReferrers: ReferrerCounts = { signature: 0, sbom: 0, attestation: 0, other: 0 };

interface Subject {
  readonly repositoryId: number;
  readonly digest: string;
}

/** @returns the counts of a subject; asks twice, however many there are */
export async function readReferrerCounts(
  tx: Transaction<Schema>,
  engine: Database["engine"],
  subjects: readonly Subject[],
): Promise<(subject: Subject) => ReferrerCounts> {
  if (subjects.length === 0) return () => noReferrers;
  const counts = new Map<string, Record<ReferrerKind, number>>();
  const keyOf = ({ repositoryId, digest }: Subject): string => `${repositoryId} ${digest}`;
  const add = (subject: Subject, kind: ReferrerKind, count: number): void => {
    const found = counts.get(keyOf(subject)) ?? { ...noReferrers };
    found[kind] += count;
    counts.set(keyOf(subject), found);
  };
  const pairs = subjects.map(({ repositoryId, digest }) => [repositoryId, digest] as const);
  const bySubject = await sql<{ repository_id: number; digest: string; type: string; count: number }>`
    with page as materialized (${pairRows(engine, pairs)})
    select page.repository_id, page.text as digest, referrer.artifact_type as type, count(*) as count
    from page cross join manifest as referrer
    where referrer.repository_id = page.repository_id and referrer.subject_digest = page.text
      and referrer.subject_digest <> '' and referrer.trashed_ms = 0
    group by page.repository_id, page.text, referrer.artifact_type
  `.execute(tx);
  for (const { repository_id: repositoryId, digest, type, count } of bySubject.rows) {
    add({ repositoryId, digest }, referrerKind(type), count);
  }
  const subjectOf = new Map(
    subjects.flatMap((subject) => referrerTags(subject.digest).map((name) => [`${subject.repositoryId} ${name}`, subject])),
  );
  const named = pairs.flatMap(([id, digest]) => referrerTags(digest).map((name) => [id, name] as const));
  const byName = await sql<{ repository_id: number; name: string }>`
    with page as materialized (${pairRows(engine, named)})
    select tag.repository_id, tag.name from page cross join tag
    where tag.repository_id = page.repository_id and tag.name = page.text and tag.end_ms = 0
  `.execute(tx);
  for (const { repository_id: id, name } of byName.rows) {
    const subject = subjectOf.get(`${id} ${name}`);
    if (subject !== undefined) add(subject, referrerKindOfTag(name), 1);
  }
  return (subject) => counts.get(keyOf(subject)) ?? noReferrers;
}

/** Each pair once. */
function pairRows(engine: Database["engine"], pairs: readonly (readonly [number, string])[]): RawBuilder<unknown> {
  return sql`select distinct cast(value ->> 0 as bigint) as repository_id, value ->> 1 as text from ${jsonTuples(engine, pairs)}`;
}
