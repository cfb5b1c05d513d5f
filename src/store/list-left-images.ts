// What stays of the images of tags that go, and what could be freed: told for the whole set, because tags that go together may be the
// last ones of an image.

import { sql } from "kysely";
import type { Database } from "./database.ts";
import { jsonValues } from "./json-rows.ts";
import { readFreed } from "./list-freed.ts";
import { readReferrerCounts } from "./list-referrer-counts.ts";
import { maxTagNames, splitNames } from "./list-sort.ts";

export interface LeftImage {
  /** Tags that stay on it, the first of them; none: it has no tag any more. */
  readonly tags: readonly string[];
  readonly referrers: number;
}
export interface LeftImages {
  readonly byDigest: ReadonlyMap<string, LeftImage>;
  /** What nothing in the registry would use without the images that have no tag any more. */
  readonly freesBytes: number;
}
interface GoingTag {
  readonly name: string;
  /** Where it stood. */
  readonly digest: string;
}

/** The same before the tags are gone and after. */
export function readLeftImages(db: Database, repository: string, going: readonly GoingTag[]): Promise<LeftImages> {
  const names = going.map(({ name }) => name);
  const digests = [...new Set(going.map(({ digest }) => digest))];
  const staying = sql<string | null>`(
    select string_agg(name, ' ') from (
      select other.name from tag as other
      where other.manifest_id = manifest.id and other.end_ms = 0 and other.name not in (select value from ${jsonValues(db.engine, names)})
      order by other.name limit ${sql.lit(maxTagNames)}
    ) as named
  )`;
  return db.snapshot(async (tx) => {
    const rows = await tx
      .selectFrom("manifest")
      .innerJoin("repository", "repository.id", "manifest.repository_id")
      .select(["manifest.id", "manifest.digest", "manifest.repository_id", staying.as("staying")])
      .where("repository.name", "=", repository)
      .where("repository.deleted_ms", "=", sql.lit(0))
      .where("manifest.digest", "in", ["", ...digests])
      .execute();
    const referrersOf = await readReferrerCounts(
      tx,
      db.engine,
      rows.map(({ repository_id: repositoryId, digest }) => ({ repositoryId, digest })),
    );
    const images = rows.map((row) => {
      const { signature, sbom, attestation, other } = referrersOf({ repositoryId: row.repository_id, digest: row.digest });
      return [row.digest, { tags: splitNames(row.staying), referrers: signature + sbom + attestation + other }] as const;
    });
    const untagged = rows.filter((row) => row.staying === null);
    const freed = await readFreed(
      tx,
      db.engine,
      untagged.map(({ id }) => [0, id]),
    );
    return { byDigest: new Map(images), freesBytes: freed.get(0) ?? 0 };
  });
}
