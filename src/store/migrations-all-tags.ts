// Lists of the tags of all repositories: an index for each order, as there is one for each within a repository.

import type { Migration } from "./migrate.ts";
import { createIndex } from "./migration-table.ts";

export const allTags: Migration = async (tx) => {
  for (const column of ["name", "natural_key", "version_key", "digest", "bytes", "start_ms"]) {
    await createIndex(tx, "tag", [column, "id"], { where: "end_ms = 0" });
  }
};

/** Filters by what has to be looked up walk this one, in the order in which the rest lies beside each other. */
export const tagFilters: Migration = async (tx) => {
  const columns = ["repository_id", "id", "epoch", "manifest_id", "start_ms"];
  await createIndex(tx, "tag", columns, { where: "end_ms = 0", name: "tag_for_filters" });
  await createIndex(tx, "tag", ["epoch", "id"], { where: "end_ms = 0", name: "tag_by_epoch_there" });
};

export const allTagCounts: Migration = async (tx) => {
  const index = (kind: "tag" | "manifest", column: string) =>
    createIndex(tx, "pull_total", ["live", column, "id"], { where: `kind = '${kind}'`, name: `pull_total_by_${kind}_${column}` });
  for (const column of ["pulls", "last_pulled_ms", "checks", "last_checked_ms"]) await index("tag", column);
  await index("manifest", "pulls");
};
