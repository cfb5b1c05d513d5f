// Tags in natural order and by version: the keys of their names, kept in an index each.

import { naturalKey, versionKey } from "../oci/name-orders.ts";
import type { Migration } from "./migrate.ts";
import { addText, createIndex } from "./migration-table.ts";

const batch = 1000;

export const tagOrders: Migration = async (tx, engine) => {
  const columns = ["natural_key", "version_key"] as const;
  for (const column of columns) await addText(tx, engine, "tag", column, "");
  let last = 0;
  while (true) {
    const tags = await tx
      .selectFrom("tag")
      .select(["id", "name"])
      .where("id", ">", last)
      .where("end_ms", "=", 0)
      .orderBy("id")
      .limit(batch)
      .execute();
    for (const { id, name } of tags) {
      const keys = { natural_key: naturalKey(name), version_key: versionKey(name) };
      await tx.updateTable("tag").set(keys).where("id", "=", id).execute();
    }
    if (tags.length < batch) break;
    last = tags.at(-1)!.id;
  }
  // Made when the keys are there: one by one they would be slower.
  for (const column of columns) await createIndex(tx, "tag", ["repository_id", column, "id"], { where: "end_ms = 0" });
};
