// The tables, as types: one schema on SQLite and PostgreSQL. Times are integer milliseconds UTC, 0 = never; flags are 0 or 1;
// ids are never reused, because journal records and statistics name content by id. migrations.ts creates what is described here.

import type { ColumnType, Generated } from "kysely";
import type {
  AccessGrantTable,
  AccessVersionTable,
  AuditEventTable,
  ImmutableRuleTable,
  PrincipalGroupTable,
  PrincipalTable,
  SessionTable,
  TokenTable,
} from "./schema-access.ts";

/** A column with a default: optional on insert. */
export type Defaulted<T> = ColumnType<T, T | undefined, T>;

export interface RepositoryTable {
  id: Generated<number>;
  name: string;
  kind: Defaulted<"local" | "proxy">;
  created_ms: number;
  /** When something was last pushed or deleted. */
  updated_ms: number;
  deleted_ms: Defaulted<number>;
  /** Kept up in the writing transaction, so that lists can sort by them. */
  tag_count: Defaulted<number>;
  manifest_count: Defaulted<number>;
  /** Visible blobs plus visible manifests, each once. */
  bytes: Defaulted<number>;
}

export interface ManifestTable {
  id: Generated<number>;
  repository_id: number;
  digest: string;
  media_type: string;
  artifact_type: Defaulted<string>;
  config_media_type: Defaulted<string>;
  config_digest: Defaulted<string>;
  subject_digest: Defaulted<string>;
  /** Bytes of the manifest itself. */
  size: number;
  /** Manifest, config and layers; for an index itself and all children. */
  image_bytes: number;
  layer_count: Defaulted<number>;
  /** JSON: ["linux/amd64", "linux/arm64/v8"]; [] when unknown. */
  platforms: Defaulted<string>;
  /** How many active tags point here. */
  tag_count: Defaulted<number>;
  pushed_ms: number;
  /** 0 while one of its blobs is missing. */
  complete_ms: Defaulted<number>;
  leased_ms: number;
  /** Not 0: invisible at every door, still an edge for the sweep, revived in place by PUT. */
  trashed_ms: Defaulted<number>;
  trashed_run: Defaulted<number>;
}

/** Apart, because wide rows slow every list. */
export interface ManifestBodyTable {
  manifest_id: number;
  body: Uint8Array;
}

export interface ManifestEdgeTable {
  repository_id: number;
  parent_id: number;
  child_digest: string;
  kind: "child" | "subject" | "fallback" | "cosign";
  /** os/architecture[/variant] of an index entry, else "". */
  platform: Defaulted<string>;
}

export interface ManifestBlobTable {
  repository_id: number;
  manifest_id: number;
  digest: string;
  role: "config" | "layer";
  media_type: string;
  size: number;
}

/** Bytes exist once, under an opaque key that is never used again. */
export interface BlobTable {
  digest: string;
  /** "" while missing or foreign. */
  key: Defaulted<string>;
  size: number;
  state: "missing" | "foreign" | "present";
  stored_ms: Defaulted<number>;
}

/** A blob is visible only through a present link. Trashed: deleted by a client, bytes kept until the sweep. */
export interface RepositoryBlobTable {
  repository_id: number;
  digest: string;
  state: "missing" | "foreign" | "present" | "trashed";
  linked_ms: Defaulted<number>;
  leased_ms: Defaulted<number>;
}

/** History: a move ends one row and starts another; end_ms 0 = active. */
export interface TagTable {
  id: Generated<number>;
  repository_id: number;
  name: string;
  /** Id of the first row of this life of the name: what statistics count under. */
  epoch: Defaulted<number>;
  manifest_id: number;
  digest: string;
  /** image_bytes of the manifest, here so that lists can sort by it. */
  bytes: number;
  /** Of the name, see oci/name-orders.ts. */
  natural_key: Defaulted<string>;
  version_key: Defaulted<string>;
  start_ms: number;
  end_ms: Defaulted<number>;
  by: Defaulted<string>;
  end_reason: Defaulted<string>;
}

