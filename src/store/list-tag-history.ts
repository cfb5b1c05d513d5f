// The history of one tag: where it stood, and when.

import { sql } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Database } from "./database.ts";
import { KeysetPage, pageByColumns, type List, type ListRequest } from "./list-page.ts";
import { findRepository } from "./list-repositories.ts";
import type { InRepository } from "./list-tags.ts";

/** One stretch of time in which a tag stood on a manifest. */
export interface TagHistoryItem {
  readonly digest: string;
  readonly bytes: number;
  readonly startMs: number;
  /** 0: still there. */
  readonly endMs: number;
  readonly by: string;
  /** "" while it is still there. */
  readonly endReason: string;
  /** Names one life of the tag: deleting it and pushing it again begins another, with counts from zero. */
  readonly epoch: number;
}

export type TagHistoryRequest = Pick<ListRequest<"startedAt">, "limit" | "cursor"> & InRepository & { readonly tag: string };

/** One page of where a tag stood, the latest first. @throws NAME_UNKNOWN, MANIFEST_UNKNOWN when there never was such a tag */
export function listTagHistory(db: Database, request: TagHistoryRequest): Promise<List<TagHistoryItem>> {
  return db.snapshot(async (tx) => {
    const repository = await findRepository(tx, request.repository, request.visible);
    const page = new KeysetPage({ ...request, sort: "startedAt", descending: true }, ["number"]);
    const where = sql<boolean>`content.name = ${request.tag}`;
    const rows = pageByColumns({ table: "tag", repositoryId: repository.id, where }, ["id"], page);
    const found = await tx
      .selectFrom(rows.as("page"))
      .innerJoin("tag", "tag.id", "page.id")
      .select(["page.key0", "page.key1", "page.key2", "digest", "bytes", "start_ms", "end_ms", "by", "end_reason", "epoch"])
      .execute();
    if (found.length === 0 && request.cursor === undefined) {
      throw new RegistryError("MANIFEST_UNKNOWN", { message: `there never was a tag '${request.tag}' in ${request.repository}` });
    }
    const answer = page.answer(found, (row) => ({
      digest: row.digest,
      bytes: row.bytes,
      startMs: row.start_ms,
      endMs: row.end_ms,
      by: row.by,
      endReason: row.end_reason,
      epoch: row.epoch,
    }));
    return { ...answer, total: undefined };
  });
}
