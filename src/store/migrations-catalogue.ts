// The tables of content (schema.ts describes them). Every column that a list sorts by has an index that starts with its scope.

import type { Migration } from "./migrate.ts";
import { createIndex, NewTable } from "./migration-table.ts";
import { accessTables } from "./migrations-access.ts";
import { allTags, tagFilters } from "./migrations-all-tags.ts";
import { lookUps } from "./migrations-look-ups.ts";
import { tagOrders } from "./migrations-tag-orders.ts";

const firstTables: Migration = async (tx, engine) => {
  const table = (name: string) => new NewTable(tx, engine, name);

  await table("repository")
    .id()
    .text("name")
    .text("kind", "local")
    .integer("created_ms")
    .integer("updated_ms")
    .integer("deleted_ms", 0)
    .integer("tag_count", 0)
    .integer("manifest_count", 0)
    .integer("bytes", 0)
    .create();
  await createIndex(tx, "repository", ["name"], { unique: true, where: "deleted_ms = 0" });
  for (const column of ["updated_ms", "tag_count", "manifest_count", "bytes", "created_ms"]) {
    await createIndex(tx, "repository", [column, "id"], { where: "deleted_ms = 0" });
  }

  await table("manifest")
    .id()
    .integer("repository_id")
    .text("digest")
    .text("media_type")
    .text("artifact_type", "")
    .text("config_media_type", "")
    .text("config_digest", "")
    .text("subject_digest", "")
    .integer("size")
    .integer("image_bytes")
    .integer("layer_count", 0)
    .text("platforms", "[]")
    .integer("tag_count", 0)
    .integer("pushed_ms")
    .integer("complete_ms", 0)
    .integer("leased_ms")
    .integer("trashed_ms", 0)
    .integer("trashed_run", 0)
    .references(["repository_id"], "repository", ["id"])
    .create();
  await createIndex(tx, "manifest", ["repository_id", "digest"], { unique: true });
  for (const column of ["pushed_ms", "image_bytes", "tag_count", "media_type", "artifact_type"]) {
    await createIndex(tx, "manifest", ["repository_id", column, "id"], { where: "trashed_ms = 0" });
  }
  await createIndex(tx, "manifest", ["repository_id", "subject_digest", "digest"], { where: "subject_digest <> ''" });

  await table("manifest_body")
    .integer("manifest_id")
    .bytes("body")
    .key("manifest_id")
    .references(["manifest_id"], "manifest", ["id"])
    .create();

  await table("manifest_edge")
    .integer("repository_id")
    .integer("parent_id")
    .text("child_digest")
    .text("kind")
    .text("platform", "")
    .key("parent_id", "kind", "child_digest", "platform")
    .references(["parent_id"], "manifest", ["id"])
    .create({ clustered: true });
  await createIndex(tx, "manifest_edge", ["repository_id", "child_digest", "kind"]);

  await table("blob").text("digest").text("key", "").integer("size").text("state").integer("stored_ms", 0).key("digest").create();

  await table("repository_blob")
    .integer("repository_id")
    .text("digest")
    .text("state")
    .integer("linked_ms", 0)
    .integer("leased_ms", 0)
    .key("repository_id", "digest")
    .references(["repository_id"], "repository", ["id"])
    .references(["digest"], "blob", ["digest"])
    .create({ clustered: true });
  await createIndex(tx, "repository_blob", ["digest", "state"]);

  await table("manifest_blob")
    .integer("repository_id")
    .integer("manifest_id")
    .text("digest")
    .text("role")
    .text("media_type")
    .integer("size")
    .key("manifest_id", "digest", "role")
    .references(["manifest_id"], "manifest", ["id"])
    .references(["repository_id", "digest"], "repository_blob", ["repository_id", "digest"])
    .create({ clustered: true });
  await createIndex(tx, "manifest_blob", ["repository_id", "digest"]);

  await table("tag")
    .id()
    .integer("repository_id")
    .text("name")
    .integer("epoch", 0)
    .integer("manifest_id")
    .text("digest")
    .integer("bytes")
    .integer("start_ms")
    .integer("end_ms", 0)
    .text("by", "")
    .text("end_reason", "")
    .references(["repository_id"], "repository", ["id"])
    .create();
  await createIndex(tx, "tag", ["repository_id", "name"], { unique: true, where: "end_ms = 0" });
  for (const column of ["start_ms", "bytes", "digest"]) {
    await createIndex(tx, "tag", ["repository_id", column, "id"], { where: "end_ms = 0" });
  }
  await createIndex(tx, "tag", ["epoch"]);
  await createIndex(tx, "tag", ["manifest_id", "name"], { where: "end_ms = 0" });
  await createIndex(tx, "tag", ["repository_id", "name", "id"]);

  await table("upload")
    .text("id")
    .integer("repository_id")
    .integer("principal", 0)
    .text("writer_token", "")
    .integer("writer_until_ms", 0)
    .integer("started_ms")
    .integer("touched_ms")
    .key("id")
    .references(["repository_id"], "repository", ["id"])
    .create();
  await createIndex(tx, "upload", ["touched_ms"]);
  await createIndex(tx, "upload", ["principal"]);
  // For the check that nothing refers to a repository that is taken away.
  await createIndex(tx, "upload", ["repository_id"]);

  await table("job")
    .id()
    .text("kind")
    .text("key")
    .text("payload", "{}")
    .text("state", "queued")
    .integer("attempts", 0)
    .integer("created_ms")
    .integer("run_after_ms")
    .text("lease_owner", "")
    .text("lease_token", "")
    .integer("lease_until_ms", 0)
    .integer("finished_ms", 0)
    .text("error", "")
    .create();
  await createIndex(tx, "job", ["kind", "key"], { unique: true, where: "state in ('queued', 'running')" });
  await createIndex(tx, "job", ["state", "run_after_ms"], { where: "state = 'queued'" });
  await createIndex(tx, "job", ["state", "lease_until_ms"], { where: "state = 'running'" });
  await createIndex(tx, "job", ["finished_ms"]);
};

export const catalogueMigrations: readonly Migration[] = [firstTables, accessTables, tagOrders, allTags, lookUps, tagFilters];