/** Offset and hash are derived again from the staged bytes. */
export interface UploadTable {
  id: string;
  repository_id: number;
  principal: Defaulted<number>;
  writer_token: Defaulted<string>;
  writer_until_ms: Defaulted<number>;
  started_ms: number;
  touched_ms: number;
}

export interface JobTable {
  id: Generated<number>;
  kind: string;
  /** Unique among the live jobs of its kind. */
  key: string;
  /** JSON. */
  payload: Defaulted<string>;
  state: Defaulted<"queued" | "running" | "done" | "dead">;
  attempts: Defaulted<number>;
  created_ms: number;
  run_after_ms: number;
  lease_owner: Defaulted<string>;
  lease_token: Defaulted<string>;
  lease_until_ms: Defaulted<number>;
  finished_ms: Defaulted<number>;
  /** What went wrong last, for people. */
  error: Defaulted<string>;
}

/** What comes to be and goes. A tag's id is its epoch. */
export type ContentKind = "repository" | "tag" | "manifest";
/** What has numbers: these, and the registry as a whole, in rows of its own (`registryId`). */
export type CountedKind = ContentKind | "registry";

/** Statistics: on SQLite a file of their own (pulls.db), written only by the fold; no foreign keys to content. */
export interface PullTotalTable {
  kind: CountedKind;
  id: number;
  repository_id: number;
  /** 0 once the tag, manifest or repository is gone. */
  live: number;
  pulls: number;
  last_pulled_ms: number;
  checks: number;
  last_checked_ms: number;
  /** Manifest rows only: pulls by way (direct = pulls - tag_pulls - child_pulls). */
  tag_pulls: number;
  child_pulls: number;
  last_direct_ms: number;
  last_child_ms: number;
  last_tag_ms: number;
  /** Epoch of the tag it was last pulled by. */
  last_tag: number;
}

/** Sums per window; rows of every width add up. width_ms: hour 3600000, day 86400000, month 0 (calendar month, UTC). */
export interface PullBucketTable {
  kind: CountedKind;
  id: number;
  width_ms: number;
  start_ms: number;
  pulls: number;
  checks: number;
}

export interface PullSegmentTable {
  id: string;
  instance: string;
  applied_bytes: number;
  history_bytes: number;
  sealed_ms: number;
  unlinked_ms: number;
}

export interface PullGapTable {
  instance: string;
  /** pulls: not counted; attribution: counted, but not attributed to a tag. */
  kind: "pulls" | "attribution";
  start_ms: number;
  end_ms: number;
  reason: string;
}

export interface PullInstanceTable {
  id: string;
  host: string;
  seen_ms: number;
  folded_until_ms: number;
  gone_ms: number;
}

/** One row per key: small facts about the installation (e.g. "pulls.tracked_since"). */
export interface SettingTable {
  key: string;
  value: string;
}

export interface Schema {
  repository: RepositoryTable;
  manifest: ManifestTable;
  manifest_body: ManifestBodyTable;
  manifest_edge: ManifestEdgeTable;
  manifest_blob: ManifestBlobTable;
  blob: BlobTable;
  repository_blob: RepositoryBlobTable;
  tag: TagTable;
  upload: UploadTable;
  job: JobTable;
  principal: PrincipalTable;
  principal_group: PrincipalGroupTable;
  token: TokenTable;
  session: SessionTable;
  access_grant: AccessGrantTable;
  immutable_rule: ImmutableRuleTable;
  audit_event: AuditEventTable;
  access_version: AccessVersionTable;
  pull_total: PullTotalTable;
  pull_bucket: PullBucketTable;
  pull_segment: PullSegmentTable;
  pull_gap: PullGapTable;
  pull_instance: PullInstanceTable;
  pull_setting: SettingTable;
}
