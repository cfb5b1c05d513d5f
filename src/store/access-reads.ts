// What the directory of members reads: the state that all share, and one member with everything that bears on their rights.

import { sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import type { Schema } from "./schema.ts";
import type { AccessGrantTable, ImmutableRuleTable, Role } from "./schema-access.ts";

export interface StoredGrant {
  readonly id: number;
  readonly subject_kind: AccessGrantTable["subject_kind"];
  readonly group_name: string;
  readonly role: Role;
  readonly pattern: string;
  readonly overwrite: number;
}

/** What holds for all who ask. */
export interface AccessState {
  readonly version: number;
  /** 0: open to everybody. */
  readonly closed_ms: number;
  readonly everyone: readonly StoredGrant[];
  readonly rules: readonly Pick<ImmutableRuleTable, "repository_pattern" | "tag_pattern">[];
}

export interface StoredMember {
  readonly id: number;
  readonly kind: "user" | "robot";
  readonly name: string;
  readonly password_hash: string;
  readonly must_change: number;
  readonly generation: number;
  readonly expires_ms: number;
  readonly disabled_ms: number;
  readonly groups: readonly string[];
  /** Without those for everyone. */
  readonly grants: readonly StoredGrant[];
}

export interface StoredToken {
  readonly id: number;
  readonly principal_id: number;
  readonly role: Role | "";
  readonly expires_ms: number;
}

const grantColumns = ["id", "subject_kind", "group_name", "role", "pattern", "overwrite"] as const;

export interface AccessReads {
  /** Cheap: asked again whenever anything was written. */
  version(): Promise<number>;
  state(): Promise<AccessState>;
  member(by: { readonly id: number } | { readonly name: string }): Promise<StoredMember | undefined>;
  /** By the hash of its secret; revoked ones are not there. */
  token(secretHash: string): Promise<StoredToken | undefined>;
}

export function createAccessReads(db: Database): AccessReads {
  const version = db.prepare<Record<string, never>, { version: number }>((query) =>
    query.selectFrom("access_version").select("version"),
  );
  const token = db.prepare<{ hash: string }, StoredToken>((query, param) =>
    query
      .selectFrom("token")
      .select(["id", "principal_id", "role", "expires_ms"])
      .where("secret_hash", "=", param("hash"))
      .where("revoked_ms", "=", sql.lit(0)),
  );
  return {
    version: async () => (await version({}))[0]!.version,
    state: () => db.snapshot(readState),
    member: (by) => db.snapshot((tx) => readMember(tx, by)),
    token: async (hash) => (await token({ hash }))[0],
  };
}

async function readState(tx: Transaction<Schema>): Promise<AccessState> {
  const { version, closed_ms } = await tx.selectFrom("access_version").select(["version", "closed_ms"]).executeTakeFirstOrThrow();
  const everyone = await tx.selectFrom("access_grant").select(grantColumns).where("subject_kind", "=", "everyone").execute();
  const rules = await tx.selectFrom("immutable_rule").select(["repository_pattern", "tag_pattern"]).execute();
  return { version, closed_ms, everyone, rules };
}

async function readMember(
  tx: Transaction<Schema>,
  by: { readonly id: number } | { readonly name: string },
): Promise<StoredMember | undefined> {
  const found = await tx
    .selectFrom("principal")
    .select(["id", "kind", "name", "password_hash", "must_change", "generation", "expires_ms", "disabled_ms"])
    .where("deleted_ms", "=", sql.lit(0))
    .where((is) => ("id" in by ? is("id", "=", by.id) : is("name", "=", by.name)))
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const rows = await tx
    .selectFrom("principal_group")
    .select("name")
    .where("principal_id", "=", found.id)
    .orderBy("name")
    .execute();
  const groups = rows.map(({ name }) => name);
  const own = await tx
    .selectFrom("access_grant")
    .select(grantColumns)
    .where("subject_kind", "=", "principal")
    .where("principal_id", "=", found.id)
    .execute();
  const ofGroups =
    groups.length === 0
      ? []
      : await tx
          .selectFrom("access_grant")
          .select(grantColumns)
          .where("subject_kind", "=", "group")
          .where("principal_id", "=", 0)
          .where("group_name", "in", groups)
          .execute();
  return { ...found, groups, grants: [...own, ...ofGroups] };
}
