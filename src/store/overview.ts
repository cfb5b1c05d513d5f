// What stands on the first page of a registry, each a bounded look at an index: sums, the latest pushes, and what needs somebody.

import { sql } from "kysely";
import type { Database } from "./database.ts";
import { nameVisible } from "./list-search.ts";

type Visible = readonly string[] | undefined;

export interface ContentSums {
  readonly repositories: number;
  readonly tags: number;
  /** Content of the repositories, what they share counted in each. */
  readonly bytes: number;
}

/** Of the repositories that are there and whose names match; `visible` undefined: of all. */
export async function sumContent(db: Database, visible: Visible): Promise<ContentSums> {
  const row = await db.query
    .selectFrom("repository")
    .select((eb) => [
      eb.fn.countAll<number>().as("repositories"),
      eb.fn.sum<number | null>("tag_count").as("tags"),
      eb.fn.sum<number | null>("bytes").as("bytes"),
    ])
    .where("deleted_ms", "=", sql.lit(0))
    .where("updated_ms", ">", 0)
    .where(nameVisible(sql.ref("name"), visible))
    .executeTakeFirstOrThrow();
  return { repositories: row.repositories, tags: row.tags ?? 0, bytes: row.bytes ?? 0 };
}

export interface PushedTag {
  readonly repository: string;
  readonly tag: string;
  readonly pushedMs: number;
  /** "": nobody in particular. */
  readonly by: string;
}

const repositoriesPerLook = 50;

/**
 * The latest pushes of tags that are there. Repositories are gone through by their last change, until none that is left can hold a later
 * push than those that were found.
 */
export async function selectLatestPushes(db: Database, visible: Visible, limit: number): Promise<PushedTag[]> {
  const found: PushedTag[] = [];
  let before = { updated_ms: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER };
  while (true) {
    const repositories = await db.query
      .selectFrom("repository")
      .select(["id", "name", "updated_ms"])
      .where("deleted_ms", "=", sql.lit(0))
      .where(sql<boolean>`(updated_ms, id) < (${before.updated_ms}, ${before.id})`)
      .where("updated_ms", ">", 0)
      .where(nameVisible(sql.ref("name"), visible))
      .orderBy("updated_ms", "desc")
      .orderBy("id", "desc")
      .limit(repositoriesPerLook)
      .execute();
    for (const { id, name, updated_ms: updatedMs } of repositories) {
      const last = found[limit - 1];
      if (last !== undefined && last.pushedMs >= updatedMs) return found;
      found.push(...(await latestOf(db, id, limit)).map((row) => ({ repository: name, ...row })));
      found.sort((a, b) => b.pushedMs - a.pushedMs);
      found.length = Math.min(found.length, limit);
    }
    if (repositories.length < repositoriesPerLook) return found;
    before = repositories.at(-1)!;
  }
}

async function latestOf(db: Database, repositoryId: number, limit: number): Promise<Omit<PushedTag, "repository">[]> {
  const rows = await db.query
    .selectFrom("tag")
    .select(["name", "start_ms", "by"])
    .where("repository_id", "=", repositoryId)
    .where("end_ms", "=", sql.lit(0))
    .orderBy("start_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ name, start_ms: pushedMs, by }) => ({ tag: name, pushedMs, by }));
}

export interface IncompleteImages {
  readonly repository: string;
  readonly images: number;
  /** Of the first of them. */
  readonly pushedMs: number;
}

/** Repositories with images that lack blobs, those with most of them first. */
export async function selectIncomplete(db: Database, visible: Visible, limit: number): Promise<IncompleteImages[]> {
  const rows = await db.query
    .selectFrom("manifest")
    .innerJoin("repository", "repository.id", "manifest.repository_id")
    .select("repository.name as repository")
    .select((eb) => [eb.fn.countAll<number>().as("images"), eb.fn.min("manifest.pushed_ms").as("pushed_ms")])
    .where("manifest.complete_ms", "=", sql.lit(0))
    .where("manifest.trashed_ms", "=", sql.lit(0))
    .where(nameVisible(sql.ref("repository.name"), visible))
    .groupBy("repository.name")
    .orderBy("images", "desc")
    .orderBy("repository.name")
    .limit(limit)
    .execute();
  return rows.map(({ repository, images, pushed_ms: pushedMs }) => ({ repository, images, pushedMs }));
}

export interface DeadJobs {
  readonly kind: string;
  readonly jobs: number;
  /** When the last of them was given up. */
  readonly lastMs: number;
}

/** Background jobs that were given up since then, by kind. */
export async function selectDeadJobs(db: Database, sinceMs: number): Promise<DeadJobs[]> {
  const rows = await db.query
    .selectFrom("job")
    .select("kind")
    .select((eb) => [eb.fn.countAll<number>().as("jobs"), eb.fn.max("finished_ms").as("last_ms")])
    .where("state", "=", "dead")
    .where("finished_ms", ">=", sinceMs)
    .groupBy("kind")
    .orderBy("kind")
    .execute();
  return rows.map(({ kind, jobs, last_ms: lastMs }) => ({ kind, jobs, lastMs }));
}
