// The tables of access, as types; migrations-access.ts creates them. Every secret is stored as a hash: passwords argon2id (or bcrypt,
// from an htpasswd file), random secrets sha256, because nobody can guess what is random.

import type { Generated } from "kysely";
import type { Defaulted } from "./schema.ts";

/** Users and robots share names and ids: both push, both are counted. Deleted ones stay, because history names them. */
export interface PrincipalTable {
  id: Generated<number>;
  kind: "user" | "robot";
  name: string;
  /** `issuer subject` of an OpenID provider; "": a local one. */
  external: Defaulted<string>;
  /** "": cannot sign in with a password. */
  password_hash: Defaulted<string>;
  /** 1: the password was set by somebody else, and is good for images and for choosing a new one. */
  must_change: Defaulted<number>;
  /** Counts what ends all sessions and issued tokens: password changed, disabled, enabled, signed out everywhere. */
  generation: Defaulted<number>;
  created_ms: number;
  created_by: Defaulted<string>;
  /** 0: never. */
  expires_ms: Defaulted<number>;
  disabled_ms: Defaulted<number>;
  deleted_ms: Defaulted<number>;
  /** To the minute. */
  last_used_ms: Defaulted<number>;
}

export interface PrincipalGroupTable {
  principal_id: number;
  name: string;
}

/** A secret that stands for its principal where a password is asked for. */
export interface TokenTable {
  id: Generated<number>;
  principal_id: number;
  /** What it is for, said by its owner. */
  name: string;
  secret_hash: string;
  /** What it is good for at most; "": all that its principal may. */
  role: Defaulted<Role | "">;
  created_ms: number;
  created_by: Defaulted<string>;
  expires_ms: Defaulted<number>;
  revoked_ms: Defaulted<number>;
  last_used_ms: Defaulted<number>;
}

/** A browser that is signed in. */
export interface SessionTable {
  secret_hash: string;
  principal_id: number;
  /** Of its principal when it began: it ends with that. */
  generation: number;
  created_ms: number;
  expires_ms: number;
  last_used_ms: Defaulted<number>;
}

export type Role = "pull" | "push" | "delete" | "admin";

/** `role` on all repositories whose name matches `pattern`, for a principal, a group, or everybody. */
export interface AccessGrantTable {
  id: Generated<number>;
  subject_kind: "principal" | "group" | "everyone";
  principal_id: Defaulted<number>;
  group_name: Defaulted<string>;
  role: Role;
  pattern: string;
  /** Of role push; 0: may create tags and not move those that exist. */
  overwrite: Defaulted<number>;
  created_ms: number;
  created_by: Defaulted<string>;
}

/** Tags that nobody moves or deletes. */
export interface ImmutableRuleTable {
  id: Generated<number>;
  repository_pattern: string;
  tag_pattern: string;
  created_ms: number;
  created_by: Defaulted<string>;
}

/** Who did what to which object from where. Rows are added, and after their time removed; never changed. */
export interface AuditEventTable {
  id: Generated<number>;
  at_ms: number;
  principal_id: number;
  principal: string;
  /** noun.verb, such as user.create, tag.push, session.refuse */
  action: string;
  object_kind: string;
  object: string;
  /** Of the object, "" for what is in none. */
  repository: Defaulted<string>;
  outcome: "done" | "refused";
  address: string;
  user_agent: string;
  /** JSON, never a secret. */
  detail: Defaulted<string>;
}

export interface AccessVersionTable {
  id: number;
  /** Rises with every change of principals, groups, tokens, grants and rules, in the same transaction. */
  version: number;
  /** When the first user or grant came: since then the registry is not open to everybody. 0: it is. */
  closed_ms: Defaulted<number>;
}
