// The look-ups of every pull, by repository name and tag or digest: one prepared statement each, for a database in this process.
// One behind a network wants them in batches (catalogue-reads-batched.ts).

import { sql, type Kysely } from "kysely";
import type { Digest } from "../oci/digest.ts";
import type { DigestReference, Reference } from "../oci/reference.ts";
import { none } from "./catalogue-repository.ts";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";

export interface FoundManifest {
  readonly repositoryId: number;
  readonly manifestId: number;
  /** 0 when asked by digest. */
  readonly tagEpoch: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly leasedMs: number;
}
export interface FoundBody extends FoundManifest {
  readonly body: Uint8Array;
}
export interface FoundBlob {
  readonly repositoryId: number;
  readonly key: string;
  readonly size: number;
  readonly leasedMs: number;
}

export interface Reads {
  manifest(reference: Reference): Promise<FoundManifest | undefined>;
  manifestWithBody(reference: Reference): Promise<FoundBody | undefined>;
  blob(reference: DigestReference): Promise<FoundBlob | undefined>;
}

type ByTag = { readonly repository: string; readonly tag: string };
type ByDigest = { readonly repository: string; readonly digest: string };

const manifestColumns = [
  "m.repository_id as repositoryId",
  "m.id as manifestId",
  "m.digest",
  "m.media_type as mediaType",
  "m.size",
  "m.leased_ms as leasedMs",
] as const;

function selectByTag(db: Kysely<Schema>, repository: string, tag: string) {
  return db
    .selectFrom("repository as r")
    .innerJoin("tag as t", "t.repository_id", "r.id")
    .innerJoin("manifest as m", "m.id", "t.manifest_id")
    .select([...manifestColumns, "t.epoch as tagEpoch"])
    .where("r.name", "=", repository)
    .where("r.deleted_ms", "=", none)
    .where("t.name", "=", tag)
    .where("t.end_ms", "=", none)
    .where("m.trashed_ms", "=", none);
}

function selectByDigest(db: Kysely<Schema>, repository: string, digest: string) {
  return db
    .selectFrom("repository as r")
    .innerJoin("manifest as m", "m.repository_id", "r.id")
    .select([...manifestColumns, sql<number>`0`.as("tagEpoch")])
    .where("r.name", "=", repository)
    .where("r.deleted_ms", "=", none)
    .where("m.digest", "=", digest)
    .where("m.trashed_ms", "=", none);
}

/** On SQLite a look-up takes a few microseconds and no turn of the event loop. */
export function prepareReads(db: Database): Reads {
  const byTag = db.prepare<ByTag, FoundManifest>((query, param) => selectByTag(query, param("repository"), param("tag")));
  const byDigest = db.prepare<ByDigest, FoundManifest>((query, param) =>
    selectByDigest(query, param("repository"), param("digest")),
  );
  const bodyByTag = db.prepare<ByTag, FoundBody>((query, param) =>
    selectByTag(query, param("repository"), param("tag"))
      .innerJoin("manifest_body as b", "b.manifest_id", "m.id")
      .select("b.body"),
  );
  const bodyByDigest = db.prepare<ByDigest, FoundBody>((query, param) =>
    selectByDigest(query, param("repository"), param("digest"))
      .innerJoin("manifest_body as b", "b.manifest_id", "m.id")
      .select("b.body"),
  );
  const blob = db.prepare<ByDigest, FoundBlob>((query, param) =>
    query
      .selectFrom("repository as r")
      .innerJoin("repository_blob as link", "link.repository_id", "r.id")
      .innerJoin("blob as b", "b.digest", "link.digest")
      .select(["link.repository_id as repositoryId", "b.key", "b.size", "link.leased_ms as leasedMs"])
      .where("r.name", "=", param("repository"))
      .where("r.deleted_ms", "=", none)
      .where("link.digest", "=", param("digest"))
      .where("link.state", "=", sql.lit("present")),
  );
  return {
    async manifest({ repository, tag, digest }) {
      return (await (tag === undefined ? byDigest({ repository, digest }) : byTag({ repository, tag })))[0];
    },
    async manifestWithBody({ repository, tag, digest }) {
      return (await (tag === undefined ? bodyByDigest({ repository, digest }) : bodyByTag({ repository, tag })))[0];
    },
    async blob({ repository, digest }) {
      return (await blob({ repository, digest }))[0];
    },
  };
}
