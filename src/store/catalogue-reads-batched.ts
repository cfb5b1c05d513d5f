// The look-ups of every pull on PostgreSQL: one statement for all that arrive in a turn, and the bytes of manifests from memory. Which
// manifest a name means is asked every time; only bytes are kept, and those never change under an id.

import { sql, type RawBuilder } from "kysely";
import { LookupBatch } from "./lookup-batch.ts";
import type { FoundBlob, FoundManifest, Reads } from "./catalogue-reads.ts";
import type { Database } from "./database.ts";

const defaultCacheBytes = 64 * 1024 * 1024;

type Asked = { readonly repository: string; readonly name: string };
/** Position in the arrays that were asked, from 1. */
type Answer<Row> = Row & { readonly position: number };
type Arrays = { readonly repositories: readonly string[]; readonly names: readonly string[] };

function prepareAsked<Row>(
  db: Database,
  build: (asked: RawBuilder<unknown>) => RawBuilder<Answer<Row>>,
): LookupBatch<Asked, Answer<Row>> {
  const run = db.prepare<Arrays, Answer<Row>>((query, param) => {
    const arrays = sql`${param("repositories")}::text[], ${param("names")}::text[]`;
    const statement = build(sql`unnest(${arrays}) with ordinality as asked (repository, name, position)`);
    return { compile: () => statement.compile(query) };
  });
  return new LookupBatch(async (keys) => {
    const rows = await run({ repositories: keys.map((key) => key.repository), names: keys.map((key) => key.name) });
    const answers = Array.from<Answer<Row> | undefined>({ length: keys.length });
    for (const row of rows) answers[row.position - 1] = row;
    return answers;
  });
}

const manifestColumns = sql`asked.position, m.repository_id as "repositoryId", m.id as "manifestId", m.digest,
  m.media_type as "mediaType", m.size, m.leased_ms as "leasedMs"`;
const repository = sql`join repository r on r.name = asked.repository and r.deleted_ms = 0`;

export function prepareBatchedReads(db: Database, cacheBytes: number = defaultCacheBytes): Reads {
  const byTag = prepareAsked<FoundManifest>(
    db,
    (asked) => sql`select ${manifestColumns}, t.epoch as "tagEpoch" from ${asked} ${repository}
      join tag t on t.repository_id = r.id and t.name = asked.name and t.end_ms = 0
      join manifest m on m.id = t.manifest_id and m.trashed_ms = 0`,
  );
  const byDigest = prepareAsked<FoundManifest>(
    db,
    (asked) => sql`select ${manifestColumns}, 0 as "tagEpoch" from ${asked} ${repository}
      join manifest m on m.repository_id = r.id and m.digest = asked.name and m.trashed_ms = 0`,
  );
  const blobs = prepareAsked<FoundBlob>(
    db,
    (asked) => sql`select asked.position, link.repository_id as "repositoryId", b.key, b.size, link.leased_ms as "leasedMs"
      from ${asked} ${repository}
      join repository_blob link on link.repository_id = r.id and link.digest = asked.name and link.state = 'present'
      join blob b on b.digest = link.digest`,
  );
  const bodies = new BodyCache(db, cacheBytes);
  const manifest: Reads["manifest"] = (reference) =>
    reference.tag === undefined
      ? byDigest.find({ repository: reference.repository, name: reference.digest })
      : byTag.find({ repository: reference.repository, name: reference.tag });

  return {
    manifest,
    async manifestWithBody(reference) {
      const found = await manifest(reference);
      const body = found && (await bodies.get(found.manifestId));
      return found && body && { ...found, body };
    },
    blob: ({ repository: name, digest }) => blobs.find({ repository: name, name: digest }),
  };
}

/** Manifest bytes by id, the least recently used making room. */
class BodyCache {
  readonly #most: number;
  readonly #batch: LookupBatch<number, Uint8Array>;
  readonly #kept = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor(db: Database, most: number) {
    this.#most = most;
    const read = db.prepare<{ ids: readonly number[] }, { id: number; body: Uint8Array }>((query, param) => ({
      compile: () =>
        sql<{
          id: number;
          body: Uint8Array;
        }>`select manifest_id as id, body from manifest_body where manifest_id = any(${param("ids")}::bigint[])`.compile(query),
    }));
    this.#batch = new LookupBatch(async (ids) => {
      const rows = new Map((await read({ ids: [...new Set(ids)] })).map(({ id, body }) => [id, body]));
      return ids.map((id) => rows.get(id));
    });
  }

  async get(id: number): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(id);
    if (kept !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, kept);
      return kept;
    }
    const body = await this.#batch.find(id);
    if (body !== undefined && !this.#kept.has(id)) this.#keep(id, body);
    return body;
  }

  #keep(id: number, body: Uint8Array): void {
    if (body.length > this.#most / 16) return;
    this.#kept.set(id, body);
    this.#bytes += body.length;
    for (const [oldest, bytes] of this.#kept) {
      if (this.#bytes <= this.#most) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
