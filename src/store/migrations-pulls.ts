// The tables of statistics. No foreign keys to content: numbers outlive what they count, and on SQLite they live in another file.

import { sql } from "kysely";
import type { Migration } from "./migrate.ts";
import { createIndex, NewTable } from "./migration-table.ts";
import { allTagCounts } from "./migrations-all-tags.ts";
import { registryId } from "./pull-totals.ts";

const firstTables: Migration = async (tx, engine) => {
  const table = (name: string) => new NewTable(tx, engine, name);

  await table("pull_total")
    .text("kind")
    .integer("id")
    .integer("repository_id")
    .integer("live")
    .integer("pulls")
    .integer("last_pulled_ms")
    .integer("checks")
    .integer("last_checked_ms")
    .integer("tag_pulls", 0)
    .integer("child_pulls", 0)
    .integer("last_direct_ms", 0)
    .integer("last_child_ms", 0)
    .integer("last_tag_ms", 0)
    .integer("last_tag", 0)
    .key("kind", "id")
    .create({ clustered: true });
  for (const column of ["pulls", "last_pulled_ms", "checks", "last_checked_ms"]) {
    await createIndex(tx, "pull_total", ["kind", "repository_id", "live", column, "id"]);
    await createIndex(tx, "pull_total", ["live", column, "id"], { where: "kind = 'repository'" });
  }

  await table("pull_bucket")
    .text("kind")
    .integer("id")
    .integer("width_ms")
    .integer("start_ms")
    .integer("pulls")
    .integer("checks")
    .key("kind", "id", "width_ms", "start_ms")
    .create({ clustered: true });
  await createIndex(tx, "pull_bucket", ["width_ms", "start_ms"]);

  await table("pull_segment")
    .text("id")
    .text("instance")
    .integer("applied_bytes")
    .integer("history_bytes", 0)
    .integer("sealed_ms", 0)
    .integer("unlinked_ms", 0)
    .key("id")
    .create();
  await createIndex(tx, "pull_segment", ["instance"]);
  await createIndex(tx, "pull_segment", ["unlinked_ms"]);

  await table("pull_gap")
    .text("instance")
    .text("kind")
    .integer("start_ms")
    .integer("end_ms")
    .text("reason")
    .key("instance", "kind", "start_ms")
    .create();
  await createIndex(tx, "pull_gap", ["end_ms"]);

  await table("pull_instance")
    .text("id")
    .text("host")
    .integer("seen_ms")
    .integer("folded_until_ms", 0)
    .integer("gone_ms", 0)
    .key("id")
    .create();

  await table("pull_setting").text("key").text("value").key("key").create();
};

/** What the registry as a whole was asked for: from now on the fold adds to these rows too. */
const registrySums: Migration = async (tx) => {
  const registry = sql`${sql.lit("registry")} as kind, ${sql.lit(registryId)} as id`;
  await sql`insert into pull_total (kind, id, repository_id, live, pulls, last_pulled_ms, checks, last_checked_ms)
    select ${registry}, 0, 1, sum(pulls), max(last_pulled_ms), sum(checks), max(last_checked_ms)
    from pull_total where kind = 'repository' having count(*) > 0`.execute(tx);
  await sql`insert into pull_bucket (kind, id, width_ms, start_ms, pulls, checks)
    select ${registry}, width_ms, start_ms, sum(pulls), sum(checks)
    from pull_bucket where kind = 'repository' group by width_ms, start_ms`.execute(tx);
};

export const pullsMigrations: readonly Migration[] = [firstTables, registrySums, allTagCounts];
