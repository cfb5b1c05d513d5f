// The tables of access: who may come in, what they may do, and what they did. Secrets are only here as hashes.

import type { Migration } from "./migrate.ts";
import { createIndex, NewTable } from "./migration-table.ts";

export const accessTables: Migration = async (tx, engine) => {
  const table = (name: string) => new NewTable(tx, engine, name);

  await table("principal")
    .id()
    .text("kind")
    .text("name")
    .text("external", "")
    .text("password_hash", "")
    .integer("must_change", 0)
    .integer("generation", 0)
    .integer("created_ms")
    .text("created_by", "")
    .integer("expires_ms", 0)
    .integer("disabled_ms", 0)
    .integer("deleted_ms", 0)
    .integer("last_used_ms", 0)
    .create();
  await createIndex(tx, "principal", ["name"], { unique: true, where: "deleted_ms = 0" });
  await createIndex(tx, "principal", ["external"], { unique: true, where: "external <> '' and deleted_ms = 0" });
  for (const column of ["name", "created_ms", "last_used_ms"]) {
    await createIndex(tx, "principal", ["kind", column, "id"], { where: "deleted_ms = 0" });
  }

  await table("principal_group")
    .integer("principal_id")
    .text("name")
    .key("principal_id", "name")
    .references(["principal_id"], "principal", ["id"])
    .create({ clustered: true });
  await createIndex(tx, "principal_group", ["name", "principal_id"]);

  await table("token")
    .id()
    .integer("principal_id")
    .text("name")
    .text("secret_hash")
    .text("role", "")
    .integer("created_ms")
    .text("created_by", "")
    .integer("expires_ms", 0)
    .integer("revoked_ms", 0)
    .integer("last_used_ms", 0)
    .references(["principal_id"], "principal", ["id"])
    .create();
  await createIndex(tx, "token", ["secret_hash"], { unique: true });
  await createIndex(tx, "token", ["principal_id", "id"], { where: "revoked_ms = 0" });

  await table("session")
    .text("secret_hash")
    .integer("principal_id")
    .integer("generation")
    .integer("created_ms")
    .integer("expires_ms")
    .integer("last_used_ms", 0)
    .key("secret_hash")
    .references(["principal_id"], "principal", ["id"])
    .create();
  await createIndex(tx, "session", ["principal_id"]);
  await createIndex(tx, "session", ["expires_ms"]);

  await table("access_grant")
    .id()
    .text("subject_kind")
    .integer("principal_id", 0)
    .text("group_name", "")
    .text("role")
    .text("pattern")
    .integer("overwrite", 1)
    .integer("created_ms")
    .text("created_by", "")
    .create();
  await createIndex(tx, "access_grant", ["subject_kind", "principal_id", "group_name", "role", "pattern"], { unique: true });

  await table("immutable_rule")
    .id()
    .text("repository_pattern")
    .text("tag_pattern")
    .integer("created_ms")
    .text("created_by", "")
    .create();
  await createIndex(tx, "immutable_rule", ["repository_pattern", "tag_pattern"], { unique: true });

  await table("audit_event")
    .id()
    .integer("at_ms")
    .integer("principal_id")
    .text("principal")
    .text("action")
    .text("object_kind")
    .text("object")
    .text("repository", "")
    .text("outcome")
    .text("address")
    .text("user_agent")
    .text("detail", "{}")
    .create();
  await createIndex(tx, "audit_event", ["at_ms", "id"]);
  for (const column of ["principal", "action", "object", "repository"]) {
    await createIndex(tx, "audit_event", [column, "at_ms", "id"]);
  }
  await createIndex(tx, "audit_event", ["outcome", "at_ms", "id"], { where: "outcome = 'refused'" });

  // One row, so that a process notices at the price of one read that another one changed something.
  await table("access_version").integer("id").integer("version").integer("closed_ms", 0).key("id").create();
  await tx.insertInto("access_version").values({ id: 1, version: 1 }).execute();
};
