// Looking through the whole registry: for images by the beginning of their digest, and for those that are not whole.

import type { Migration } from "./migrate.ts";
import { createIndex } from "./migration-table.ts";

export const lookUps: Migration = async (tx) => {
  await createIndex(tx, "manifest", ["digest", "repository_id"], { where: "trashed_ms = 0" });
  await createIndex(tx, "manifest", ["repository_id", "id"], {
    where: "complete_ms = 0 and trashed_ms = 0",
    name: "manifest_by_incomplete",
  });
};
